/**
 * What browser clients fetch before they send anything: their settings, and for pages that load them from here the libraries
 * of Segment and Jitsu themselves. A page whose fetch fails sends nothing and does not try again, so no answer here depends on the
 * database or the log.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { AppError } from '@throughline/contracts';
import { isLoopbackHost, presentedKey, type HttpApp, type KeyRing } from '@throughline/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  bundleSchema,
  jitsuSchema,
  librarySchema,
  rudderConfigSchema,
  segmentSettingsSchema,
} from './client-schemas.ts';
import { documentOnly, type IngestRouteParts } from './receive-request.ts';

const require = createRequire(import.meta.url);

const settingsPath = '/v1/projects/:writeKey/settings';
const libraryPath = '/analytics.js/v1/:writeKey/analytics.min.js';
const bundlePath = '/analytics-next/bundles/:file';
const rudderPath = '/sourceConfig';
const jitsuPath = '/p.js';

export const clientFilePaths: readonly string[] = [
  settingsPath,
  libraryPath,
  bundlePath,
  jitsuPath,
  rudderPath,
  `${rudderPath}/`,
];

const cacheControl = 'public, max-age=3600';

interface LibraryFile {
  plain: Buffer;
  gzip: Buffer;
}

export function addClientFileRoutes(scope: HttpApp, { keyRing }: IngestRouteParts): void {
  scope.get(settingsPath, { schema: segmentSettingsSchema, ...documentOnly }, async (request) => {
    const { writeKey } = request.params;
    await assertWriteKey(keyRing, writeKey);
    return segmentSettings(request, writeKey);
  });
  for (const rudder of [rudderPath, `${rudderPath}/`]) {
    scope.get(
      rudder,
      { schema: { ...rudderConfigSchema, hide: rudder !== rudderPath }, ...documentOnly },
      async (request) => {
        const { writeKey } = request.query as { writeKey?: string };
        await assertWriteKey(keyRing, writeKey ?? presentedKey(request.headers.authorization));
        return rudderConfig;
      },
    );
  }
  const library = readLibrary();
  const options = { config: { cacheControl }, ...documentOnly };
  scope.get(libraryPath, { schema: librarySchema, ...options }, async (request, reply) => {
    await assertWriteKey(keyRing, request.params.writeKey);
    return fileAnswer(request, reply, library.get('standalone.js'));
  });
  const jitsu = readLibraryFile(require.resolve('@jitsu/js/dist/web/p.js.txt'));
  scope.get(jitsuPath, { schema: jitsuSchema, ...options }, (request, reply) =>
    fileAnswer(request, reply, jitsu),
  );
  scope.get(bundlePath, { schema: bundleSchema, ...options }, (request, reply) =>
    fileAnswer(request, reply, library.get(request.params.file)),
  );
}

/** What the answers hold is in every page that asks: a write key of any name is as good as the one that the page shows. */
async function assertWriteKey(keyRing: KeyRing, key: string | null): Promise<void> {
  if ((await keyRing.find(key))?.kind !== 'write') throw new AppError('unauthorized', '');
}

/** Without `apiHost` the library would send to Segment itself; with a rate of its own metrics, those too. */
function segmentSettings(request: FastifyRequest, writeKey: string) {
  return {
    integrations: {
      'Segment.io': { apiKey: writeKey, apiHost: `${request.host}/v1`, protocol: protocolOf(request) },
    },
    metrics: { sampleRate: 0 },
    remotePlugins: [],
  };
}

/**
 * Behind a proxy that is not named as trusted the connection says http, and a page of https may send to no such address: so a
 * page's own scheme decides, except for loopback, which browsers exempt.
 */
function protocolOf(request: FastifyRequest): string {
  const isSecurePage = request.headers.origin?.startsWith('https://') === true;
  return isSecurePage && !isLoopbackHost(request.hostname) ? 'https' : request.protocol;
}

const rudderConfig = {
  source: {
    id: 'throughline',
    workspaceId: 'throughline',
    name: 'throughline',
    writeKey: '',
    enabled: true,
    config: {},
    destinations: [],
  },
};

/** The library and the parts that it loads by itself, by file name. */
function readLibrary(): ReadonlyMap<string, LibraryFile> {
  const main = require.resolve('@segment/analytics-next/dist/umd/standalone.js');
  const directory = path.dirname(main);
  const names = readdirSync(directory).filter((name) =>
    /^(standalone|[\w-]+\.bundle\.[0-9a-f]+)\.js$/.test(name),
  );
  return new Map(names.map((name) => [name, readLibraryFile(path.join(directory, name))]));
}

function readLibraryFile(file: string): LibraryFile {
  const plain = readFileSync(file);
  return { plain, gzip: gzipSync(plain, { level: 9 }) };
}

/** The bytes of a file; the type is what the schema calls them. */
function fileAnswer(request: FastifyRequest, reply: FastifyReply, file: LibraryFile | undefined): string {
  if (file === undefined) throw new AppError('not_found', '');
  reply.type('text/javascript; charset=utf-8').header('vary', 'Accept-Encoding');
  const takesGzip = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  if (takesGzip) reply.header('content-encoding', 'gzip');
  return (takesGzip ? file.gzip : file.plain) as unknown as string;
}
