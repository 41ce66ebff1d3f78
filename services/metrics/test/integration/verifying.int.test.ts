import { createLogger } from '@throughline/runtime';
import { until } from '@throughline/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startVerifying } from '../../src/consume/start-verifying.ts';
import { createFigures, createMetricsDatabase, type MetricsDatabase } from './metrics-database.ts';

let database: MetricsDatabase;
let loops: { stop: () => Promise<void> }[] = [];
beforeAll(async () => {
  database = await createMetricsDatabase();
});
afterEach(async () => {
  await Promise.all(loops.map((loop) => loop.stop()));
  loops = [];
});
afterAll(() => database.drop());

const logger = createLogger({ service: 'metrics', level: 'silent' });
const noon = Date.parse('2026-03-05T12:00:00Z');
const night = Date.parse('2026-03-05T03:30:00Z');

/** @param times of the clock, one for each look at it; the last one stays */
async function startNights(times: readonly number[], processes = 1): Promise<{ looks: () => number }> {
  const { generation, calendar } = await createFigures(database.pool);
  await database.pool.query('truncate metrics.verification');
  let looks = 0;
  const now = (): number => times[Math.min(looks++, times.length - 1)] ?? 0;
  const options = { pool: database.pool, generation: generation.id, calendar, logger, now, intervalMs: 5 };
  for (let process = 0; process < processes; process++) loops.push(startVerifying(options));
  return { looks: () => looks };
}

interface Row {
  state: string;
  night: number;
  message: string | null;
}

async function verifications(): Promise<Row[]> {
  const { rows } = await database.pool.query<Row>(
    'select state, night, message from metrics.verification order by night',
  );
  return rows;
}

describe('the verification of a night', () => {
  test('is done once, whichever of several processes begins it, and again the next night', async () => {
    const day = 24 * 3_600_000;
    const clock = [...Array.from({ length: 40 }, () => night), night + day / 2, night + day];
    const { looks } = await startNights(clock, 3);
    await until(
      'both nights were looked at',
      async () => looks() > clock.length + 20 && (await verifications()).length > 1,
    );
    await until('they are done', async () => (await verifications()).every(({ state }) => state === 'done'));
    const found = await verifications();
    const first = Date.parse('2026-03-05') / day;
    expect(found.map((one) => one.night)).toEqual([first, first + 1]);
  });

  test('does not begin by day', async () => {
    const { looks } = await startNights([noon]);
    await until('it has looked at the clock', () => looks() > 20);
    expect(await verifications()).toEqual([]);
  });

  test('ends when its process stops, however long its statement would take', async () => {
    const clock = [noon];
    await startNights(clock);
    const blocking = await database.pool.connect();
    try {
      await blocking.query('begin');
      await blocking.query('lock table metrics.fact in access exclusive mode');
      clock.push(night);
      await until('it waits for the lock', async () => {
        const { rowCount } = await database.pool.query(
          `select from pg_locks where not granted and relation = 'metrics.fact'::regclass`,
        );
        return rowCount !== 0;
      });
      await Promise.all(loops.map((loop) => loop.stop()));
      expect(await verifications()).toMatchObject([
        { state: 'failed', message: 'the process that ran it was stopped' },
      ]);
    } finally {
      await blocking.query('rollback');
      blocking.release();
    }
  });
});
