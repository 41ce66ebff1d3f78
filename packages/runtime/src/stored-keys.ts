/**
 * The keys that operators made, from the one table that services share: ingest writes it, all read it. Held in memory, so that
 * a request asks no database, and loaded again when the table says that it changed, every few seconds, and for a key that
 * is not known, so that a new key is valid everywhere at once.
 */
import { keyKinds } from '@throughline/contracts';
import type { Pool, PoolClient } from 'pg';
import { z } from 'zod';
import type { Principal, StoredKeys } from './key-ring.ts';
import { loggableError, type Logger } from './logger.ts';
import { shareNext } from './share-next.ts';

/** Of `pg_notify`, when keys or sources change. */
export const accessChannel = 'throughline_access';
/** More than this many are never loaded, and ingest makes no more. */
export const storedKeysMax = 10_000;

export interface StoredKeysOptions {
  pool: Pool;
  logger: Logger;
  /** Loaded together with the keys, such as the sources that they write as. */
  alsoLoad?: () => Promise<void>;
  pollMs?: number;
}

interface StoredKey {
  principal: Principal;
  expiresAtMs: number | null;
}

const rowSchema = z.object({
  digest: z.instanceof(Buffer),
  scope: z.enum(keyKinds),
  source: z.string(),
  fields: z.array(z.string()).nullable(),
  may_search: z.boolean(),
  expires_at: z.date().nullable(),
});

const text = `
select digest, scope, source, fields, may_search, expires_at from ingest.api_key
where disabled_at is null and (expires_at is null or expires_at > now())
order by key_id limit $1`;

/** Ingest has not made its schema yet, or this service may not read it: then there are no stored keys. */
const absentCodes: ReadonlySet<string> = new Set(['42P01', '3F000', '42501']);
const unknownSpacingMs = 250;

/** @throws what the first load throws */
export async function startStoredKeys(
  options: StoredKeysOptions,
): Promise<StoredKeys & { stop(): Promise<void> }> {
  const { pool, logger, alsoLoad, pollMs = 5_000 } = options;
  let keys: ReadonlyMap<string, StoredKey> = new Map();
  let isFailing = false;
  let loadedAt = Number.NEGATIVE_INFINITY;

  async function load(): Promise<void> {
    loadedAt = performance.now();
    keys = await loadKeys(pool);
    await alsoLoad?.();
  }
  const refresh = shareNext(async () => {
    try {
      await load();
      isFailing = false;
    } catch (error) {
      if (!isFailing) {
        const message = 'keys and sources cannot be read; those of the last time stand';
        logger.warn({ event: 'access.reload_failed', err: loggableError(error) }, message);
      }
      isFailing = true;
    }
  });
  let waiting: Promise<void> | null = null;
  const refreshForUnknown = (): Promise<void> => {
    const waitMs = loadedAt + unknownSpacingMs - performance.now();
    if (waitMs <= 0) return refresh();
    waiting ??= new Promise<void>((resolve) => setTimeout(resolve, waitMs)).then(() => {
      waiting = null;
      return refresh();
    });
    return waiting;
  };

  const listener = listenForChanges(pool, () => void refresh());
  const timer = setInterval(() => {
    void listener.ensure();
    void refresh();
  }, pollMs);
  timer.unref();
  try {
    // Listening first: what changes while the keys are loaded is loaded again.
    await listener.ensure();
    await load();
  } catch (error) {
    clearInterval(timer);
    await listener.stop();
    throw error;
  }
  return {
    principalOf(digest) {
      const key = keys.get(digest.toString('base64'));
      if (key === undefined || (key.expiresAtMs !== null && key.expiresAtMs <= Date.now())) return null;
      return key.principal;
    },
    refresh,
    refreshForUnknown,
    async stop() {
      clearInterval(timer);
      await listener.stop();
      await refresh();
    },
  };
}

async function loadKeys(pool: Pool): Promise<ReadonlyMap<string, StoredKey>> {
  try {
    const { rows } = await pool.query(text, [storedKeysMax]);
    return new Map(
      z
        .array(rowSchema)
        .parse(rows)
        .map((row) => [
          row.digest.toString('base64'),
          { principal: principalOfRow(row), expiresAtMs: row.expires_at?.getTime() ?? null },
        ]),
    );
  } catch (error) {
    if (absentCodes.has((error as { code?: string }).code ?? '')) return new Map();
    throw error;
  }
}

function principalOfRow({ scope, source, fields, may_search }: z.infer<typeof rowSchema>): Principal {
  return Object.freeze({
    kind: scope,
    source,
    ...(fields === null ? {} : { fields: Object.freeze(fields) }),
    ...(may_search ? { maySearch: true as const } : {}),
  });
}

/** A hint, beside the poll: a connection that is lost is opened again by the next `ensure`. */
function listenForChanges(
  pool: Pool,
  onChange: () => void,
): { ensure(): Promise<void>; stop(): Promise<void> } {
  let client: PoolClient | null = null;
  let opening: Promise<void> | null = null;
  let isStopped = false;

  async function open(): Promise<void> {
    try {
      const opened = await pool.connect();
      opened.on('notification', onChange);
      opened.once('error', (error) => {
        if (client === opened) client = null;
        opened.release(error);
      });
      await opened.query(`listen ${accessChannel}`);
      client = opened;
    } catch {
      // The next poll tries again.
    }
  }

  return {
    async ensure() {
      if (isStopped || client !== null) return;
      opening ??= open().finally(() => {
        opening = null;
      });
      await opening;
    },
    async stop() {
      isStopped = true;
      await opening;
      client?.removeAllListeners('error');
      client?.release(true);
      client = null;
    },
  };
}
