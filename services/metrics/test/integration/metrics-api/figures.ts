/** Figures, in the shape of the design, and the questions that are refused. */
import { describe, expect, test } from 'vitest';
import { figureDefinitions } from '../../../src/core/figure-definitions.ts';
import { idOf } from '../../resolved-histories.ts';
import { adminKey, eventually } from '../metrics-process.ts';
import { askOf, type MetricsApiBench } from './bench.ts';

export function describeFigures(bench: MetricsApiBench): void {
  const ask = askOf(bench);

  describe('the figures API', () => {
    test('answers growth in the shape of the design, on the days of the reporting zone', async () => {
      const { body } = await ask('growth?window=7&from=2026-03-09&to=2026-03-10');
      expect(body).toEqual({
        definition: figureDefinitions.growth,
        asOf: null,
        self: expect.stringMatching(
          /^\/v1\/metrics\/growth\?window=7&from=2026-03-09&to=2026-03-10&asOf=\d{4}-/,
        ),
        window: 7,
        activity: 'purchase',
        days: [
          {
            day: '2026-03-09',
            customersAtStart: 1,
            active: 1,
            retained: 0,
            churned: 1,
            new: 1,
            reactivated: 0,
            quickRatio: 1,
            partial: false,
          },
          {
            day: '2026-03-10',
            customersAtStart: 1,
            active: 2,
            retained: 1,
            churned: 0,
            new: 1,
            reactivated: 0,
            quickRatio: null,
            partial: false,
          },
        ],
        freshness: { processedThrough: '2026-03-20T00:00:00.000Z', pendingRecords: 0 },
      });
    });

    test('answers churn and retention as shares of those at the start, which sum to one', async () => {
      const churn = await ask('churn?window=7&from=2026-03-01&to=2026-03-12');
      const retention = await ask('retention?window=7&from=2026-03-01&to=2026-03-12');
      const churnDays = (churn.body as { days: { customersAtStart: number; rate: number | null }[] }).days;
      const retentionDays = (retention.body as { days: { rate: number | null }[] }).days;
      expect(churnDays).toHaveLength(12);
      for (const [index, { customersAtStart, rate }] of churnDays.entries()) {
        const kept = retentionDays[index]?.rate;
        if (customersAtStart === 0) expect([rate, kept]).toEqual([null, null]);
        else expect((rate ?? 0) + (kept ?? 0)).toBeCloseTo(1, 12);
      }
    });

    test('answers stages, lapsed after ninety days, and apart by relationship', async () => {
      const { body } = await ask('stages?from=2026-03-11&to=2026-06-20');
      const { days } = body as {
        days: {
          day: string;
          stages: Record<string, number>;
          relationships: Record<string, Record<string, number>>;
        }[];
      };
      expect(days[0]?.stages).toMatchObject({ purchase: 2, lapsed: 0 });
      expect(days[0]?.relationships['repeat']).toMatchObject({ purchase: 2 });
      expect(days.at(-1)?.stages).toMatchObject({ purchase: 0, lapsed: 2 });
    });

    test('says whether and as what a touchpoint is counted', async () => {
      const counted = await ask(`touchpoints/${idOf('d', 1)}`);
      expect(counted.status).toBe(200);
      expect(counted.body).toMatchObject({
        id: 't1',
        source: 'server',
        day: '2026-03-01',
        stage: 'purchase',
      });
      const unknown = await ask(`touchpoints/${idOf('e', 1)}`);
      expect(unknown.status).toBe(404);
      expect(unknown.body).toMatchObject({ code: 'touchpoint_not_found' });
      const malformed = await ask('touchpoints/t1');
      expect(malformed.body).toMatchObject({ status: 400, code: 'invalid_parameter' });
    });

    test('says of a list of touchpoints as what each is counted', async () => {
      const asked = [idOf('d', 1), idOf('e', 1)];
      const { status, body } = await ask('touchpoints/lookup', {
        method: 'POST',
        body: { keys: asked },
      });
      expect(status).toBe(200);
      expect(body).toEqual({
        touchpoints: {
          [idOf('d', 1)]: expect.objectContaining({ id: 't1', day: '2026-03-01', stage: 'purchase' }),
          [idOf('e', 1)]: null,
        },
      });
    });

    test('says what it has removed for an erasure, to an administrator: nothing of one that it does not know', async () => {
      const path = 'erasures/0f8fad5b-d9cb-469f-a165-70867728950e';
      const { status, body } = await ask(path, { key: adminKey });
      expect([status, body]).toEqual([200, { facts: 0, deadLetters: 0, identifiers: 0 }]);
      expect((await ask(path)).status).toBe(403);
      expect((await ask('erasures/all', { key: adminKey })).status).toBe(400);
    });

    test('answers CSV to a client that accepts it, with the freshness in headers', async () => {
      const { text, headers } = await ask('churn?window=7&from=2026-03-09&to=2026-03-09', {
        accept: 'text/csv',
      });
      expect(text).toBe('day,customersAtStart,churned,rate,partial\r\n2026-03-09,1,1,1,false\r\n');
      expect(headers.get('content-type')).toContain('text/csv');
      expect(headers.get('throughline-pending-records')).toBe('0');
    });

    test('marks the running day, and defaults to the last thirty', async () => {
      const { body } = await ask('growth?window=30');
      const { days } = body as { days: { partial: boolean }[] };
      expect(days.map(({ partial }) => partial)).toEqual([...Array.from({ length: 29 }, () => false), true]);
    });

    test('verifies clean on the days of the reporting zone', async () => {
      const begun = await ask('verifications', { method: 'POST', key: adminKey });
      expect(begun.status).toBe(202);
      const verification = await eventually<Record<string, unknown>>(async () => {
        const { body } = await ask(`verifications/${(begun.body as { id: string }).id}`);
        return (body as { state: string }).state === 'running' ? null : body;
      });
      expect(verification).toMatchObject({
        state: 'done',
        differences: [],
        differenceCount: 0,
        message: null,
      });
      expect(verification['checked']).toBeGreaterThan(10);
    });

    test.each([
      ['growth', 'invalid_parameter', 'window'],
      ['growth?window=90', 'unconfigured_window', 'window'],
      ['growth?window=7.0', 'unconfigured_window', 'window'],
      ['growth?window=7&window=30', 'invalid_parameter', 'window'],
      ['growth?window=7&activity=sleeping', 'unknown_activity', 'activity'],
      ['growth?window=7&asOf=2026-03-01T00:00:00Z', 'as_of_out_of_range', 'asOf'],
      ['sales?asOf=2999-01-01T00:00:00Z', 'as_of_out_of_range', 'asOf'],
      ['stages?asOf=2026-03-01', 'invalid_parameter', 'asOf'],
      [
        'restatements?figure=first&activity=purchase&since=2026-02-30T00:00:00Z',
        'invalid_parameter',
        'since',
      ],
      ['churn?window=7&groupBy=homeStore', 'unconfigured_group', 'groupBy'],
      ['retention?window=7&widow=7', 'invalid_parameter', 'widow'],
      ['retention?window=7&from=2026-02-30', 'invalid_parameter', 'from'],
      ['growth?window=7&from=2026-03-02&to=2026-03-01', 'invalid_parameter', 'from'],
      ['growth?window=7&from=2020-01-01&to=2026-01-01', 'range_too_long', 'from'],
      ['stages?window=7', 'invalid_parameter', 'window'],
      ['restatements?figure=active&activity=purchase', 'invalid_parameter', 'figure'],
      ['restatements?figure=first&activity=purchase&limit=101', 'invalid_parameter', 'limit'],
      ['restatements?figure=first&activity=purchase&cursor=x', 'invalid_parameter', 'cursor'],
    ])('refuses %s with %s', async (path, code, field) => {
      const { status, body } = await ask(path);
      expect(status).toBe(400);
      expect(body).toMatchObject({ code, field });
      if (code === 'unconfigured_window') expect(body).toMatchObject({ expected: '7, 30' });
    });

    test('needs a key, and for verifications that of an administrator', async () => {
      expect((await ask('growth?window=7', { key: null })).status).toBe(401);
      expect((await ask('verifications', { method: 'POST' })).status).toBe(403);
      expect((await ask(`verifications/${idOf('e', 1)}`)).status).toBe(404);
      expect((await ask('verifications/nonsense', { key: adminKey })).status).toBe(404);
    });
  });
}
