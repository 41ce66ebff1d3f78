import { describe, expect, test } from 'vitest';
import { clientShareOf, shareNames } from '../src/client-share.ts';
import { profileOf } from './profile-of.ts';

const kafkajs =
  'file:///checkout/node_modules/.pnpm/kafkajs@2.2.4/node_modules/kafkajs/src/protocol/encoder.js';
const adapter = 'file:///checkout/packages/event-log/src/kafka/kafka-client.ts';
const service = 'file:///checkout/services/ingest/src/main.ts';

describe('the share of the Kafka client', () => {
  test('has what Node does for it apart from what it does itself, and nothing of the time that is idle', () => {
    const share = clientShareOf(
      profileOf({
        name: '(root)',
        calls: [
          { name: '(idle)', samples: 90 },
          {
            name: 'encode',
            url: kafkajs,
            samples: 3,
            calls: [{ name: 'alloc', url: 'node:buffer', samples: 1, calls: [{ name: 'fill', samples: 1 }] }],
          },
          { name: 'main', url: service, samples: 2, calls: [{ name: 'stringify', samples: 3 }] },
        ],
      }),
    );
    expect(share).toMatchObject({ client: 0.3, nodeForClient: 0.2, rest: 0.5, zstd: 0, adapter: 0 });
  });

  test('leaves to the codec and to the adapter what the client calls in them', () => {
    const share = clientShareOf(
      profileOf({
        name: '(root)',
        calls: [
          {
            name: 'send',
            url: kafkajs,
            samples: 1,
            calls: [
              {
                name: 'compress',
                url: adapter,
                calls: [{ name: 'processChunkSync', url: 'node:zlib', samples: 4 }],
              },
              {
                name: 'eachBatch',
                url: adapter,
                samples: 2,
                calls: [{ name: 'handle', url: service, samples: 3 }],
              },
            ],
          },
        ],
      }),
    );
    expect(share).toMatchObject({ client: 0.1, zstd: 0.4, adapter: 0.2, rest: 0.3 });
  });

  test('attributes the collector and what is outside of JavaScript to no client', () => {
    const share = clientShareOf(
      profileOf({
        name: '(root)',
        calls: [
          { name: '(garbage collector)', samples: 2 },
          { name: '(program)', samples: 1 },
          { name: 'send', url: kafkajs, samples: 1 },
        ],
      }),
    );
    expect(share).toMatchObject({ garbageCollector: 0.5, native: 0.25, client: 0.25 });
    expect(shareNames.reduce((sum, name) => sum + share[name], 0)).toBeCloseTo(1);
  });
});
