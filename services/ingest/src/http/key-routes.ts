/** `/v1/keys`: made, replaced and disabled while ingest runs. A key is shown once, and stored as its digest. */
import { hash, randomBytes, randomUUID } from 'node:crypto';
import {
  AppError,
  keyKinds,
  keyPrefixes,
  parseInstant,
  profileFieldsSchema,
  type KeyKind,
} from '@throughline/contracts';
import { cursorMaxLength, problemAnswers, readCursor, writeCursor, type HttpApp } from '@throughline/runtime';
import { z } from 'zod';
import { sourceName } from '../core/source-settings.ts';
import { findKeys, type KeyPosition, type ListedKey } from '../db/find-keys.ts';
import { disableKey, insertKey, replaceKey } from '../db/save-key.ts';
import type { AccessRouteParts } from './source-routes.ts';

const scope = z
  .enum(keyKinds)
  .describe('write and server keys send; read keys read; admin keys may do everything.');
const exampleId = '1f6d2c1e-8a53-4f0b-9d7e-5b1c0a9e7d42';
const byId = z.object({ keyId: z.uuid().meta({ examples: [exampleId] }) });
const daySeconds = 86_400;

const keyAnswer = z.object({
  id: z.string(),
  scope,
  source: z.string(),
  fields: z.array(z.string()).nullable().describe('What it shows of profiles; null for everything.'),
  search: z.boolean().describe('Whether it may look for people by name.'),
  note: z.string(),
  hint: z.string().describe('The first characters of the key.'),
  builtIn: z.boolean().describe('Of the environment: it cannot be changed here.'),
  createdAt: z.string().nullable(),
  expiresAt: z.string().nullable().describe('The end of its grace period, if it was replaced.'),
  replacedBy: z.string().nullable(),
  disabledAt: z.string().nullable(),
});

const madeAnswer = z.object({
  id: z.string(),
  key: z.string().describe('Shown this once, and stored nowhere.'),
  scope,
  source: z.string(),
});

const common = { tags: ['access'], description: 'Needs an admin key.' };
/** Names that keys write as, beside the sources: of those that only read. */
const namesOfReaders: Readonly<Partial<Record<KeyKind, string>>> = { read: 'reader', admin: 'admin' };

export interface KeyRouteParts extends AccessRouteParts {
  /** Kinds of which the environment has a key. */
  builtInKinds: readonly KeyKind[];
}

export function addKeyRoutes(app: HttpApp, parts: KeyRouteParts): void {
  addListRoute(app, parts);
  addCreateRoute(app, parts);
  addReplaceRoute(app, parts);
  addDisableRoute(app, parts);
}

function addListRoute(app: HttpApp, { database, requireKey, builtInKinds }: KeyRouteParts): void {
  app.get(
    '/v1/keys',
    {
      onRequest: requireKey(),
      schema: {
        ...common,
        operationId: 'keys',
        summary: 'Keys, oldest first, those of the environment before all others; never the keys themselves',
        querystring: z.strictObject({
          source: z.string().max(40).exactOptional(),
          limit: z.coerce.number().int().min(1).max(100).default(50),
          cursor: z.string().max(cursorMaxLength).exactOptional(),
        }),
        response: {
          200: z.object({ items: z.array(keyAnswer), nextCursor: z.string().nullable() }),
          ...problemAnswers('invalid_parameter'),
        },
      },
    },
    async (request) => {
      const { source, limit, cursor } = request.query;
      const after = cursor === undefined ? null : parseKeyCursor(cursor);
      const rows = await findKeys(database, { source }, after, limit);
      const last = rows.length === limit ? rows.at(-1) : undefined;
      const builtIn = cursor === undefined ? builtInKeys(builtInKinds) : [];
      return {
        items: [
          ...builtIn.filter((key) => source === undefined || key.source === source),
          ...rows.map(answerOf),
        ],
        nextCursor: last === undefined ? null : writeCursor(last.createdAt.toISOString(), last.keyId),
      };
    },
  );
}

function addCreateRoute(app: HttpApp, parts: KeyRouteParts): void {
  app.post(
    '/v1/keys',
    {
      onRequest: parts.requireKey(),
      schema: {
        ...common,
        operationId: 'createKey',
        summary: 'Makes a key and shows it, this once',
        body: z
          .strictObject({
            scope,
            source: sourceName
              .exactOptional()
              .describe('What it writes as. Required of write and server keys.'),
            fields: profileFieldsSchema
              .exactOptional()
              .describe(
                'Of a read key: what it shows of profiles, such as identifiers.email, traits.plan or computed. It opens nothing else.',
              ),
            search: z
              .boolean()
              .default(false)
              .describe('Of a read key: whether it may look for people by name.'),
            note: z.string().max(200).default('').describe('Where it is used.'),
          })
          .meta({ examples: [{ scope: 'server', source: 'server', note: 'till server Berlin' }] }),
        response: {
          200: madeAnswer,
          ...problemAnswers('malformed_json', 'invalid_parameter', 'access_conflict', 'source_not_found'),
        },
      },
    },
    async (request) => {
      const { scope: kind, fields = null, search: maySearch, note } = request.body;
      if (kind !== 'read' && (fields !== null || maySearch)) {
        const field = fields === null ? 'search' : 'fields';
        throw new AppError('invalid_parameter', 'read keys only are limited by it', { field });
      }
      const source = sourceOf(parts, kind, request.body.source);
      const made = makeKey(kind);
      const { keyId, digest, hint } = made;
      const key = { keyId, digest, hint, scope: kind, source, fields, maySearch, note };
      const isMade = await insertKey(parts.database, key);
      if (!isMade) throw new AppError('access_conflict', 'there are as many keys as there may be');
      await changed(parts, request.id, 'key_created', keyId);
      return { id: keyId, key: made.key, scope: kind, source };
    },
  );
}

