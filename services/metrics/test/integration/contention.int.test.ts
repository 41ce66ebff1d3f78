import { retryTransaction } from '@throughline/postgres';
import type {
  Membership,
  MembershipChanged,
  ResolvedRecord,
  TouchpointResolved,
} from '@throughline/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { applyRecords, type FigureContext } from '../../src/consume/apply-records.ts';
import { verifyFigures } from '../../src/db/verification/verify-figures.ts';
import { expectedFigures } from '../expected-figures.ts';
import { purchaseRecord } from '../purchase-record.ts';
import { firstDay, idOf } from '../resolved-histories.ts';
import {
  createFigures,
  createMetricsDatabase,
  readFigures,
  type MetricsDatabase,
} from './metrics-database.ts';

let database: MetricsDatabase;
let figures: FigureContext;
beforeAll(async () => {
  database = await createMetricsDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  figures = await createFigures(database.pool);
});

function membership(
  identifier: string,
  version: number,
  profile = identifier,
  root = identifier,
): Membership {
  return {
    identifier,
    version,
    root,
    profile: root === identifier ? profile : null,
    identifying: true,
    type: 'user_id',
  };
}

function purchase(
  key: number,
  identifier: string,
  options: { day: number; trust?: 'public' | 'server'; transaction?: string; memberships?: Membership[] },
): TouchpointResolved {
  const { day, trust = 'server', transaction = null, memberships = [membership(identifier, 0)] } = options;
  return purchaseRecord({
    number: key,
    identifier,
    at: (firstDay + day) * 86_400_000 + key,
    touchpoint: { id: `t${key}`, source: 'till', trust },
    memberships,
    transaction,
  });
}

function merged(memberships: Membership[]): MembershipChanged {
  return { kind: 'membership.changed', shard: 's', sequence: 0, cause: 'merge', reason: 'test', memberships };
}

/** Consumes each partition's records in batches, all partitions at once. */
async function consume(partitions: readonly (readonly ResolvedRecord[])[], batchSize: number): Promise<void> {
  await Promise.all(
    partitions.map(async (records, partition) => {
      for (let start = 0; start < records.length; start += batchSize) {
        const remembered = new Set<string>();
        const batch = { partition, records: records.slice(start, start + batchSize) };
        await retryTransaction(
          database.consumerPool,
          (client) => applyRecords(client, figures, batch, remembered),
          { attempts: 30 },
        );
      }
    }),
  );
  expect(await readFigures(database.pool, figures)).toEqual(expectedFigures(partitions.flat()));
  expect((await verifyFigures(database.pool, figures.generation.id)).differences).toEqual([]);
}

describe('partitions that are consumed at once', () => {
  test('count a transaction once that each of them reports, by the record of highest trust', async () => {
    const reports = Array.from({ length: 60 }, (_value, index) => idOf('c', index));
    const partitions = [0, 1, 2].map((partition) =>
      reports.map((transaction, index) =>
        purchase(partition * 100 + index, idOf('a', partition * 20 + (index % 20)), {
          day: (index + partition) % 9,
          trust: partition === index % 3 ? 'server' : 'public',
          transaction,
        }),
      ),
    );
    await consume(partitions, 5);
  });

  test('agree on profiles that one merges while others count for them', async () => {
    const people = Array.from({ length: 30 }, (_value, index) => index);
    const person = (index: number) => idOf('a', index);
    const device = (index: number) => idOf('b', index);
    const counted = people.flatMap((index) => [
      purchase(index, person(index), { day: index % 7 }),
      purchase(100 + index, person(index), { day: (index % 7) + 11 }),
    ]);
    const visited = people.flatMap((index) => [
      purchase(200 + index, device(index), { day: (index % 7) + 2 }),
      purchase(300 + index, device(index), { day: (index % 7) + 20 }),
    ]);
    // Pairs become one person, their devices are attached to them; then some part again.
    const changes = people.flatMap((index) => {
      const founder = person(index - (index % 2));
      const joined = [membership(person(index), 1, founder), membership(device(index), 1, '', person(index))];
      const parted = [membership(person(index), 2), membership(device(index), 2)];
      return index % 3 === 0 ? [merged(joined), merged(parted)] : [merged(joined)];
    });
    await consume([counted, visited, changes], 4);
  });

  test('create the same new identifiers without one of them failing', async () => {
    const people = Array.from({ length: 80 }, (_value, index) => idOf('a', index));
    const root = idOf('f', 0);
    const partitions = [0, 1, 2, 3].map((partition) =>
      people.map((person, index) => {
        const place = partition % 2 === 0 ? index : people.length - 1 - index;
        const identifier = people[place] ?? person;
        return purchase(partition * 100 + place, identifier, {
          day: partition,
          memberships: [membership(identifier, 0, '', root), membership(root, 0)],
        });
      }),
    );
    await consume(partitions, 20);
  });
});
