/**
 * A website of another origin than ingest, with the code of a page about a client. The packages are served as their makers
 * built them for browsers; those that have no module of one file are given one name by a line around their script.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { ClientStory } from './client-story.ts';

const require = createRequire(import.meta.url);

interface BrowserPackage {
  /** Relative to the folder of what the package's name resolves to. */
  file: string;
  main: string;
  /** Of a script that sets one: the variable, and the exports that the code imports from it. */
  global?: { variable: string; exports: readonly string[] };
}

const packages: Readonly<Record<string, BrowserPackage>> = {
  '@segment/analytics-next': {
    main: '@segment/analytics-next/package.json',
    file: 'dist/umd/index.js',
    global: { variable: 'AnalyticsNext', exports: ['AnalyticsBrowser'] },
  },
  '@rudderstack/analytics-js/bundled': {
    main: '@rudderstack/analytics-js/bundled',
    file: '../esm/index.mjs',
  },
  '@jitsu/js': { main: '@jitsu/js', file: 'jitsu.es.js' },
  '@snowplow/browser-tracker': {
    main: '@snowplow/browser-tracker',
    file: 'index.umd.js',
    global: {
      variable: 'snowplowBrowserTracking',
      exports: ['newTracker', 'setUserId', 'trackPageView', 'trackSelfDescribingEvent', 'trackStructEvent'],
    },
  },
};

const names = Object.keys(packages);

export interface StorySite {
  origin: string;
  /** What the next visits of the site find. */
  show(story: Pick<ClientStory, 'language' | 'code'>): void;
  stop(): Promise<void>;
}

export async function startStorySite(): Promise<StorySite> {
  let page = '';
  const server = createServer((request, response) => {
    const [, folder, index] = (request.url ?? '').split('/');
    const name = names[Number(index)];
    if (folder === 'module' && name !== undefined) {
      response.setHeader('content-type', 'text/javascript').end(moduleOf(name, Number(index)));
    } else if (folder === 'script' && name !== undefined) {
      response.setHeader('content-type', 'text/javascript').end(readPackage(name));
    } else if (folder === 'favicon.ico') response.writeHead(204).end();
    else response.setHeader('content-type', 'text/html').end(page);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://localhost:${port}`,
    show: ({ language, code }) => {
      page = language === 'html' ? htmlOf(code) : htmlOf(`<script type="module">${code}</script>`);
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function htmlOf(body: string): string {
  const imports = Object.fromEntries(names.map((name, index) => [name, `/module/${index}`]));
  const map = `<script type="importmap">${JSON.stringify({ imports })}</script>`;
  return `<!doctype html><meta charset="utf-8"><title>Shop</title>${map}${body}`;
}

function moduleOf(name: string, index: number): string {
  const { global } = packages[name] as BrowserPackage;
  if (global === undefined) return readPackage(name);
  return `import '/script/${index}'; export const { ${global.exports.join(', ')} } = window.${global.variable};`;
}

function readPackage(name: string): string {
  const { main, file } = packages[name] as BrowserPackage;
  return readFileSync(path.join(path.dirname(require.resolve(main)), file), 'utf8');
}
