/** What an erasure takes away, against a reference that never knew of it. */
import type { ProfileErased, ResolvedRecord } from '@throughline/contracts';
import { retryTransaction } from '@throughline/postgres';
import fc from 'fast-check';
import { testRuns } from '@throughline/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applyRecords, type FigureContext } from '../../src/consume/apply-records.ts';
import { foldDeltas } from '../../src/db/fold-deltas.ts';
import { verifyFigures } from '../../src/db/verification/verify-figures.ts';
import { expectedFigures } from '../expected-figures.ts';
import { deliveries } from '../resolved-histories.ts';
import {
  createFigures,
  createMetricsDatabase,
  readFigures,
  type MetricsDatabase,
} from './metrics-database.ts';

let database: MetricsDatabase;
beforeAll(async () => {
  database = await createMetricsDatabase();
});
afterAll(() => database.drop());

const erasure = '0f8fad5b-d9cb-469f-a165-70867728950e';

function erasing(touchpoints: readonly string[]): ProfileErased {
  return {
    kind: 'profile.erased',
    erasure,
    at: '2026-03-01T00:00:00.000Z',
    touchpoints: [...touchpoints],
    identifiers: [],
  };
}

async function apply(
  figures: FigureContext,
  partition: number,
  records: readonly ResolvedRecord[],
): Promise<void> {
  const remembered = new Set<string>();
  await retryTransaction(
    database.consumerPool,
    (client) => applyRecords(client, figures, { partition, records }, remembered),
    { attempts: 50 },
  );
}

/** The same without the touchpoints: what they said about memberships stays known. */
function without(delivered: readonly ResolvedRecord[], keys: ReadonlySet<string>): ResolvedRecord[] {
  return delivered.map((record) => {
    if (record.kind !== 'touchpoint.resolved' || !keys.has(record.touchpoint.key)) return record;
    return { kind: 'membership.changed', cause: 'merge', reason: '', memberships: record.memberships };
  });
}

describe('facts that an erasure takes away', () => {
  test('leave the figures of a world in which they never were, whatever comes first', async () => {
    await fc.assert(
      fc.asyncProperty(
        deliveries,
        fc.array(fc.nat(), { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat(), { minLength: 1, maxLength: 3 }),
        async ({ delivered, partitions }, chosen, places) => {
          const all = [
            ...new Set(
              delivered.flatMap((record) =>
                record.kind === 'touchpoint.resolved' ? [record.touchpoint.key] : [],
              ),
            ),
          ];
          fc.pre(all.length > 0);
          const keys = [...new Set(chosen.map((number) => all[number % all.length] ?? ''))];
          const figures = await createFigures(database.pool);
          const generation = figures.generation.id;
          const batches = partitions.map((ofPartition) => [...ofPartition]);
          for (const [index, place] of places.entries()) {
            // Repeated, in several partitions: it says the same each time.
            const own = batches[index % batches.length];
            own?.splice(place % (own.length + 1), 0, [erasing(keys)]);
          }
          await Promise.all(
            batches.map(async (ofPartition, partition) => {
              for (const records of ofPartition) await apply(figures, partition, records);
            }),
          );
          expect(await readFigures(database.pool, figures)).toEqual(
            expectedFigures(without(delivered, new Set(keys))),
          );
          while (
            (await foldDeltas(database.pool, { generation, minDeltas: 1, maxAgeMs: 0, maxDeltas: 7 })) > 0
          );
          const { differences } = await verifyFigures(database.pool, generation);
          expect(differences).toEqual([]);
          const { rows } = await database.pool.query(
            `select distinct touchpoint_id, source, name, properties, details, transaction, amount from metrics.fact
             where key = any($1::uuid[])`,
            [keys],
          );
          expect(rows).toEqual([
            {
              touchpoint_id: '',
              source: '',
              name: null,
              properties: null,
              details: null,
              transaction: null,
              amount: null,
            },
          ]);
        },
      ),
      { numRuns: testRuns(10) },
    );
  });
});