function addReplaceRoute(app: HttpApp, parts: KeyRouteParts): void {
  app.post(
    '/v1/keys/:keyId/rotate',
    {
      onRequest: parts.requireKey(),
      schema: {
        ...common,
        operationId: 'rotateKey',
        summary: 'Makes a key in the place of another one, which stays valid for a grace period',
        params: byId,
        body: z
          .strictObject({
            graceSeconds: z
              .int()
              .min(0)
              .max(90 * daySeconds)
              .default(7 * daySeconds),
          })
          .meta({ examples: [{ graceSeconds: 86_400 }] }),
        response: {
          200: madeAnswer.extend({ replaces: z.string(), replacedExpiresAt: z.string() }),
          ...problemAnswers('malformed_json', 'invalid_parameter', 'key_not_found', 'access_conflict'),
        },
      },
    },
    async (request) => {
      const { keyId: replacedId } = request.params;
      const current = await findKey(parts, replacedId);
      if (current.disabledAt !== null || current.replacedBy !== null) {
        throw new AppError('access_conflict', 'the key is disabled, or was replaced before');
      }
      const made = makeKey(current.scope as KeyKind);
      const replaced = await replaceKey(parts.database, replacedId, made, request.body.graceSeconds);
      if (replaced === null)
        throw new AppError('access_conflict', 'the key is disabled, or was replaced before');
      await changed(parts, request.id, 'key_rotated', replacedId);
      return {
        id: made.keyId,
        key: made.key,
        scope: current.scope as KeyKind,
        source: current.source,
        replaces: replacedId,
        replacedExpiresAt: replaced.expiresAt.toISOString(),
      };
    },
  );
}

function addDisableRoute(app: HttpApp, parts: KeyRouteParts): void {
  app.post(
    '/v1/keys/:keyId/disable',
    {
      onRequest: parts.requireKey(),
      schema: {
        ...common,
        operationId: 'disableKey',
        summary: 'Ends a key: at once here, within seconds everywhere',
        params: byId,
        response: { 200: keyAnswer, ...problemAnswers('invalid_parameter', 'key_not_found') },
      },
    },
    async (request) => {
      const { keyId } = request.params;
      if (!(await disableKey(parts.database, keyId))) throw new AppError('key_not_found', '');
      await changed(parts, request.id, 'key_disabled', keyId);
      return answerOf(await findKey(parts, keyId));
    },
  );
}

async function findKey({ database }: KeyRouteParts, keyId: string): Promise<ListedKey> {
  const [row] = await findKeys(database, { keyId }, null, 1);
  if (row === undefined) throw new AppError('key_not_found', '');
  return row;
}

/** @throws AppError source_not_found, access_conflict, invalid_parameter */
function sourceOf({ sources }: KeyRouteParts, kind: KeyKind, given: string | undefined): string {
  const source = given ?? namesOfReaders[kind];
  if (source === undefined) {
    throw new AppError('invalid_parameter', 'a key that sends writes as a source', { field: 'source' });
  }
  if (kind === 'read' || kind === 'admin') return source;
  const trust = sources.trustOf(source);
  if (trust === null) throw new AppError('source_not_found', 'it does not exist, or is disabled');
  if ((kind === 'write') !== (trust === 'public')) {
    throw new AppError('access_conflict', `a ${kind} key does not fit a source of ${trust} trust`, {
      expected: 'write keys for public sources, server keys for those of server trust',
    });
  }
  return source;
}

function makeKey(kind: KeyKind): { keyId: string; key: string; digest: Buffer; hint: string } {
  const key = `${keyPrefixes[kind]}${randomBytes(24).toString('base64url')}`;
  return { keyId: randomUUID(), key, digest: hash('sha256', key, 'buffer'), hint: key.slice(0, 7) };
}

async function changed(parts: KeyRouteParts, requestId: string, action: string, key: string): Promise<void> {
  await parts.refreshAccess();
  parts.logger.info({ event: 'access.changed', requestId, action, key }, 'a key was changed');
}

function builtInKeys(kinds: readonly KeyKind[]): z.infer<typeof keyAnswer>[] {
  const sourcesOfKinds = { write: 'website', server: 'server', read: 'reader', admin: 'admin' } as const;
  return kinds.map((kind) => ({
    id: `built-in-${kind}`,
    scope: kind,
    source: sourcesOfKinds[kind],
    fields: null,
    search: kind === 'admin',
    note: `THROUGHLINE_${kind.toUpperCase()}_KEY`,
    hint: keyPrefixes[kind],
    builtIn: true,
    createdAt: null,
    expiresAt: null,
    replacedBy: null,
    disabledAt: null,
  }));
}

function answerOf(row: ListedKey): z.infer<typeof keyAnswer> {
  return {
    id: row.keyId,
    scope: row.scope as KeyKind,
    source: row.source,
    fields: row.fields,
    search: row.maySearch || row.scope === 'admin',
    note: row.note,
    hint: row.hint,
    builtIn: false,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    replacedBy: row.replacedBy,
    disabledAt: row.disabledAt?.toISOString() ?? null,
  };
}

const cursorParts = z.tuple([z.string().refine((text) => parseInstant(text) !== null), z.uuid()]);

/** @throws AppError invalid_parameter */
function parseKeyCursor(cursor: string): KeyPosition {
  return readCursor(cursor, (values) => {
    const { data } = cursorParts.safeParse(values);
    return data === undefined ? null : { createdAt: data[0], keyId: data[1] };
  });
}
