/** `/v1/sources`: what may send, with which trust and by which settings. Changes are in force before they are answered. */
import { AppError, trustLevels, type KeyKind } from '@throughline/contracts';
import { problemAnswers, type HttpApp, type Logger, type RequestHook } from '@throughline/runtime';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { z } from 'zod';
import { builtInSources, type SourceDirectory } from '../core/source-directory.ts';
import { settingsSchemaOf, sourceName, type SettingsOfSource } from '../core/source-settings.ts';
import { withoutSecrets } from '../core/without-secrets.ts';
import { findSources } from '../db/find-sources.ts';
import { insertSource, updateSource } from '../db/save-source.ts';

export interface AccessRouteParts {
  database: NodePgDatabase;
  logger: Logger;
  sources: SourceDirectory;
  /** Resolves when keys and sources are in force here as they are stored. */
  refreshAccess: () => Promise<void>;
  requireKey: (...kinds: readonly KeyKind[]) => RequestHook;
}

const trust = z
  .enum(trustLevels)
  .describe(
    '`public` for what runs in the hands of others (write keys), `server` for what vouches (server keys).',
  );
const settings = z
  .record(z.string(), z.unknown())
  .describe('As in THROUGHLINE_SOURCES. Secrets are shown as ***; a source without settings has {}.');

const sourceAnswer = z.object({
  name: z.string(),
  trust,
  settings,
  builtIn: z.boolean().describe('Of the environment: it cannot be changed here.'),
  disabled: z.boolean(),
  createdAt: z.string().nullable(),
  updatedAt: z.string().nullable(),
});
type SourceAnswer = z.infer<typeof sourceAnswer>;

const common = { tags: ['access'], description: 'Needs an admin key.' };

export function addSourceRoutes(app: HttpApp, parts: AccessRouteParts): void {
  addListRoute(app, parts);
  addCreateRoute(app, parts);
  addChangeRoute(app, parts);
}

function addListRoute(app: HttpApp, parts: AccessRouteParts): void {
  app.get(
    '/v1/sources',
    {
      // No kind but admin, which passes everywhere.
      onRequest: parts.requireKey(),
      schema: {
        ...common,
        operationId: 'sources',
        summary: 'All sources, those of the environment first',
        response: { 200: z.object({ items: z.array(sourceAnswer) }), ...problemAnswers() },
      },
    },
    async () => ({ items: await listSources(parts) }),
  );
}

function addCreateRoute(app: HttpApp, parts: AccessRouteParts): void {
  app.post(
    '/v1/sources',
    {
      // No kind but admin, which passes everywhere.
      onRequest: parts.requireKey(),
      schema: {
        ...common,
        operationId: 'createSource',
        summary: 'Makes a source; its keys are made apart',
        body: z.strictObject({ name: sourceName, trust, settings: settings.default({}) }).meta({
          examples: [{ name: 'shop_berlin', trust: 'server', settings: { transactionScope: 'berlin' } }],
        }),
        response: {
          200: sourceAnswer,
          ...problemAnswers('malformed_json', 'invalid_parameter', 'access_conflict'),
        },
      },
    },
    async (request) => {
      const { name, trust: level, settings: given } = request.body;
      const parsed = parseSettings(level, given);
      const isMade =
        !Object.hasOwn(builtInSources, name) &&
        (await insertSource(parts.database, { name, trust: level, settings: parsed }));
      if (!isMade) throw new AppError('access_conflict', 'the name is taken, or there are too many sources');
      return await changed(parts, request.id, 'source_created', name);
    },
  );
}

function addChangeRoute(app: HttpApp, parts: AccessRouteParts): void {
  app.put(
    '/v1/sources/:name',
    {
      // No kind but admin, which passes everywhere.
      onRequest: parts.requireKey(),
      schema: {
        ...common,
        operationId: 'changeSource',
        summary: 'Replaces the settings of a source, disables it with its keys, or enables it again',
        params: z.object({
          name: z
            .string()
            .max(40)
            .meta({ examples: ['shop_berlin'] }),
        }),
        body: z
          .strictObject({ settings: settings.exactOptional(), disabled: z.boolean().exactOptional() })
          .describe('What is left out stays. Keys that were disabled stay so when a source is enabled again.')
          .meta({ examples: [{ settings: { transactionScope: 'berlin', phoneRegion: 'DE' } }] }),
        response: {
          200: sourceAnswer,
          ...problemAnswers('malformed_json', 'invalid_parameter', 'access_conflict', 'source_not_found'),
        },
      },
    },
    async (request) => {
      const { name } = request.params;
      const current = await findSource(parts, name);
      if (current.builtIn) throw new AppError('access_conflict', 'the source is set by THROUGHLINE_SOURCES');
      const { settings: given, disabled } = request.body;
      const parsed = given === undefined ? undefined : parseSettings(current.trust, given);
      await updateSource(parts.database, name, { settings: parsed, disabled });
      return await changed(parts, request.id, 'source_changed', name);
    },
  );
}

async function listSources({ database, sources }: AccessRouteParts): Promise<SourceAnswer[]> {
  const builtIn = Object.entries(builtInSources).map(([name, level]) => ({
    name,
    trust: level,
    settings: withoutSecrets(sources.settingsOf(name)) as Record<string, unknown>,
    builtIn: true,
    disabled: false,
    createdAt: null,
    updatedAt: null,
  }));
  const stored = (await findSources(database)).map((row) => ({
    name: row.name,
    trust: row.trust === 'public' ? ('public' as const) : ('server' as const),
    settings: withoutSecrets(row.settings) as Record<string, unknown>,
    builtIn: false,
    disabled: row.disabledAt !== null,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }));
  return [...builtIn, ...stored];
}

async function findSource(parts: AccessRouteParts, name: string): Promise<SourceAnswer> {
  const found = (await listSources(parts)).find((source) => source.name === name);
  if (found === undefined) throw new AppError('source_not_found', '');
  return found;
}

async function changed(
  parts: AccessRouteParts,
  requestId: string,
  action: string,
  source: string,
): Promise<SourceAnswer> {
  await parts.refreshAccess();
  parts.logger.info({ event: 'access.changed', requestId, action, source }, 'a source was changed');
  return await findSource(parts, source);
}

/** @throws AppError invalid_parameter */
function parseSettings(level: SourceAnswer['trust'], given: unknown): SettingsOfSource {
  const parsed = settingsSchemaOf(level).safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new AppError('invalid_parameter', issue?.message ?? 'the settings cannot be read', {
    field: ['settings', ...(issue?.path ?? [])].map(String).join('.'),
  });
}
