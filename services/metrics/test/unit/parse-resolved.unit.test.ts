import { expect, test } from 'vitest';
import { parseResolved } from '../../src/consume/parse-resolved.ts';

test.each(['definition.changed'])(
  'a record of the reserved kind %s waits for a version that knows it',
  (kind) => {
    const value = JSON.stringify({ kind, shard: 'decisions', sequence: 3, version: 1 });
    const record = { offset: 4, key: 'k', value };
    expect(parseResolved(record)).toMatchObject({
      kind: 'unknown',
      position: { shard: 'decisions', sequence: 3 },
    });
  },
);
