/**
 * What a person on the phone does, through the APIs: finds a customer by name, sees the timeline, sees why two cards are one person,
 * separates them, sees the figures restated with that cause, undoes it, and finds everything as it was. The console does the same
 * on its pages Profiles, a profile, and Figures.
 */
import { type StartedServices, startServices, until } from '@throughline/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askService } from './ask-service.ts';

interface Answer {
  id: string;
  items: Record<string, unknown>[];
  days: Record<string, unknown>[];
  [name: string]: unknown;
}

let services: StartedServices;
beforeAll(async () => {
  services = await startServices();
});
afterAll(() => services.stop());

const cards = ['card-1', 'card-2'];
const figureDay = '2026-03-05';

const ask = (service: 'ingest' | 'identity' | 'metrics', path: string, method = 'GET', body?: object) =>
  askService<Answer>(services, { service, path, method, body });

async function poll(isDone: () => Promise<boolean>): Promise<void> {
  await until('the condition holds', isDone);
}

async function activeCustomers(): Promise<unknown> {
  const range = `from=${figureDay}&to=${figureDay}`;
  const { days } = await ask('metrics', `/v1/metrics/growth?window=30&activity=purchase&${range}`);
  return days[0]?.['active'];
}

const figuresSay = (count: number): Promise<void> => poll(async () => (await activeCustomers()) === count);

async function restatementsBy(cause: string): Promise<Record<string, unknown>[]> {
  const { items } = await ask('metrics', '/v1/metrics/restatements?figure=first&activity=purchase');
  return items.filter((one) => one['cause'] === cause);
}

/** All that is seen of the two cards, without what says how fresh it is and what has been decided. */
async function everything(): Promise<unknown> {
  const answers = [];
  for (const card of cards) {
    const ref = `loyalty_id:${card}`;
    const {
      freshness: _freshness,
      computed: _computed,
      ...profile
    } = await ask('identity', `/v1/profiles/${ref}`);
    const { items } = await ask('identity', `/v1/profiles/${ref}/touchpoints`);
    const { members } = await ask('identity', `/v1/profiles/${ref}/explain`);
    answers.push({ profile, items, members });
  }
  return answers;
}

test('two cards that share an address are found, explained, separated with the figures restated, and put back', async () => {
  const purchase = (id: string, card: string, day: string) => ({
    type: 'track',
    id,
    event: 'Order Completed',
    context: { traits: { loyaltyId: card, email: 'muster@example.org' } },
    properties: { order_id: `order-${id}`, total: 10, currency: 'EUR' },
    timestamp: `2026-03-0${day}T10:00:00.000Z`,
  });
  await ask('ingest', '/v1/touchpoints', 'POST', [
    {
      ...purchase('p-0', 'card-1', '1'),
      type: 'identify',
      timestamp: '2026-02-28T10:00:00.000Z',
      traits: { name: 'Erika Mustermann', loyaltyId: 'card-1', email: 'muster@example.org' },
    },
    purchase('p-1', 'card-1', '1'),
    purchase('p-2', 'card-2', '2'),
  ]);
  await figuresSay(1);
  const before = await everything();

  // By name, then the timeline.
  const { items: found } = await ask('identity', '/v1/profiles?query=erika');
  expect(found).toMatchObject([{ matches: [{ name: 'name', value: 'Erika Mustermann' }] }]);
  const [{ profile } = { profile: null }] = found;
  const { id } = profile as Answer;
  const { items: timeline } = await ask('identity', `/v1/profiles/${id}/touchpoints`);
  expect(timeline.map((one) => one['id'])).toEqual(['p-2', 'p-1', 'p-0']);

  // Why they are one person.
  const { and } = await ask('identity', '/v1/profiles/loyalty_id:card-1/explain?and=loyalty_id:card-2');
  expect(and).toMatchObject({
    verdict: 'one_profile',
    path: [{ to: { type: 'email', value: 'muster@example.org' } }, { to: { value: 'card-2' } }],
  });

  // What separating them would do, and then doing it.
  const sides = [['loyalty_id:card-1', 'email:muster@example.org'], ['loyalty_id:card-2']];
  const split = { kind: 'split', sides, note: 'mother and daughter', author: 'desk 4' };
  const tried = await ask('identity', '/v1/identity/decisions', 'POST', { ...split, dryRun: true });
  expect(JSON.stringify(tried)).toContain('card-2');
  expect(tried).toMatchObject({ figures: { state: 'answered' } });
  expect(await activeCustomers()).toBe(1);
  const decision = await ask('identity', '/v1/identity/decisions', 'POST', split);
  await figuresSay(2);
  expect((await ask('identity', '/v1/profiles/loyalty_id:card-2')).id).not.toBe(
    (await ask('identity', '/v1/profiles/loyalty_id:card-1')).id,
  );
  await poll(async () => (await restatementsBy('split')).length > 0);

  // Undone: everything as it was, and both restatements are on record.
  await ask('identity', `/v1/identity/decisions/${decision.id}`, 'DELETE');
  await figuresSay(1);
  expect(await everything()).toEqual(before);
  await poll(async () => (await restatementsBy('withdrawal')).length > 0);
  expect(await restatementsBy('split')).not.toEqual([]);
});
