/**
 * How long a browser takes from an answer to its drawing: `node bench/render.ts`. The services are replaced by answers of
 * the largest size, so that nothing but the console is measured. The goal is 200 ms.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { findChromium } from '@throughline/testkit';
import { type Browser, chromium } from 'playwright-core';
import { createConsoleLoader } from '../src/index.ts';
import { cohortsOfThreeYears, growthOfThreeYears, session } from './answers.ts';

const goalMs = 200;
const rounds = 7;

const measured = [
  {
    name: 'a curve of 1,095 days',
    path: '/console/figures/churn?from=2023-12-01&to=2026-11-29',
    answer: '/v1/metrics/growth',
    drawn: '.chart .curve',
  },
  {
    name: 'a heat map of 36 months',
    path: '/console/cohorts?from=2023-12-01&to=2026-11-29',
    answer: '/v1/metrics/cohorts',
    drawn: '.heat-map .heat',
  },
];

const loadConsole = createConsoleLoader();

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  const { page, assets } = await loadConsole();
  const asset = assets.get(pathname.replace('/console/assets/', ''));
  if (asset !== undefined) {
    response.writeHead(200, { 'content-type': asset.type }).end(asset.plain);
    return;
  }
  const body = answerTo(pathname);
  if (body === null) response.writeHead(200, { 'content-type': page.type }).end(page.plain);
  else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** Null where the page itself is asked for. */
function answerTo(pathname: string): unknown {
  if (pathname === '/console/session') return session;
  if (pathname.endsWith('/v1/metrics/growth')) return growthOfThreeYears;
  if (pathname.endsWith('/v1/metrics/cohorts')) return cohortsOfThreeYears;
  if (pathname.endsWith('/v1/metrics/churn')) return { definition: 'Churned of those at the start.' };
  if (pathname.endsWith('/v1/metrics/restatements')) return { items: [], nextCursor: null };
  return null;
}

/** Milliseconds from the end of the answer to the frame in which its drawing is there. */
async function measure(browser: Browser, origin: string, one: (typeof measured)[number]): Promise<number> {
  const page = await browser.newPage({ viewport: { width: 1_280, height: 800 } });
  await page.addInitScript(`
    const watch = () => {
      if (document.querySelector(${JSON.stringify(one.drawn)}) === null) return requestAnimationFrame(watch);
      // The frame after the one in which it was inserted has painted it.
      requestAnimationFrame(() => { globalThis.drawnAt = performance.now(); });
    };
    requestAnimationFrame(watch);
  `);
  await page.goto(origin + one.path);
  await page.waitForFunction('globalThis.drawnAt !== undefined');
  const ms = await page.evaluate<number>(
    `globalThis.drawnAt - performance.getEntriesByType('resource').find(({ name }) => name.includes(${JSON.stringify(one.answer)})).responseEnd`,
  );
  await page.close();
  return ms;
}

const server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1');
await once(server, 'listening');
const address = server.address();
const origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
const browser = await chromium.launch({
  executablePath: findChromium() ?? 'chromium',
  args: ['--no-sandbox'],
});
try {
  for (const one of measured) {
    const times: number[] = [];
    for (let round = 0; round < rounds; round++) times.push(await measure(browser, origin, one));
    times.sort((left, right) => left - right);
    const [median, worst] = [times[Math.floor(rounds / 2)] ?? 0, times.at(-1) ?? 0];
    console.log(
      `${one.name}: median ${median.toFixed(0)} ms, worst of ${rounds} ${worst.toFixed(0)} ms (goal ${goalMs} ms)`,
    );
  }
} finally {
  await browser.close();
  server.close();
}
