/** The clients of pages as their makers publish them, in Chromium, on a site of another origin, by the code of the pages about them. */
import {
  findChromium,
  startFaultProxy,
  startService,
  type FaultProxy,
  type ProxyFault,
  type StartedService,
} from '@throughline/testkit';
import { chromium, type Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startIngestServer, testKeys, until, type IngestServer } from '../ingest-server.ts';
import { clientStories, storyCode } from './client-story.ts';
import { delivered, expectOnceInTimelines, storyOf } from './delivered.ts';
import { idsOf } from './sent-ids.ts';
import { startStorySite, type StorySite } from './story-page.ts';

const executablePath = findChromium();
const canRun = executablePath !== null;
if (!canRun) console.warn('there is no Chromium: the tests of browser clients are skipped');

let browser: Browser;
let site: StorySite;
let server: IngestServer;
let identity: StartedService;

beforeAll(async () => {
  // Where CI says that everything has to run, a missing browser is a failure.
  if (!canRun && process.env['CI'] === undefined) return;
  browser = await chromium.launch({ executablePath: executablePath ?? 'chromium', args: ['--no-sandbox'] });
  site = await startStorySite();
  // Beacons with JSON ask for credentials, which only listed origins may send.
  const sources = { website: { allowedOrigins: [site.origin] } };
  server = await startIngestServer({ environment: { THROUGHLINE_SOURCES: JSON.stringify(sources) } });
  identity = await startService('identity', server.connectionString);
});
afterAll(async () => {
  if (!canRun) return;
  await browser.close();
  await site.stop();
  await identity.stop();
  await server.stop();
});

const segmentCalls = ['alias', 'group', 'identify', 'page Home', 'screen Basket', 'track Order Completed'];
const rudderCalls = ['alias', 'group', 'identify', 'page Home', 'track Order Completed'];
const repeating: readonly (readonly ProxyFault[])[] = [
  ['rateLimited', 'failed', 'answerLost'],
  ['requestLost', 'late'],
];
/** Of clients that do not repeat, and of requests whose answer no client sees. */
const once: readonly (readonly ProxyFault[])[] = [['late']];

const stories = [
  { name: 'segment-browser', story: segmentCalls, faults: repeating },
  { name: 'segment-browser-batching', story: segmentCalls, faults: repeating },
  { name: 'segment-snippet', story: segmentCalls, faults: repeating },
  { name: 'rudder-browser', story: rudderCalls, faults: repeating },
  { name: 'rudder-browser-batching', story: rudderCalls, faults: repeating },
  { name: 'rudder-browser-beacon', story: rudderCalls, faults: once },
  {
    name: 'jitsu-browser',
    story: ['group', 'identify', 'page Home', 'track Order Completed'],
    faults: once,
  },
  { name: 'jitsu-script', story: ['group', 'identify', 'page', 'track Order Completed'], faults: once },
  {
    name: 'snowplow-browser',
    story: ['page Home', 'track Order Completed', 'track add'],
    faults: [
      ['failed', 'answerLost'],
      ['requestLost', 'late'],
    ] as const,
  },
  {
    name: 'snowplow-browser-get',
    story: ['page Home', 'track add'],
    faults: [['failed'], ['late']] as const,
  },
  { name: 'http-browser', story: ['page Home', 'track Order Completed'], faults: once },
];

test('every page about a client of pages is run', () => {
  const documented = [...clientStories.values()].filter(({ runsIn }) => runsIn === 'browser');
  expect(documented.map(({ name }) => name).sort()).toEqual(stories.map(({ name }) => name).sort());
});

describe.skipIf(!canRun && process.env['CI'] === undefined).each(stories)(
  '$name',
  ({ name, story, faults }) => {
    test.each(faults.map((plan) => [plan.join(', '), plan] as const))(
      'logs no error and has delivered each call once, through %s, also when all is sent again',
      async (_names, plan) => {
        const proxy = await startFaultProxy({
          target: server.url,
          canFail: ({ method, url }) => method === 'POST' || url?.startsWith('/i?') === true,
        });
        try {
          proxy.inject(plan);
          const expected = Array.from({ length: visitsOf(name, plan) }, () => story)
            .flat()
            .sort();
          const errors = await visit(name, proxy, { calls: expected.length, plan });
          expect(errors).toEqual([]);
          expect(proxy.pendingFaults()).toBe(0);
          const touchpoints = await delivered(server, proxy);
          expect(storyOf(touchpoints)).toEqual(expected);
          expect(touchpoints.every(({ source }) => source === 'website')).toBe(true);
          expect(new Set(await proxy.sendAgain())).toEqual(new Set([200]));
          expect(storyOf(await delivered(server, proxy))).toEqual(expected);
          await expectOnceInTimelines(identity.url, proxy, 'website');
        } finally {
          await proxy.stop();
        }
      },
    );
  },
);

/** Until the client knows that all of its calls have arrived; the errors that the page reported. */
async function visit(
  name: string,
  proxy: FaultProxy,
  { calls, plan }: { calls: number; plan: readonly ProxyFault[] },
): Promise<string[]> {
  const errors: string[] = [];
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('console', (message) => {
      // Chromium itself reports the faults that the test injects.
      const isFault = message.text().startsWith('Failed to load resource');
      if (message.type() === 'error' && !isFault) errors.push(message.text());
    });
    const story = clientStories.get(name);
    site.show({ language: story?.language ?? 'js', code: storyCode(name, proxy.url, testKeys) });
    for (let visits = 1; visits <= visitsOf(name, plan); visits += 1) {
      const before = proxy.requests.length;
      await page.goto(site.origin);
      const isLast = visits === visitsOf(name, plan);
      await until(() =>
        isLast ? idsOf(proxy.requests).answered.size >= calls : proxy.requests.length > before,
      );
    }
  } finally {
    await context.close();
  }
  return errors;
}

/** Snowplow's tracker sends again what failed with the next event, so when the page is visited again. */
function visitsOf(name: string, plan: readonly ProxyFault[]): number {
  return name.startsWith('snowplow') ? plan.filter((fault) => fault !== 'late').length + 1 : 1;
}
