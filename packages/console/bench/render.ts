/**
 * How long a browser takes from an answer to its drawing: `node bench/render.ts`. The services are replaced by answers of
 * the largest size, so that nothing but the console is measured. The goal is 200 ms. What the page takes of the processor, from its
 * loading to the drawing, does not depend on what else the machine does.
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

interface Measurement {
  /** From the end of the answer to the frame in which its drawing is there. */
  ms: number;
  /** Of the page's main thread, from the beginning. */
  cpuMs: number;
}

async function measure(
  browser: Browser,
  origin: string,
  one: (typeof measured)[number],
): Promise<Measurement> {
  const page = await browser.newPage({ viewport: { width: 1_280, height: 800 } });
  await page.addInitScript(`
    const watch = () => {
      if (document.querySelector(${JSON.stringify(one.drawn)}) === null) return requestAnimationFrame(watch);
      // The frame after the one in which it was inserted has painted it.
      requestAnimationFrame(() => { globalThis.drawnAt = performance.now(); });
    };
    requestAnimationFrame(watch);
  `);
  const inspector = await page.context().newCDPSession(page);
  await inspector.send('Performance.enable', { timeDomain: 'threadTicks' });
  await page.goto(origin + one.path);
  await page.waitForFunction('globalThis.drawnAt !== undefined');
  const ms = await page.evaluate<number>(
    `globalThis.drawnAt - performance.getEntriesByType('resource').find(({ name }) => name.includes(${JSON.stringify(one.answer)})).responseEnd`,
  );
  const { metrics } = await inspector.send('Performance.getMetrics');
  const seconds = metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0;
  await page.close();
  return { ms, cpuMs: seconds * 1_000 };
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
    const found: Measurement[] = [];
    for (let round = 0; round < rounds; round++) found.push(await measure(browser, origin, one));
    const times = found.map(({ ms }) => ms).sort((left, right) => left - right);
    const cpu = found.map(({ cpuMs }) => cpuMs).sort((left, right) => left - right);
    const middle = Math.floor(rounds / 2);
    const [median, worst] = [times[middle] ?? 0, times.at(-1) ?? 0];
    console.log(
      `${one.name}: median ${median.toFixed(0)} ms, worst of ${rounds} ${worst.toFixed(0)} ms (goal ${goalMs} ms); ` +
        `of the processor for the whole page ${(cpu[middle] ?? 0).toFixed(0)} ms`,
    );
  }
} finally {
  await browser.close();
  server.close();
}
