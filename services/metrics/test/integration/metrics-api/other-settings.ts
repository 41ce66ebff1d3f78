/** Processes with other settings on the same database, and rebuilds that apply them. */
import { describe, expect, test } from 'vitest';
import { functionVersion } from '../../../src/core/generation-settings.ts';
import {
  adminKey,
  askMetrics,
  eventually,
  startMetricsProcess,
  type MetricsProcess,
} from '../metrics-process.ts';
import { askOf, type MetricsApiBench } from './bench.ts';

export function describeOtherSettings(bench: MetricsApiBench): void {
  const ask = askOf(bench);

  describe('a process with other settings', () => {
    test('keeps the figures as they are, and says which settings need a rebuild', async () => {
      const other = await startMetricsProcess(bench.connectionString(), {
        THROUGHLINE_WINDOWS: '14,30',
        THROUGHLINE_TIME_ZONE: 'UTC',
      });
      try {
        const daysOf = async (one: MetricsProcess): Promise<unknown[]> => {
          const { body } = await askMetrics(one, 'growth?window=7&from=2026-03-01&to=2026-03-12');
          return (body as { days: unknown[] }).days;
        };
        expect(await daysOf(other)).toEqual(await daysOf(bench.metrics()));
        expect((await askMetrics(other, 'growth?window=14')).status).toBe(400);
        const warning = other.lines.find(({ event }) => event === 'figures.rebuild_needed');
        expect(warning?.['differing']).toEqual([
          'timeZone: in use "Europe/Berlin", here "UTC"',
          'windows: in use [7,30], here [14,30]',
        ]);
        expect(bench.metrics().lines.filter(({ event }) => event === 'figures.rebuild_needed')).toEqual([]);
      } finally {
        await other.stop();
      }
    });

    test('applies them with a rebuild, in all processes, and answers moments before it as before', async () => {
      const other = await startMetricsProcess(bench.connectionString(), {
        THROUGHLINE_WINDOWS: '14,30',
        THROUGHLINE_TIME_ZONE: 'Europe/Berlin',
      });
      try {
        const range = 'from=2026-03-01&to=2026-03-12';
        const before = await ask(`growth?window=7&${range}`);
        const { self } = before.body as { self: string };
        const path = self.slice('/v1/metrics/'.length);
        const stood = await ask(path);
        const late = await restatementsOf(bench.metrics());
        const others = await unwindowedFigures(bench.metrics(), range);
        expect(JSON.stringify(others)).toMatch(/"stage":"purchase","profiles":2/);
        await rebuildBy(other);
        await eventually(async () => {
          const { rows } = await bench
            .pool()
            .query(
              `select 1 from metrics.stage_mark join metrics.generation on id = generation where state = 'retired' limit 1`,
            );
          return rows.length === 0 ? true : null;
        });
        for (const one of [other, bench.metrics()]) {
          const now = await eventually(async () => {
            const answer = await askMetrics(one, `growth?window=14&${range}`);
            return answer.status === 200 ? answer : null;
          });
          expect((now.body as { days: { active: number }[] }).days.some(({ active }) => active > 0)).toBe(
            true,
          );
          expect((await askMetrics(one, `growth?window=7&${range}`)).status).toBe(400);
          expect((await askMetrics(one, path)).body).toEqual(stood.body);
          const shown = await restatementsOf(one);
          expect(shown).toEqual(expect.arrayContaining(late));
          expect(shown.filter(({ cause }) => cause !== 'rebuild')).toEqual(late);
          expect(await unwindowedFigures(one, range)).toEqual(others);
        }
        const { body } = await askMetrics(other, 'rebuilds');
        expect(body).toMatchObject({ needed: [], items: [{ state: 'done' }, { state: 'done' }] });
      } finally {
        await other.stop();
      }
    });

    test('serves figures of another version of their definition as they are, until they are rebuilt', async () => {
      await bench.pool().query('update metrics.generation set function_version = function_version - 1');
      const other = await startMetricsProcess(bench.connectionString(), { THROUGHLINE_WINDOWS: '14,30' });
      try {
        expect((await askMetrics(other, 'growth?window=14')).status).toBe(200);
        const { body } = await askMetrics(other, 'rebuilds');
        expect((body as { needed: string[] }).needed[0]).toMatch(/^functionVersion: in use \d+, here \d+$/);
        await rebuildBy(other);
        const { rows } = await bench
          .pool()
          .query<{ unmade: number }>(
            `select count(*)::int as unmade from metrics.generation where state = 'current' and function_version <> $1`,
            [functionVersion],
          );
        expect(rows[0]?.unmade).toBe(0);
        await eventually(async () => {
          const answer = await askMetrics(other, 'freshness');
          return (answer.body as { pendingRecords: number }).pendingRecords === 0 ? true : null;
        });
      } finally {
        await other.stop();
      }
    });

    test('answers no other key, and nothing about rebuilds that there are none of', async () => {
      expect((await ask('rebuilds', { method: 'POST' })).status).toBe(403);
      for (const id of ['0', '99', '1e3', '99999', 'x'])
        expect((await ask(`rebuilds/${id}`)).status).toBe(404);
      expect((await ask('rebuilds/99', { method: 'DELETE', key: adminKey })).status).toBe(404);
    });
  });
}

async function restatementsOf(process: MetricsProcess): Promise<{ cause: string }[]> {
  const { body } = await askMetrics(
    process,
    'restatements?figure=first&activity=purchase&from=2026-01-01&limit=100',
  );
  const { items, nextCursor } = body as { items: { cause: string }[]; nextCursor: string | null };
  expect(nextCursor).toBeNull();
  return items;
}

async function rebuildBy(process: MetricsProcess): Promise<void> {
  const begun = await askMetrics(process, 'rebuilds', { method: 'POST', key: adminKey });
  expect(begun.status).toBe(202);
  const { id } = begun.body as { id: string };
  const rebuild = await eventually(async () => {
    const { body } = await askMetrics(process, `rebuilds/${id}`);
    return (body as { state: string }).state === 'running' ? null : body;
  });
  expect(rebuild).toMatchObject({ state: 'done', message: null });
}

/** What no setting of windows changes, without what says when it was asked. */
async function unwindowedFigures(process: MetricsProcess, range: string): Promise<unknown[]> {
  const questions = ['lifecycle', 'stickiness', 'cohorts', 'stages', 'stages/flows', 'stages/transitions'];
  questions.push('stages/dwell', 'channels/transitions', 'sales', 'experience', 'sentiment');
  questions.push('funnel?steps=purchase,loyalty');
  return await Promise.all(
    questions.map(async (question) => {
      const path = `${question}${question.includes('?') ? '&' : '?'}${range}`;
      const { status, body } = await askMetrics(process, path);
      const { self: _self, freshness: _freshness, ...figures } = body as Record<string, unknown>;
      return { question, status, figures };
    }),
  );
}
