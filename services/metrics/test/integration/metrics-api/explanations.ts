/** What stands behind a figure: restatements, profiles and touchpoints, what was spent, and the figures as they stood. */
import { describe, expect, test } from 'vitest';
import { formatDay, parseDay } from '../../../src/core/calendar.ts';
import { foldDeltas } from '../../../src/db/fold-deltas.ts';
import { idOf } from '../../resolved-histories.ts';
import { adminKey, eventually, readKey } from '../metrics-process.ts';
import { ann, askOf, bob, type MetricsApiBench } from './bench.ts';

export function describeExplanations(bench: MetricsApiBench): void {
  const ask = askOf(bench);

  describe('the figures API', () => {
    test('lists, page by page, the restatements that make a closed day what it is', async () => {
      while (
        (await foldDeltas(bench.pool(), { generation: 1, minDeltas: 1, maxAgeMs: 0, maxDeltas: 100 })) > 0
      );
      const range = 'from=2026-03-01&to=2026-03-31';
      const changes = new Map<string, number>();
      let cursor: string | null = '';
      let pages = 0;
      while (cursor !== null) {
        const path = `restatements?figure=active&activity=purchase&window=7&${range}&limit=2`;
        const { body, status } = await ask(cursor === '' ? path : `${path}&cursor=${cursor}`);
        expect(status).toBe(200);
        const { items, nextCursor } = body as {
          items: { from: string; to: string; change: number; cause: string }[];
          nextCursor: string | null;
        };
        for (const { from, to, change, cause } of items) {
          expect(cause).toBe('late_touchpoint');
          for (let day = parseDay(from) ?? 0; day <= (parseDay(to) ?? -1); day++) {
            changes.set(formatDay(day), (changes.get(formatDay(day)) ?? 0) + change);
          }
        }
        cursor = nextCursor;
        pages += 1;
      }
      expect(pages).toBeGreaterThan(1);
      const { body } = await ask(`growth?window=7&${range}`);
      for (const { day, active } of (body as { days: { day: string; active: number }[] }).days) {
        expect([day, changes.get(day) ?? 0]).toEqual([day, active]);
      }
    });

    test('lists the profiles behind a figure, as many as it counts, and the touchpoints behind a profile', async () => {
      const day = '2026-03-10';
      const growth = await ask(`growth?window=7&from=${day}&to=${day}`);
      const [counted] = (growth.body as { days: Record<string, number>[] }).days;
      for (const figure of ['active', 'customersAtStart', 'retained', 'churned', 'new', 'reactivated']) {
        const { body } = await ask(`explain?figure=${figure}&window=7&day=${day}`);
        const { value, items } = body as { value: number; items: unknown[] };
        expect([figure, value, items.length]).toEqual([figure, counted?.[figure], counted?.[figure]]);
      }
      const retained = await ask(`explain?figure=retention&window=7&day=${day}&format=csv`);
      expect(retained.text).toBe(`profile,lastActive,activeBefore\r\n${ann},2026-03-10,2026-03-01\r\n`);
      const one = await ask(`explain?figure=churned&window=7&day=${day}&profile=${ann}`);
      expect(one.body).toMatchObject({
        explained: {
          profile: ann,
          counted: false,
          figures: ['active', 'customersAtStart', 'retained'],
          days: [
            { day: '2026-03-10', touchpoints: [{ id: 't2', name: 'Order Completed' }], more: false },
            { day: '2026-03-01', touchpoints: [{ id: 't1' }], more: false },
          ],
        },
      });
      const sales = await ask('explain?figure=sales&day=2026-03-05');
      expect(sales.body).toMatchObject({
        value: 1,
        items: [
          { profile: bob, identifier: bob, currency: 'EUR', transactions: 1, revenue: 1_250, net: 1_250 },
        ],
        nextCursor: null,
      });
      const bobs = await ask(`explain?figure=sales&day=2026-03-05&profile=${bob}`);
      expect(bobs.body).toMatchObject({
        explained: { counted: true, days: [{ touchpoints: [{ source: 'server' }] }] },
      });
      const stages = await ask(`stages?from=${day}&to=${day}`);
      const [{ stages: occupied } = { stages: {} }] = (
        stages.body as { days: { stages: Record<string, number> }[] }
      ).days;
      for (const [stage, profiles] of Object.entries(occupied)) {
        const { body } = await ask(`explain?figure=stages&stage=${stage}&day=${day}`);
        expect([stage, body]).toMatchObject([stage, { value: profiles }]);
        expect((body as { items: unknown[] }).items).toHaveLength(profiles);
      }
      const stage = await ask(`explain?figure=stages&stage=purchase&day=${day}&profile=${ann}`);
      expect(stage.body).toMatchObject({
        explained: {
          counted: true,
          figures: ['purchase', 'repeat'],
          days: [{ day }, { day }, { day }, { day: '2026-03-01' }],
        },
      });
      const unknown = await ask(`explain?figure=churn&window=7&profile=${idOf('e', 77)}`);
      expect(unknown.status).toBe(404);
    });

    test('keeps what was said last of a day, channel and campaign, and gives the cost of a new customer', async () => {
      const spent = (amount: unknown, more: Record<string, unknown> = {}) => ({
        items: [
          { day: '2026-03-01', channel: 'search', campaign: 'spring', currency: 'eur', amount, ...more },
        ],
      });
      const put = (body: unknown, key = adminKey) => ask('spend', { method: 'PUT', key, body });
      expect((await put(spent(10), readKey)).status).toBe(403);
      for (const amount of ['80.00', 70, '12.34'])
        expect(await put(spent(amount))).toMatchObject({ status: 200, body: { saved: 1 } });
      expect((await put(spent(5, { channel: 'social', campaign: undefined }))).status).toBe(200);
      expect((await put(spent(99, { day: '2026-04-01' }))).status).toBe(200);
      for (const [body, field] of [
        [spent('12,34'), 'items[0].amount'],
        [spent(-1), 'items[0].amount'],
        [{ items: [...spent(1).items, ...spent(2).items] }, 'items'],
      ] as const)
        expect(await put(body)).toMatchObject({ status: 400, body: { code: 'invalid_parameter', field } });
      for (const wrong of [
        { day: '2026-02-30' },
        { channel: '' },
        { channel: 'a\u0000b' },
        { currency: 'EURO' },
      ])
        expect((await put(spent(1, wrong))).status).toBe(400);
      const { body } = await ask('spend?from=2026-03-01&to=2026-03-31');
      expect(body).toMatchObject({
        newCustomers: 2,
        currencies: { EUR: { amount: 1_734, costPerNewCustomer: 867 } },
        campaigns: [
          { channel: 'search', campaign: 'spring', currency: 'EUR', amount: 1_234 },
          { channel: 'social', campaign: '', currency: 'EUR', amount: 500 },
        ],
      });
      const none = await ask('spend?from=2026-04-01&to=2026-04-01');
      expect(none.body).toMatchObject({ newCustomers: 0, currencies: { EUR: { costPerNewCustomer: null } } });
      const csv = await ask('spend?from=2026-03-01&to=2026-03-31&format=csv');
      expect(csv.text.split('\r\n').at(-2)).toBe('all,,EUR,1734,2,867');
    });

    test('answers every permanent link with the figures as they stood, and what came since apart', async () => {
      const questions = [
        'growth?window=7',
        'churn?window=30',
        'retention?window=7',
        'stages?',
        'sales?period=week',
      ];
      const selfOf = async (question: string): Promise<string> => {
        const { body } = await ask(`${question}&from=2026-03-01&to=2026-03-12`);
        return (body as { self: string }).self;
      };
      const before = await selfOf('growth?window=7');
      await bench
        .pool()
        .query('update metrics.epoch set ends_at = clock_timestamp() where ends_at > clock_timestamp()');
      await eventually(async () => ((await selfOf('growth?window=7')) === before ? null : true));
      for (const question of questions) {
        const now = await ask(`${question}&from=2026-03-01&to=2026-03-12`);
        const { self, asOf: _asOf, freshness: _freshness, ...figures } = now.body as Record<string, unknown>;
        const link = String(self).replace('/v1/metrics/', '');
        const stood = await ask(link);
        expect(stood.body).toMatchObject({
          ...figures,
          self,
          freshness: { processedThrough: '2026-03-20T00:00:00.000Z', pendingRecords: null },
        });
        const csv = await ask(`${link}&format=csv`);
        expect(csv.headers.get('link')).toBe(`<${String(self)}>; rel="self"`);
      }
      const empty = await ask(before.replace('/v1/metrics/', ''));
      expect((empty.body as { days: { active: number }[] }).days.map(({ active }) => active)).toEqual(
        Array.from({ length: 12 }, () => 0),
      );
    });
  });
}
