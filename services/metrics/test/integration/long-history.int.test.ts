import { inTransaction } from '@throughline/postgres';
import type { TouchpointResolved } from '@throughline/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyRecords } from '../../src/consume/apply-records.ts';
import { verifyFigures } from '../../src/db/verification/verify-figures.ts';
import { firstDay, idOf } from '../resolved-histories.ts';
import { createFigures, createMetricsDatabase, type MetricsDatabase } from './metrics-database.ts';

let database: MetricsDatabase;
beforeAll(async () => {
  database = await createMetricsDatabase();
});
afterAll(() => database.drop());

const person = idOf('a', 1);

function touchpoint(key: number, day: number, name: string): TouchpointResolved {
  const at = new Date((firstDay + day) * 86_400_000 + key).toISOString();
  return {
    kind: 'touchpoint.resolved',
    shard: 's',
    sequence: 0,
    touchpoint: {
      key: idOf('d', key),
      id: `t${key}`,
      source: 'shop',
      type: 'track',
      name,
      occurredAt: at,
      receivedAt: at,
      trust: 'server',
    },
    identifier: person,
    assignmentVersion: 0,
    assignmentCause: null,
    memberships: [
      { identifier: person, version: 0, root: person, profile: person, identifying: true, type: 'user_id' },
    ],
    transaction: null,
    amends: null,
    requestId: 'request',
  };
}

test('a first purchase before 600 days of visits is a walk of few statements, and the figures are exact', async () => {
  const figures = await createFigures(database.pool);
  const visits = Array.from({ length: 600 }, (_value, day) => touchpoint(day, day, 'Product Viewed'));
  const apply = async (records: TouchpointResolved[]): Promise<number> => {
    let statements = 0;
    await inTransaction(database.consumerPool, async (client) => {
      const counting = new Proxy(client, {
        get(target, name) {
          if (name === 'query') statements += 1;
          const value: unknown = Reflect.get(target, name);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
      await applyRecords(counting, figures, { partition: 0, records }, new Set());
    });
    return statements;
  };
  await apply(visits);
  const statements = await apply([touchpoint(1_000, 0, 'Order Completed')]);
  expect(statements).toBeLessThan(40);
  const { checked, differences } = await verifyFigures(database.pool, figures.generation.id);
  expect(differences).toEqual([]);
  expect(checked).toBeGreaterThan(0);
});
