/** Activities and the journey map, defined at run time. */
import { describe, expect, test } from 'vitest';
import { adminKey, eventually } from '../metrics-process.ts';
import { askOf, type MetricsApiBench } from './bench.ts';

export function describeDefinitions(bench: MetricsApiBench): void {
  const ask = askOf(bench);

  describe('definitions', () => {
    const put = (path: string, body: unknown) => ask(path, { method: 'PUT', key: adminKey, body });
    const readyOf = (path: string) =>
      eventually(async () => {
        const { body } = await ask(path);
        return (body as { state: string }).state === 'ready' ? body : null;
      });
    const tills = { filter: { all: [{ field: 'channel', op: 'eq', value: 'store' }] } };

    test('of activities are backfilled, and their figures are answered when they are ready', async () => {
      expect((await ask('growth?window=14&activity=sold')).status).toBe(400);
      const sold = { filter: { all: [{ field: 'name', op: 'eq', value: 'Order Completed' }] } };
      const begun = await put('activities/sold', sold);
      expect(begun.status).toBe(202);
      const { rebuild } = begun.body as { rebuild: string };
      expect(begun.body).toMatchObject({ name: 'sold', version: 1, state: 'backfilling', ...sold });
      const meanwhile = await put('activities/tills', tills);
      // It may be done by now.
      if (meanwhile.status === 202) expect((meanwhile.body as { rebuild: string }).rebuild).not.toBe(rebuild);
      else expect(meanwhile.body).toMatchObject({ status: 409, code: 'definition_conflict' });
      expect(await readyOf('activities/sold')).toMatchObject({ version: 1, ships: false, rebuild: null });
      await eventually(async () => ((await put('activities/tills', tills)).status === 202 ? true : null));
      await readyOf('activities/tills');
      const range = 'window=14&from=2026-03-01&to=2026-03-12';
      const daysOf = async (activity: string) => {
        const { body } = await eventually(async () => {
          const answer = await ask(`growth?${range}&activity=${activity}`);
          return answer.status === 200 ? answer : null;
        });
        return (body as { days: { active: number }[] }).days;
      };
      expect(await daysOf('sold')).toEqual(await daysOf('purchase'));
      expect((await daysOf('tills')).every(({ active }) => active === 0)).toBe(true);
      const { body } = await ask('activities');
      expect(
        (body as { items: { name: string; ships: boolean }[] }).items.map((one) => [one.name, one.ships]),
      ).toEqual([
        ['engagement', true],
        ['netPurchase', true],
        ['purchase', true],
        ['sold', false],
        ['tills', false],
      ]);
      // A process that starts keeps them, whatever it was started with.
      expect((await ask('rebuilds')).body).toMatchObject({
        needed: expect.not.arrayContaining([expect.stringContaining('activities')]) as unknown,
      });
    });

    test('of the journey map are too, and the same again changes nothing', async () => {
      const { map } = (await ask('journey-map')).body as {
        map: { stages: { name: string }[] };
      };
      const found = { name: 'found', phase: 'pre-purchase' };
      const changed = {
        ...map,
        version: 2,
        stages: [found, ...map.stages],
        rules: [{ when: { type: 'track', names: ['Order Completed'] }, stage: 'found' }],
      };
      expect((await put('journey-map', changed)).status).toBe(202);
      await readyOf('journey-map');
      const stages = await eventually(async () => {
        const { body } = await ask('stages?from=2026-03-11&to=2026-03-11');
        const [day] = (body as { days: { stages: Record<string, number> }[] }).days;
        return day?.stages['found'] === undefined ? null : day.stages;
      });
      expect(stages['found']).toBeGreaterThan(0);
      expect(await put('journey-map', changed)).toMatchObject({ status: 202, body: { state: 'ready' } });
    });

    test('of groups are too, stand above the setting of the process, and group growth and cohorts', async () => {
      expect((await ask('growth?window=14&groupBy=acquisitionSource')).status).toBe(400);
      const wanted = { groupings: ['acquisitionSource', ' relationship + homeStore', 'acquisitionSource'] };
      const kept = ['acquisitionSource', 'relationship+homeStore'];
      const { status, body } = await put('groupings', wanted);
      expect([status, body]).toMatchObject([202, { groupings: kept, byOperator: true }]);
      expect(await readyOf('groupings')).toEqual({
        groupings: kept,
        byOperator: true,
        state: 'ready',
        rebuild: null,
      });
      const range = 'from=2026-03-01&to=2026-03-12&groupBy=acquisitionSource';
      interface Cohorts {
        groups: { cohorts: unknown[] }[];
        cohorts: { size: number }[];
      }
      const { groups, cohorts } = await eventually(async (): Promise<Cohorts | null> => {
        const answer = await ask(`cohorts?period=month&${range}`);
        const matrix: unknown = answer.body;
        return answer.status === 200 ? (matrix as Cohorts) : null;
      });
      expect(cohorts[0]?.size).toBeGreaterThan(0);
      expect(groups.map((group) => group.cohorts)).toEqual([cohorts]);
      const { text } = await ask(`cohorts?period=month&${range}&format=csv`);
      expect(text).toContain('acquisitionSource,cohort,size,bucket,value,partial\r\n');
      expect((await ask(`growth?window=14&${range}`)).status).toBe(200);
      expect((await ask('rebuilds')).body).toMatchObject({
        needed: expect.not.arrayContaining([expect.stringContaining('groupings')]) as unknown,
      });
      // Also of figures whose stages were others when the process started.
      const funnel = await ask('funnel?steps=found,purchase&from=2026-03-01&to=2026-03-12');
      const [found] = (funnel.body as { steps: { stage: string; profiles: number }[] }).steps;
      expect(found?.stage).toBe('found');
      expect(found?.profiles).toBeGreaterThan(0);
      expect(await put('groupings', wanted)).toMatchObject({ status: 202, body: { state: 'ready' } });
    });

    test.each([
      ['groupings', { groupings: ['channel'] }, 400],
      ['groupings', { groupings: ['trait:a,b'] }, 400],
      ['groupings', { groupings: ['homeStore+relationship+acquisitionKind'] }, 400],
      ['groupings', { groupings: Array.from({ length: 7 }, (_value, index) => `trait:t${index}`) }, 400],
      ['groupings', {}, 400],
      ['activities/purchase', tills, 409],
      ['activities/1st', tills, 400],
      ['activities/late', { filter: { all: [{ field: 'secret', op: 'eq', value: 1 }] } }, 400],
      ['activities/late', { ...tills, more: 1 }, 400],
      ['activities/late', {}, 400],
      [
        'journey-map',
        { version: 1, lapseDays: 9, stages: [{ name: 'lapsed', phase: 'purchase' }], rules: [] },
        400,
      ],
      ['journey-map', { version: 1, lapseDays: 9, stages: [], rules: [] }, 400],
      [
        'journey-map',
        {
          version: 1,
          lapseDays: 9,
          stages: [{ name: 'a', phase: 'purchase' }],
          rules: [{ when: {}, stage: 'b' }],
        },
        400,
      ],
    ])('%s is not changed to what it cannot be, case %#', async (path, body, status) => {
      expect((await put(path, body)).status).toBe(status);
      expect((await ask(path, { method: 'PUT', body })).status).toBe(403);
    });
  });
}
