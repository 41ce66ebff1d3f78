import { createTestDatabase, findFreePort, type TestDatabase } from '@throughline/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keys, startCommand, startService, type ServiceProcess } from './service-process.ts';

let database: TestDatabase;
let services: ServiceProcess[] = [];
const urls = (): string[] => {
  const [ingest, identity, metrics] = services.map(({ url }) => url);
  return ['--ingest-url', ingest ?? '', '--identity-url', identity ?? '', '--metrics-url', metrics ?? ''];
};

beforeAll(async () => {
  database = await createTestDatabase();
  services = await Promise.all(
    (['ingest', 'identity', 'metrics'] as const).map(
      async (name) => await startService(name, database.connectionString, await findFreePort()),
    ),
  );
});
afterAll(async () => {
  await Promise.all(services.map((service) => service.kill()));
  await database.drop();
});

async function ask<T>(service: number, path: string): Promise<T> {
  const headers = { authorization: `Bearer ${keys.THROUGHLINE_READ_KEY}` };
  const answer = await fetch(`${services[service]?.url}${path}`, { headers });
  expect(answer.status).toBe(200);
  return (await answer.json()) as T;
}

interface Profile {
  id: string;
  identifiers: { type: string; value: string }[];
}
const profileOf = async (ref: string): Promise<Profile> => await ask(1, `/v1/profiles/${ref}`);

test('the demo fills an empty deployment once, and its figures and profiles are there when it ends', async () => {
  const argv = ['demo', '--customers', '12', '--until', '2026-03-31', ...urls()];
  const demo = startCommand([...argv, '--json']);
  expect(await demo.ended).toBe(0);
  const text = demo.said();
  const result = JSON.parse(text.slice(text.indexOf('{'))) as Record<string, unknown>;
  expect(result).toMatchObject({ until: '2026-03-31', rejected: 12, expectedRejects: 12 });

  const range = 'from=2025-06-01&to=2026-03-31';
  const { days } = await ask<{ days: { active: number; churned: number; retained: number }[] }>(
    2,
    `/v1/metrics/growth?window=30&${range}`,
  );
  for (const figure of ['active', 'churned', 'retained'] as const) {
    expect(days.some((day) => day[figure] > 0)).toBe(true);
  }
  const sales = await ask<{ groups: { group: { store: string | null } }[] }>(
    2,
    `/v1/metrics/sales?period=month&groupBy=store&${range}`,
  );
  expect(sales.groups.map(({ group }) => group.store)).toEqual(
    expect.arrayContaining(['Berlin Mitte', 'Hamburg Altona', null]),
  );

  const spend = await ask<{ campaigns: unknown[]; newCustomers: number }>(2, `/v1/metrics/spend?${range}`);
  expect(spend.campaigns.length).toBeGreaterThan(0);
  expect(spend.newCustomers).toBeGreaterThan(0);
  for (const [groupBy, expected] of [
    ['acquisitionChannel', ['web']],
    ['homeStore', ['Berlin Mitte', 'Hamburg Altona']],
  ] as const) {
    const { groups } = await ask<{ groups: { group: Record<string, string | null> }[] }>(
      2,
      `/v1/metrics/growth?window=365&groupBy=${groupBy}&${range}`,
    );
    expect(groups.map(({ group }) => group[groupBy])).toEqual(expect.arrayContaining([...expected]));
  }
  const cohorts = await ask<{ cohorts: { size: number }[] }>(2, `/v1/metrics/cohorts?period=month&${range}`);
  expect(cohorts.cohorts.some(({ size }) => size > 0)).toBe(true);

  expect((await profileOf('user_id:sofia-old')).id).toBe((await profileOf('user_id:sofia-new')).id);
  expect((await profileOf('user_id:max-father')).id).not.toBe((await profileOf('user_id:max-son')).id);
  const [mira, paul] = [await profileOf('user_id:family-mira'), await profileOf('user_id:family-paul')];
  expect(mira.id).not.toBe(paul.id);
  const shared = await profileOf('email:kasse@haushalt.example');
  expect(shared.identifiers.map(({ type }) => type)).toEqual(['email']);

  const again = startCommand(argv);
  expect(await again.ended).toBe(1);
  expect(again.said()).toContain('--force');
  const forced = startCommand([...argv, '--force']);
  expect(await forced.ended).toBe(0);
  expect(await ask(2, `/v1/metrics/growth?window=30&${range}`)).toMatchObject({ days });
});

async function explain(...argv: string[]): Promise<string> {
  const command = startCommand(['explain', ...argv, ...urls()]);
  expect(await command.ended).toBe(0);
  return command.said();
}

test('what the demo sent is explained: a merge, a merge that is undone, a figure, a touchpoint', async () => {
  expect(await explain('profile', 'user_id:sofia-old')).toMatch(/user_id:sofia-(old|new): merge/);
  expect(await explain('profile', 'user_id:max-father', '--and', 'user_id:max-son')).toContain('no evidence');
  expect(await explain('profile', 'user_id:family-mira', '--and', 'user_id:family-paul')).toContain(
    'not inferred',
  );

  const argv = ['figure', 'active', '--day', '2026-03-31', '--window', '365'];
  const figure = JSON.parse(await explain(...argv, '--json')) as {
    value: number;
    items: { profile: string }[];
  };
  expect(figure.items).toHaveLength(figure.value);
  const [first] = figure.items;
  const one = await explain(...argv, '--profile', first?.profile ?? '');
  expect(one).toContain('is behind it');
  expect(one).toContain('Order Completed');
  expect(await explain(...argv, '--profile', 'user_id:family-karl')).toContain('is not behind it');

  const trace = await explain('touchpoint', 'demo-20260331-1-s-0', '--source', 'website');
  expect(trace).toContain('is accepted');
  expect(trace).toContain('it counts on');
});

test.each([
  [['profile'], 'profile <ref>'],
  [['nothing', 'x'], 'profile <ref>'],
  [['profile', 'user_id:no-such-customer'], 'profile_not_found'],
  [['figure', 'no-such-figure'], 'invalid_parameter'],
  [['touchpoint', 'no-such-touchpoint'], 'touchpoint_not_found'],
  [['profile', 'user_id:x', '--limit', '0'], '--limit'],
])('explain says what is wrong with %j', async (argv, expected) => {
  const command = startCommand(['explain', ...argv, ...urls()]);
  expect(await command.ended).toBe(1);
  expect(command.said()).toContain(expected);
});

test.each([
  [['--until', '2026-02-30'], '--until'],
  [['--until', '9999-01-01'], 'future'],
  [['--customers', '9'], '--customers'],
  [['--seed', 'x'], '--seed'],
])('the demo says what is wrong with %j', async (argv, expected) => {
  const command = startCommand(['demo', ...argv, ...urls()]);
  expect(await command.ended).toBe(1);
  expect(command.said()).toContain(expected);
});

test('the demo names the key that it lacks', async () => {
  const command = startCommand(['demo', ...urls()], { ...keys, THROUGHLINE_WRITE_KEY: '' });
  expect(await command.ended).toBe(1);
  expect(command.said()).toContain('THROUGHLINE_WRITE_KEY');
});
