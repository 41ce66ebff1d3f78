/** The console in Chromium, on the real stack with a shop's life in it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Browser } from 'playwright-core';
import { findChromium } from '@throughline/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type ConsolePage,
  findAxeViolations,
  findForeignMarkup,
  findUnreachableControls,
  findWideElements,
  launchBrowser,
  openConsole,
  settled,
  signIn,
  type View,
} from './console-browser.ts';
import { type ConsoleStack, startConsoleStack } from './console-stack.ts';
import { createShop, hostileTexts } from './shop.ts';

const canRun = findChromium() !== null;
if (!canRun) console.warn('there is no Chromium: the tests of the console are skipped');
// Where CI says that everything has to run, a missing browser is a failure.
const isSkipped = !canRun && process.env['CI'] === undefined;
const pictureFile = resolve(import.meta.dirname, '../../../../infra/docs/images/console.png');

let stack: ConsoleStack;
let browser: Browser;
let origin: string;
let touchpoint: string;

/** What customers say of two touchpoints, one loved and one painful. */
const answers = [1, 2, 3, 4].flatMap((customer) => [
  {
    id: `answer-${customer}`,
    type: 'feedback',
    name: 'Survey After Delivery',
    userId: `customer-${customer}`,
    properties: { survey: 'nps', score: customer === 1 ? 5 : 10 },
    sentiment: 0.8,
  },
  {
    id: `call-${customer}`,
    type: 'track',
    name: 'Support Called',
    userId: `customer-${customer}`,
    channel: 'call_center',
    sentiment: -0.6,
  },
]);

beforeAll(async () => {
  if (isSkipped) return;
  [stack, browser] = await Promise.all([startConsoleStack(), launchBrowser()]);
  origin = stack.urls.metrics;
  const { touchpoints } = createShop({ seed: 12, nowMs: Date.now(), days: 100, customers: 40 });
  touchpoint = String(touchpoints.findLast(({ name }) => name === 'Order Completed')?.['id']);
  touchpoints.push(...answers);
  touchpoints.push({ id: 'refused-1', type: 'track', name: 'Nobody Did It' });
  await stack.fill(touchpoints);
});
afterAll(async () => {
  if (isSkipped) return;
  await browser.close();
  await stack.stop();
});

async function opened(
  key: 'read' | 'admin',
  view: View = { width: 1_280, scheme: 'light' },
): Promise<ConsolePage> {
  const opening = await openConsole(browser, origin, view);
  await signIn(opening, origin, stack.keys[key]);
  return opening;
}

const pages = (): Record<string, string> => ({
  overview: '/console',
  figure: '/console/figures/churn',
  'figure of three years': '/console/figures/active?window=365&from=2024-01-01&to=2026-12-01',
  'figure by group': '/console/figures/churn?groupBy=acquisitionChannel%2Crelationship',
  cohorts: '/console/cohorts?period=week',
  'cohorts by group': '/console/cohorts?period=week&groupBy=acquisitionChannel',
  journey: '/console/journey',
  search: '/console/profiles?query=customer-1',
  profile: '/console/profiles/user_id%3Acustomer-1',
  touchpoint: `/console/touchpoint?id=${touchpoint}`,
  'at risk': '/console/at-risk',
  health: '/console/health',
  'no page': '/console/nothing-here',
});

