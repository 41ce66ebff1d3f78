/**
 * Migrations are plain SQL files, applied in order and recorded with their checksums. Hand-made because drizzle's
 * migrator takes no lock and passes over entries that come out of order in silence.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Pool, PoolClient } from 'pg';
import { inTransaction } from './transaction.ts';

export interface MigrationOptions {
  /** The service's own schema; created when it is missing. `{{schema}}` in the files stands for it. */
  schema: string;
  /** Absolute paths. A directory's last name is its name in the record, so no two may share it. */
  directories: readonly string[];
}

interface MigrationFile {
  directory: string;
  name: string;
  checksum: string;
  sql: string;
}

export class MigrationError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'MigrationError';
  }
}

const fileName = /^(\d{4})_[a-z0-9_]+\.sql$/;

/**
 * Applies what is pending in one transaction, all or nothing, under an advisory lock, so that any number of processes
 * may start at once. Returns the files that were applied.
 *
 * Throws `MigrationError` when an applied file was changed or is gone, or when a new one sorts before an applied one.
 */
export async function runMigrations(pool: Pool, options: MigrationOptions): Promise<string[]> {
  if (!/^[a-z][a-z0-9_]{0,62}$/.test(options.schema)) {
    throw new MigrationError(`"${options.schema}" cannot be the name of a schema`);
  }
  const files = await readDirectories(options);
  return await inTransaction(pool, async (client) => {
    await client.query('set local statement_timeout = 0');
    await client.query("select pg_advisory_xact_lock(hashtext('throughline migrations'), hashtext($1))", [
      options.schema,
    ]);
    await createSchema(client, options.schema);
    await becomeOwner(client, options.schema);
    await createRecord(client, options.schema);
    const pending = await findPending(client, options.schema, files);
    for (const file of pending) await applyFile(client, options.schema, file);
    return pending.map((file) => `${file.directory}/${file.name}`);
  });
}

async function readDirectories(options: MigrationOptions): Promise<MigrationFile[]> {
  const names = options.directories.map((path) => basename(path));
  if (new Set(names).size < names.length) {
    throw new MigrationError(`two directories of migrations share a name: ${names.join(', ')}`);
  }
  const files: MigrationFile[] = [];
  for (const path of options.directories) {
    const directory = basename(path);
    const numbers = new Set<string>();
    for (const name of (await readdir(path)).filter((entry) => entry.endsWith('.sql')).toSorted()) {
      const number = fileName.exec(name)?.[1];
      if (number === undefined) throw new MigrationError(`${directory}/${name} is not named NNNN_name.sql`);
      if (numbers.has(number)) throw new MigrationError(`${directory} has two migrations numbered ${number}`);
      numbers.add(number);
      // Line ends must not decide: a checkout may have turned them.
      const text = (await readFile(join(path, name), 'utf8')).replaceAll('\r\n', '\n');
      files.push({
        directory,
        name,
        checksum: createHash('sha256').update(text).digest('hex'),
        sql: text.replaceAll('{{schema}}', options.schema),
      });
    }
  }
  return files;
}

/** CREATE SCHEMA IF NOT EXISTS asks for the right to create even when there is nothing to create: look first. */
async function createSchema(client: PoolClient, schema: string): Promise<void> {
  const found = await client.query('select 1 from pg_namespace where nspname = $1', [schema]);
  if (found.rowCount !== 0) return;
  try {
    await client.query(`create schema ${schema}`);
  } catch (error) {
    throw new MigrationError(`the schema ${schema} is missing and this user may not create it`, {
      cause: error,
    });
  }
}

/**
 * For this transaction. Several services may migrate one schema, each with a user of its own, if all are members of the
 * role that owns it: what one of them makes has to be the others' too.
 */
async function becomeOwner(client: PoolClient, schema: string): Promise<void> {
  await client.query(
    `select set_config('role', owner.rolname, true)
     from pg_namespace n join pg_roles owner on owner.oid = n.nspowner
     where n.nspname = $1 and owner.rolname <> current_user and pg_has_role(current_user, owner.oid, 'member')`,
    [schema],
  );
}

async function createRecord(client: PoolClient, schema: string): Promise<void> {
  await client.query(
    `create table if not exists ${schema}.migration (
       directory text not null, name text not null, checksum text not null,
       applied_at timestamptz not null default now(), primary key (directory, name))`,
  );
}

async function findPending(
  client: PoolClient,
  schema: string,
  files: MigrationFile[],
): Promise<MigrationFile[]> {
  const directories = [...new Set(files.map((file) => file.directory))];
  const applied = await client.query<{ directory: string; name: string; checksum: string }>(
    `select directory, name, checksum from ${schema}.migration where directory = any($1)`,
    [directories],
  );
  const newest = new Map<string, string>();
  for (const row of applied.rows) {
    const file = files.find(
      (candidate) => candidate.directory === row.directory && candidate.name === row.name,
    );
    if (file === undefined) {
      throw new MigrationError(
        `${row.directory}/${row.name} was applied to schema ${schema} but is not here: the database is newer than this code`,
      );
    }
    if (file.checksum !== row.checksum) {
      throw new MigrationError(
        `${row.directory}/${row.name} was changed after it was applied to schema ${schema}: add a new file instead`,
      );
    }
    if (row.name > (newest.get(row.directory) ?? '')) newest.set(row.directory, row.name);
  }
  const known = new Set(applied.rows.map((row) => `${row.directory}/${row.name}`));
  const pending = files.filter((file) => !known.has(`${file.directory}/${file.name}`));
  for (const file of pending) {
    const last = newest.get(file.directory);
    if (last !== undefined && file.name < last) {
      throw new MigrationError(
        `${file.directory}/${file.name} comes before ${last}, which is already applied to schema ${schema}: number it later`,
      );
    }
  }
  return pending;
}

async function applyFile(client: PoolClient, schema: string, file: MigrationFile): Promise<void> {
  try {
    await client.query(file.sql);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new MigrationError(`${file.directory}/${file.name} failed on schema ${schema}: ${reason}`, {
      cause: error,
    });
  }
  await client.query(`insert into ${schema}.migration (directory, name, checksum) values ($1, $2, $3)`, [
    file.directory,
    file.name,
    file.checksum,
  ]);
}
