/**
 * Takes the picture of the console that the README shows, of a deployment that runs:
 * `node bench/screenshot.ts http://127.0.0.1:8082 .throughline/keys.json ../../infra/docs/images/console.png`.
 */
import { readFileSync } from 'node:fs';
import { findChromium } from '@throughline/testkit';
import { chromium } from 'playwright-core';

const [url, keysFile, target] = process.argv.slice(2);
if (url === undefined || keysFile === undefined || target === undefined) {
  throw new Error('usage: node bench/screenshot.ts <address of metrics> <keys.json> <file.png>');
}
const [key] = /rk_[\w-]+/.exec(readFileSync(keysFile, 'utf8')) ?? [];
if (key === undefined) throw new Error(`${keysFile} has no read key`);

const browser = await chromium.launch({
  executablePath: findChromium() ?? 'chromium',
  args: ['--no-sandbox'],
});
try {
  const page = await browser.newPage({ viewport: { width: 1_280, height: 800 }, colorScheme: 'light' });
  await page.goto(`${url}/console`);
  await page.getByLabel('Key').fill(key);
  await page.keyboard.press('Enter');
  await page.getByRole('navigation').waitFor();
  await page.locator('.tile-value').first().waitFor();
  await page.locator('.state.loading, [aria-busy="true"]').first().waitFor({ state: 'detached' });
  await page.screenshot({ path: target });
} finally {
  await browser.close();
}