describe.skipIf(isSkipped)('the console', () => {
  const views: View[] = [1_280, 375].flatMap((width) => [
    { width, scheme: 'light' as const },
    { width, scheme: 'dark' as const },
  ]);
  test.each(views)(
    'shows each page at $width px in $scheme colours without an error, a violation of axe, a sideways scroll or a request to another origin',
    async (view) => {
      const opening = await opened('admin', view);
      for (const [name, path] of Object.entries(pages())) {
        await opening.open(path);
        expect(await findAxeViolations(opening.page), name).toEqual([]);
        expect(await findWideElements(opening.page), name).toEqual([]);
        expect(await findForeignMarkup(opening.page), name).toEqual([]);
        expect(opening.takeErrors(), name).toEqual([]);
      }
      expect(opening.foreignRequests).toEqual([]);
      await opening.close();
    },
  );

  // Of each width and each scheme one.
  test.each([views[0]!, views[3]!])(
    'has no control on any page at $width px in $scheme colours that Tab does not reach with a focus to be seen',
    async (view) => {
      const opening = await opened('admin', view);
      for (const [name, path] of Object.entries(pages())) {
        await opening.open(path);
        expect(await findUnreachableControls(opening.page), name).toEqual([]);
      }
      expect(opening.takeErrors()).toEqual([]);
      await opening.close();
    },
  );

  test('is what the picture of the README shows', async () => {
    const opening = await opened('read');
    await opening.page.locator('.tile-value').first().waitFor();
    await settled(opening.page);
    const picture = await opening.page.screenshot();
    if (process.env['THROUGHLINE_TEST_PICTURE'] === 'write') writeFileSync(pictureFile, picture);
    const kept = readFileSync(pictureFile);
    const sizeOf = (png: Buffer) => [png.readUInt32BE(16), png.readUInt32BE(20)];
    expect(sizeOf(kept)).toEqual(sizeOf(picture));
    // An empty page takes a tenth of it.
    expect(kept.length).toBeGreaterThan(picture.length / 2);
    await opening.close();
  });

  test('shows the numbers of the API', async () => {
    const opening = await opened('read');
    const { page } = opening;
    interface Growth {
      days: (Record<
        'active' | 'new' | 'reactivated' | 'churned' | 'customersAtStart' | 'retained',
        number
      > & {
        day: string;
        partial: boolean;
      })[];
    }
    const { days } = await stack.ask<Growth>('metrics', '/v1/metrics/growth?window=30');
    const last = days.findLast(({ partial }) => !partial);
    if (last === undefined) throw new Error('no day is over');
    const tile = async (figure: string) =>
      await page.locator(`[data-figure=${figure}] .tile-value`).textContent();
    expect(await tile('active')).toBe(String(last.active));
    expect(await tile('new')).toBe(String(last.new));
    expect(await tile('churn')).toBe(`${((100 * last.churned) / last.customersAtStart).toFixed(1)}%`);
    const { days: stageDays } = await stack.ask<{ days: { stages: Record<string, number> }[] }>(
      'metrics',
      '/v1/metrics/stages',
    );
    const counts = await page.locator('.bar-count').allTextContents();
    expect(counts.map(Number)).toEqual(Object.values(stageDays.at(-1)?.stages ?? {}));
    await opening.open('/console/figures/retained');
    const cells = await page.locator('tbody tr').first().locator('td').allTextContents();
    const today = days.at(-1);
    expect(cells.map((text) => Number(text.replaceAll(',', '')))).toEqual([
      today?.retained,
      today?.customersAtStart,
      today?.retained,
      today?.churned,
      today?.new,
      today?.reactivated,
      today?.active,
    ]);
    await opening.close();
  });

  test('shows markup, scripts and formulas in names and properties as the text that they are', async () => {
    const opening = await opened('admin');
    const { page } = opening;
    await opening.open('/console/profiles/user_id%3Acustomer-0');
    expect(await page.locator('h1').textContent()).toContain(hostileTexts[0]);
    const cells = await page.locator('bdi').allTextContents();
    for (const text of hostileTexts) {
      // As the name of a trait, and as its value.
      expect(cells.filter((cell) => cell === text).length, text).toBeGreaterThanOrEqual(2);
    }
    await page.locator('details summary').last().click();
    await page.locator('pre', { hasText: '"path": "/"' }).waitFor();
    expect(await page.title()).toContain('Throughline');
    expect(await page.locator('script, main img, main style, main iframe').count()).toBe(1);
    await opening.open(`/console/profiles?query=${encodeURIComponent('<script>')}`);
    expect(await page.locator('.results a').first().textContent()).toContain(hostileTexts[0]);
    expect(opening.takeErrors()).toEqual([]);
    await opening.close();
  });

  test('is used by keyboard: navigation moves the focus, arrows read the curve, Escape closes the drawer', async () => {
    const opening = await opened('read');
    const { page } = opening;
    await page.keyboard.press('Tab');
    await expect.poll(() => focusedText(opening)).toBe('Skip to the page');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await expect.poll(() => focusedText(opening)).toBe('Figures');
    await page.keyboard.press('Enter');
    await page.locator('h1:focus', { hasText: 'Churn' }).waitFor();
    await settled(page);
    const curve = page.getByRole('slider');
    await curve.focus();
    const before = await curve.getAttribute('aria-valuetext');
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => curve.getAttribute('aria-valuetext')).not.toBe(before);
    const shown = await curve.getAttribute('aria-valuetext');
    await expect.poll(() => page.locator('.readout').textContent()).toBe(shown);
    const button = page.getByRole('button', { name: 'Why did it change?' });
    await button.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await expect.poll(() => focusedText(opening)).toBe('Why did it change?');
    expect(opening.takeErrors()).toEqual([]);
    await opening.close();
  });

  test('takes what stands in its address for text too', async () => {
    const opening = await opened('admin');
    const places: ((text: string) => string)[] = [
      (text) => `/console/figures/${text}`,
      (text) => `/console/profiles/${text}`,
      (text) => `/console/profiles?query=${text}`,
      (text) => `/console/touchpoint?id=${text}&source=${text}`,
      (text) => `/console/figures/churn?window=${text}&activity=${text}&from=${text}&asOf=${text}`,
      (text) => `/console/cohorts?period=${text}&from=${text}`,
    ];
    for (const [index, text] of hostileTexts.entries()) {
      const path = places[index % places.length]?.(encodeURIComponent(text)) ?? '';
      await opening.page.goto(origin + path);
      await opening.page.locator('h1').first().waitFor();
      expect(await findForeignMarkup(opening.page), path).toEqual([]);
    }
    // What is asked for and not there is answered with an error, which the browser reports; nothing ran.
    expect(opening.takeErrors().filter((text) => !text.startsWith('Failed to load resource'))).toEqual([]);
    expect(opening.foreignRequests).toEqual([]);
    await opening.close();
  });

  test('shows a touchpoint that is sent while its page is open, as soon as it is counted', async () => {
    const opening = await opened('read');
    const { page } = opening;
    await opening.page.goto(`${origin}/console/touchpoint?id=sent-just-now`);
    await page.getByText('Loading the touchpoint').waitFor();
    const response = await fetch(`${stack.urls.ingest}/v1/touchpoints`, {
      method: 'POST',
      headers: { authorization: `Bearer ${stack.keys.server}`, 'content-type': 'application/json' },
      body: JSON.stringify({ id: 'sent-just-now', type: 'track', name: 'Tried', userId: 'customer-1' }),
    });
    expect(response.status).toBe(200);
    await page.locator('.steps h3', { hasText: /^Counted$/ }).waitFor();
    await page.getByText('On ').first().waitFor();
    await opening.close();
  });

  test('shows exactly as many people behind a number as it says, and the figures as they stood at a moment', async () => {
    const opening = await opened('read');
    const { page } = opening;
    await opening.open('/console/figures/active');
    const number = page.locator('tbody tr').nth(1).locator('.number-button').last();
    const count = Number(await number.textContent());
    await number.click();
    await page.locator('.people-count').waitFor();
    expect(await page.locator('.people-count').textContent()).toBe(String(count));
    expect(await page.getByRole('dialog').locator('tbody tr').count()).toBe(count);
    await page.keyboard.press('Escape');
    await page.getByLabel('As it stood at (UTC)').fill('2001-02-03T04:05');
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await page.getByText('asOf is from').waitFor();
    expect(page.url()).toContain('asOf=2001-02-03T04%3A05%3A00Z');
    await page.getByRole('button', { name: 'Now' }).click();
    await page.locator('.number-button').first().waitFor();
    await opening.close();
  });

  test('shows the groups of the API, and the days of the one that is chosen', async () => {
    const opening = await opened('read');
    const { page } = opening;
    await opening.open('/console/figures/active');
    await page.getByLabel('Group by').selectOption('acquisitionChannel');
    const table = page.getByRole('region', { name: 'Active customers by group' });
    await table.waitFor();
    const [from, to] = [
      await page.getByLabel('From', { exact: true }).inputValue(),
      await page.getByLabel('To', { exact: true }).inputValue(),
    ];
    const { groups } = await stack.ask<{
      groups: {
        group: { acquisitionChannel: string | null };
        days: { active: number; partial: boolean }[];
      }[];
    }>('metrics', `/v1/metrics/growth?window=30&groupBy=acquisitionChannel&from=${from}&to=${to}`);
    const names = await table.locator('tbody th').allTextContents();
    const values = await table.locator('tbody td:nth-of-type(1)').allTextContents();
    const last = (days: (typeof groups)[number]['days']) => days.findLast(({ partial }) => !partial)?.active;
    expect(names).toEqual(groups.map(({ group }) => group.acquisitionChannel ?? 'without a value'));
    expect(names).toEqual(expect.arrayContaining(['app', 'web']));
    expect(values).toEqual(groups.map(({ days }) => String(last(days))));
    await table.getByRole('button', { name: 'app' }).click();
    await page.getByRole('heading', { name: 'The numbers of app' }).waitFor();
    const app = groups.find(({ group }) => group.acquisitionChannel === 'app')?.days ?? [];
    const numbers = page.getByRole('region', { name: 'Active customers by day' });
    const today = await numbers.locator('tbody tr').first().locator('td').first().textContent();
    expect(today).toBe(String(app.at(-1)?.active));
    expect(page.url()).toContain('group=app');
    const csv = await page.getByRole('link', { name: 'CSV' }).getAttribute('href');
    expect(csv).toContain('groupBy=acquisitionChannel');
    expect(opening.takeErrors()).toEqual([]);
    await opening.close();
  });

  test('shows the moves between stages of the API, as bands and as a matrix that adds up', async () => {
    const opening = await opened('read');
    const { page } = opening;
    await opening.open('/console/journey');
    const to = await page.getByLabel('To', { exact: true }).inputValue();
    const begin = await page.getByLabel('From', { exact: true }).inputValue();
    const { transitions } = await stack.ask<{
      transitions: { from: string | null; to: string; count: number }[];
    }>('metrics', `/v1/metrics/stages/transitions?from=${begin}&to=${to}`);
    const moves = transitions.filter(({ count }) => count > 0);
    const total = moves.reduce((sum, { count }) => sum + count, 0);
    expect(total).toBeGreaterThan(0);
    expect(await page.locator('.band').count()).toBe(moves.length);
    const [first] = moves;
    const band = page.locator('.band title', { hasText: `${first?.from ?? 'first seen'} to ${first?.to}:` });
    expect(await band.textContent()).toContain(String(first?.count));
    const matrix = page.getByRole('region', { name: 'Moves between stages', exact: true });
    const sums = await matrix.locator('tbody tr').last().locator('td').allTextContents();
    const numbers = sums.map(Number);
    expect(numbers.at(-1)).toBe(total);
    expect(numbers.slice(0, -1).reduce((sum, count) => sum + count, 0)).toBe(total);
    await opening.close();
  });

  test('shows the moments and the answers of the API, and where a profile is on its journey', async () => {
    const opening = await opened('read');
    const { page } = opening;
    await opening.open('/console/journey');
    const [from, to] = [
      await page.getByLabel('From', { exact: true }).inputValue(),
      await page.getByLabel('To', { exact: true }).inputValue(),
    ];
    const { points } = await stack.ask<{ points: { name: string; touchpoints: number; mean: number }[] }>(
      'metrics',
      `/v1/metrics/sentiment?from=${from}&to=${to}`,
    );
    const painful = points.filter(({ mean }) => mean < 0);
    const loved = points.filter(({ mean }) => mean > 0);
    expect(Math.min(painful.length, loved.length)).toBeGreaterThan(0);
    for (const [name, expected] of [
      ['Pain points', painful],
      ['Love points', loved],
    ] as const) {
      const rows = page.getByRole('region', { name }).locator('tbody tr');
      expect(await rows.count(), name).toBe(Math.min(10, expected.length));
    }
    const { nps } = await stack.ask<{ nps: { answers: number; score: number | null } }>(
      'metrics',
      `/v1/metrics/experience?from=${from}&to=${to}`,
    );
    expect(nps).toMatchObject({ score: 50, answers: 4 });
    expect(await page.locator('[data-score=NPS]').textContent()).toBe('50 of 4');
    const { id } = await stack.ask<{ id: string }>('identity', '/v1/profiles/user_id:customer-1');
    const journey = await stack.ask<{ stage: string; touchpoints: unknown[] }>(
      'metrics',
      `/v1/metrics/profiles/${id}/journey?limit=20`,
    );
    await opening.open('/console/profiles/user_id%3Acustomer-1');
    await page.getByText('What to do').waitFor();
    expect(await page.locator('.journey-steps li').count()).toBe(journey.touchpoints.length);
    expect(await page.locator('.journey-steps .tag').first().textContent()).toBe(journey.stage);
    await opening.close();
  });

  test('shows the cohorts of the API with the size and the share of each cell', async () => {
    const opening = await opened('read');
    const { page } = opening;
    await opening.open('/console/cohorts?period=week');
    const [from, to] = [
      await page.getByLabel('From', { exact: true }).inputValue(),
      await page.getByLabel('To', { exact: true }).inputValue(),
    ];
    const { cohorts } = await stack.ask<{ cohorts: { size: number; values: number[] }[] }>(
      'metrics',
      `/v1/metrics/cohorts?period=week&from=${from}&to=${to}`,
    );
    const rows = page.locator('.heat-map tbody tr:not(.mean)');
    expect(await rows.count()).toBe(cohorts.length);
    const place = cohorts.findIndex(({ size }) => size > 1);
    const cells = await rows.nth(place).locator('td').allTextContents();
    const { size = 0, values = [] } = cohorts[place] ?? {};
    expect(cells[0]).toBe(String(size));
    const shares = values.slice(1).map((value) => `${Math.round((100 * value) / size)}%`);
    expect(cells.slice(1, values.length)).toEqual(shares);
    const cell = rows.nth(place).locator('.heat').first();
    await cell.hover();
    expect(await cell.getAttribute('title')).toMatch(new RegExp(`^${values[1]} of ${size}\\b`));
    await opening.close();
  });

  test('shows the cohorts of each group of the API, and the heat map of the one that is chosen', async () => {
    const opening = await opened('read');
    const { page } = opening;
    await opening.open('/console/cohorts?period=week');
    await page.getByLabel('Group by').selectOption('acquisitionChannel');
    const table = page.getByRole('region', { name: 'Cohorts by group' });
    await table.waitFor();
    const [from, to] = [
      await page.getByLabel('From', { exact: true }).inputValue(),
      await page.getByLabel('To', { exact: true }).inputValue(),
    ];
    const { groups, cohorts } = await stack.ask<{
      cohorts: { size: number }[];
      groups: {
        group: { acquisitionChannel: string | null };
        cohorts: { size: number; values: number[] }[];
      }[];
    }>('metrics', `/v1/metrics/cohorts?period=week&groupBy=acquisitionChannel&from=${from}&to=${to}`);
    const sizeOf = (of: readonly { size: number }[]) => of.reduce((sum, { size }) => sum + size, 0);
    expect(groups.length).toBeGreaterThan(1);
    expect(sizeOf(groups.flatMap((one) => one.cohorts))).toBe(sizeOf(cohorts));
    expect(await table.locator('tbody th').allTextContents()).toEqual(
      groups.map(({ group }) => group.acquisitionChannel ?? 'without a value'),
    );
    expect(await table.locator('tbody td:nth-of-type(1)').allTextContents()).toEqual(
      groups.map((one) => String(sizeOf(one.cohorts))),
    );
    await table.getByRole('button', { name: 'app' }).click();
    const app = groups.find(({ group }) => group.acquisitionChannel === 'app')?.cohorts ?? [];
    await page.getByRole('heading', { name: `app: ${sizeOf(app)} customers` }).waitFor();
    const sizes = await page.locator('.heat-map tbody tr:not(.mean) td:nth-of-type(1)').allTextContents();
    expect(sizes).toEqual(app.map(({ size }) => String(size)));
    expect(await page.getByRole('link', { name: 'CSV' }).getAttribute('href')).toContain(
      'groupBy=acquisitionChannel',
    );
    expect(opening.takeErrors()).toEqual([]);
    await opening.close();
  });

  test('lists the profiles at risk that the API lists, by what they are filtered', async () => {
    const opening = await opened('read');
    const { page } = opening;
    interface AtRisk {
      items: { profile: string; relationship: string }[];
    }
    const { items } = await stack.ask<AtRisk>('metrics', '/v1/metrics/at-risk?window=30&within=14d');
    const shown = () => page.locator('tbody th').allTextContents();
    await opening.open('/console/at-risk');
    expect(await shown()).toEqual(items.map(({ profile }) => profile));
    await page.getByLabel('Relationship').selectOption('repeat');
    await page.waitForURL(/relationship=repeat/);
    const repeat = items.filter(({ relationship }) => relationship === 'repeat');
    expect(repeat.length).toBeGreaterThan(0);
    expect(repeat.length).toBeLessThan(items.length);
    await expect.poll(shown).toEqual(repeat.map(({ profile }) => profile));
    expect(await page.getByRole('link', { name: /^CSV/ }).getAttribute('href')).toContain(
      'relationship=repeat',
    );
    await page.getByLabel('Home store').fill('No Such Store');
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.getByText('No profile like that').waitFor();
    expect(page.url()).toContain('store=No+Such+Store');
    expect(opening.takeErrors()).toEqual([]);
    await opening.close();
  });

  test('says what a merge would do in figures, merges, and undoes it', async () => {
    const opening = await opened('admin');
    const { page } = opening;
    interface Profile {
      id: string;
    }
    const profileOf = async (user: string): Promise<string> =>
      (await stack.ask<Profile>('identity', `/v1/profiles/user_id:${user}`)).id;
    const apart = await profileOf('customer-20');
    await opening.open('/console/profiles/user_id%3Acustomer-21');
    await page.getByLabel('Merge with the profile of').fill('user_id:customer-20');
    await page.getByRole('button', { name: 'What would a merge do?' }).click();
    await page.getByRole('heading', { name: 'What this would do' }).waitFor();
    expect(await page.locator('.preview').innerText()).toContain('touchpoints move');
    expect(await profileOf('customer-20')).toBe(apart);
    await page.getByRole('button', { name: 'Merge', exact: true }).click();
    await page.getByRole('button', { name: 'Undo', exact: true }).waitFor();
    expect(await profileOf('customer-20')).toBe(await profileOf('customer-21'));
    await page.getByRole('button', { name: 'Undo', exact: true }).click();
    await page.getByRole('button', { name: 'Undo the decision' }).click();
    // In the list of decisions, and as soon as that is read again in the history.
    await page.getByText('withdrawn').first().waitFor();
    expect(await profileOf('customer-20')).toBe(apart);
    expect(opening.takeErrors()).toEqual([]);
    await opening.close();
  });

  test('shows with a rejected reason its example, and what a second decision says of it', async () => {
    const opening = await opened('admin');
    await opening.open('/console/health');
    await opening.page.getByRole('button', { name: /^Show an example of missing identifier/ }).click();
    await opening.page.getByText('Nobody Did It').waitFor();
    await opening.page.getByRole('button', { name: 'Decide it again' }).click();
    await opening.page.getByText('Rejected again').waitFor();
    await opening.close();
  });

  test('follows a touchpoint from its acceptance to the day on which it counts', async () => {
    const opening = await opened('read');
    await opening.open(`/console/touchpoint?id=${touchpoint}`);
    expect(await opening.page.locator('.steps h3').allTextContents()).toEqual([
      'Accepted',
      'Resolved',
      'Counted',
    ]);
    await opening.open('/console/touchpoint?id=never-sent');
    await opening.page.getByText('No touchpoint has this id').waitFor();
    await opening.close();
  });

  test('keeps the key out of the address, the storage and the reach of scripts, and forgets it on signing out', async () => {
    const opening = await opened('read');
    const { page, context } = opening;
    const visible = await page.evaluate<string>(
      'JSON.stringify([location.href, document.cookie, { ...localStorage }, { ...sessionStorage }, document.body.innerHTML])',
    );
    expect(visible).not.toContain(stack.keys.read);
    const [cookie] = await context.cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/console' });
    expect(cookie?.value).not.toContain(stack.keys.read);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Key').waitFor();
    expect(await context.cookies()).toEqual([]);
    await page.getByLabel('Key').fill('rk_unknown_0123456789abcdef');
    await page.keyboard.press('Enter');
    await page.getByText('No key of this deployment is like that.').waitFor();
    await page.getByLabel('Key').fill(stack.keys.server);
    await page.keyboard.press('Enter');
    await page.getByText('This key only sends touchpoints.').waitFor();
    await opening.close();
  });
});

async function focusedText({ page }: ConsolePage): Promise<string> {
  return (await page.locator(':focus').textContent())?.trim() ?? '';
}
