/**
 * How long it takes from the answer that accepts a touchpoint until the touchpoint page, which is open meanwhile, says that it is
 * counted: `node bench/own-touchpoint.ts http://127.0.0.1:8080 http://127.0.0.1:8082 ../../.throughline/keys.json`, on a deployment
 * that runs. The goal is a second. It leaves its touchpoints there.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { findChromium } from '@throughline/testkit';
import { chromium } from 'playwright-core';

const rounds = 7;

const [ingest, metrics, keysFile] = process.argv.slice(2);
if (ingest === undefined || metrics === undefined || keysFile === undefined) {
  throw new Error('usage: node bench/own-touchpoint.ts <address of ingest> <address of metrics> <keys.json>');
}
const keys = JSON.parse(readFileSync(keysFile, 'utf8')) as Record<'server' | 'read', string>;

const browser = await chromium.launch({
  executablePath: findChromium() ?? 'chromium',
  args: ['--no-sandbox'],
});
try {
  const page = await browser.newPage();
  await page.goto(`${metrics}/console`);
  await page.getByLabel('Key').fill(keys.read);
  await page.keyboard.press('Enter');
  await page.getByRole('navigation').waitFor();
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const id = randomUUID();
    const response = await fetch(`${ingest}/v1/touchpoints`, {
      method: 'POST',
      headers: { authorization: `Bearer ${keys.server}`, 'content-type': 'application/json' },
      body: JSON.stringify({ id, type: 'track', name: 'Tried', userId: 'own-touchpoint' }),
    });
    if (response.status !== 200) throw new Error(`ingest answers ${response.status}`);
    const acknowledgedAt = performance.now();
    // As a person would: its id into the field.
    await page.goto(`${metrics}/console/touchpoint?id=${id}`);
    await page.locator('.steps li', { hasText: /^✓Counted/ }).waitFor();
    times.push(performance.now() - acknowledgedAt);
  }
  times.sort((left, right) => left - right);
  const [median, worst] = [times[Math.floor(rounds / 2)] ?? 0, times.at(-1) ?? 0];
  console.log(
    `from the acknowledgement to the page: median ${median.toFixed(0)} ms, worst ${worst.toFixed(0)} ms`,
  );
} finally {
  await browser.close();
}
