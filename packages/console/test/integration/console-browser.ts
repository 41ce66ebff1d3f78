/** A signed-in browser on the console: what its pages report, ask for and show. */
import axe from 'axe-core';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { findChromium } from '@throughline/testkit';

const timeoutMs = 60_000;

export async function launchBrowser(): Promise<Browser> {
  const executablePath = findChromium() ?? 'chromium';
  return await chromium.launch({ executablePath, args: ['--no-sandbox'] });
}

export interface View {
  width: number;
  scheme: 'light' | 'dark';
}

export interface ConsolePage {
  page: Page;
  context: BrowserContext;
  /** Errors of the page and of its console, since they were read last. */
  takeErrors(): string[];
  /** Addresses that were asked for on other origins. */
  foreignRequests: string[];
  /** Opens an address, and waits until all that is loaded is there. */
  open(path: string): Promise<void>;
  close(): Promise<void>;
}

export async function openConsole(browser: Browser, origin: string, view: View): Promise<ConsolePage> {
  const context = await browser.newContext({
    viewport: { width: view.width, height: 800 },
    colorScheme: view.scheme,
    reducedMotion: 'reduce',
    timezoneId: 'UTC',
  });
  context.setDefaultTimeout(timeoutMs);
  const page = await context.newPage();
  const errors: string[] = [];
  const foreignRequests: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('dialog', (dialog) => {
    errors.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol !== 'data:' && url.origin !== origin) foreignRequests.push(request.url());
  });
  return {
    page,
    context,
    foreignRequests,
    takeErrors: () => errors.splice(0),
    open: async (path) => {
      await page.goto(origin + path);
      await settled(page);
    },
    close: async () => await context.close(),
  };
}

/** By keyboard alone: the field has the focus from the beginning. */
export async function signIn({ page }: ConsolePage, origin: string, key: string): Promise<void> {
  await page.goto(`${origin}/console`);
  await page.locator('input:focus').waitFor();
  await page.keyboard.type(key);
  await page.keyboard.press('Enter');
  await page.getByRole('navigation').waitFor();
  await settled(page);
}

export async function settled(page: Page): Promise<void> {
  await page.locator('h1').first().waitFor();
  await page.locator('.state.loading, [aria-busy="true"]').first().waitFor({ state: 'detached' });
}

/** Ids of the rules that the page breaks, each with the first element that does. */
export async function findAxeViolations(page: Page): Promise<string[]> {
  // The policy of the page admits no script of ours: this is the browser's own way in, beside the page.
  await page.evaluate(axe.source);
  return await page.evaluate<string[]>(
    `axe.run({ resultTypes: ['violations'] }).then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes[0].html + ' ' + nodes[0].failureSummary))`,
  );
}

/** What makes the page scroll sideways: elements that end beyond its width, and are in no part that scrolls by itself. */
export async function findWideElements(page: Page): Promise<string[]> {
  return await page.evaluate<string[]>(
    `document.documentElement.scrollWidth <= innerWidth
      ? []
      : [...document.querySelectorAll('body *')]
          .filter((one) => one.getBoundingClientRect().right > innerWidth && one.closest('.scroll') === null)
          .map((one) => one.outerHTML.slice(0, 200))`,
  );
}

/**
 * Markup that is not the console's own: elements that load or run, and what a text would have become if it had been taken for
 * markup or for an address.
 */
export async function findForeignMarkup(page: Page): Promise<string[]> {
  const selector = [
    'body script:not([src^="/console/assets/"])',
    'img, iframe, object, embed, base, form[action], body style, body link, foreignObject, animate, set',
    'svg[onload], [onerror], [onload], [onclick], [onfocus], [srcdoc]',
  ].join(', ');
  return await page.evaluate<string[]>(
    `[
      ...document.querySelectorAll(${JSON.stringify(selector)}),
      ...[...document.querySelectorAll('body [href], body [src]')].filter((one) => !/^https?:/.test(new URL(one.getAttribute('href') ?? one.getAttribute('src'), location).href)),
      ...(document.title.includes('Throughline') ? [] : [document.querySelector('title')]),
    ].map((one) => one.outerHTML.slice(0, 200))`,
  );
}

/** Controls of the page that Tab does not reach, or where the focus cannot be seen when it does. */
export async function findUnreachableControls(page: Page): Promise<string[]> {
  const count = await page.evaluate<number>(`(() => {
    const controls = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')];
    globalThis.unreached = new Set(controls.filter((one) => one.tabIndex >= 0 && !one.disabled && one.checkVisibility()));
    globalThis.unseen = [];
    document.addEventListener('focusin', ({ target }) => {
      const { outlineStyle, boxShadow } = getComputedStyle(target);
      if (unreached.delete(target) && outlineStyle === 'none' && boxShadow === 'none') unseen.push(target);
    });
    return unreached.size;
  })()`);
  const isLeft = async (): Promise<boolean> => (await page.evaluate<number>('unreached.size')) > 0;
  // A field for a date has several stops.
  for (let round = 0; round < 4 && (await isLeft()); round++) {
    for (let presses = 0; presses < count + 12; presses++) await page.keyboard.press('Tab');
  }
  return await page.evaluate<string[]>(
    `[...[...unreached].map((one) => 'not reached: ' + one.outerHTML), ...unseen.map((one) => 'without a visible focus: ' + one.outerHTML)].map((text) => text.slice(0, 200))`,
  );
}
