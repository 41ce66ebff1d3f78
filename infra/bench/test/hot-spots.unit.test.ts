import { describe, expect, test } from 'vitest';
import { hotSpotsOf } from '../src/explain/hot-spots.ts';
import { profileOf } from './profile-of.ts';

const core = 'file:///checkout/services/identity/src/core/resolve.ts';
const pg = 'file:///checkout/node_modules/.pnpm/pg@8/node_modules/pg/lib/client.js';

const spots = hotSpotsOf(
  profileOf({
    name: '(root)',
    calls: [
      { name: '(idle)', samples: 10 },
      {
        name: 'resolve',
        url: core,
        samples: 2,
        calls: [
          { name: 'stringify', samples: 1 },
          { name: '(garbage collector)', samples: 1 },
          { name: 'query', url: pg, samples: 3, calls: [{ name: 'write', url: 'node:net', samples: 1 }] },
        ],
      },
      { name: 'onread', url: 'node:net', samples: 2 },
    ],
  }),
);

describe('hot spots of a profile', () => {
  test('leave out the time in which the thread was idle', () => {
    expect(spots.busyShare).toBe(0.5);
    expect(spots.files.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
  });

  test('book what Node and built-ins do on the file that called them, largest first', () => {
    expect(spots.files).toEqual([
      { name: 'pg/lib/client.js', share: 0.4 },
      { name: 'services/identity/src/core/resolve.ts', share: 0.3 },
      { name: 'node', share: 0.2 },
      { name: '(garbage collector)', share: 0.1 },
    ]);
  });

  test('are summed by package and by folder of a service', () => {
    expect(spots.areas.map(({ name }) => name)).toEqual([
      'pg',
      'services/identity/core',
      'node',
      '(garbage collector)',
    ]);
  });

  test('name a function with its file and line, without what it calls', () => {
    expect(spots.functions).toContainEqual({ name: 'query pg/lib/client.js:1', share: 0.3 });
    expect(spots.functions).toContainEqual({ name: 'stringify V8', share: 0.1 });
  });
});
