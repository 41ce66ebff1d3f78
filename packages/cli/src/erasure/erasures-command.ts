/** `throughline erasures`: keeps the records of erasures outside of the database, and applies them again after a restore. */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { readAnswer } from '../ask-service.ts';
import { UsageError, type CliConfig } from '../config.ts';
import { erasureSchema } from '../core/erasure-text.ts';
import { type AskIdentity, askingIdentity, identityHelp, identityOptions } from '../identity-access.ts';

export const erasuresHelp = `Usage: throughline erasures save <file> [options]
       throughline erasures restore <file> [options]

save writes all erasures to a file, one a line, the oldest first: their times and the ids of identifiers, and no value. Do it after
each erasure, and keep the file where the backups are. After a backup was restored, restore applies those again that the
database does not know, each with its own time, so that what a person did afterwards stays. Those that it knows are left alone.

  --json                 the result as JSON
${identityHelp}
Ends with 0 when all are written, or applied; what they remove is a job of identity's, which GET /v1/erasures follows.

Examples:
  throughline erasures save erasures.ndjson
  throughline erasures restore erasures.ndjson
`;

const pageSchema = z.object({ items: z.array(erasureSchema), nextCursor: z.string().nullable() });
const recordSchema = z.looseObject({ id: z.string(), at: z.string() });

/** Returns the exit code. @throws UsageError, ServiceRefusal */
export async function erasuresCommand(argv: readonly string[], config: CliConfig): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: { ...identityOptions, json: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const [action, named, ...more] = positionals;
  if (named === undefined || more.length > 0 || (action !== 'save' && action !== 'restore')) {
    throw new UsageError('save <file> or restore <file> is expected');
  }
  const file = path.resolve(config.directory, named);
  const ask = askingIdentity(values, config);
  const count = action === 'save' ? await save(ask, file) : await restore(ask, file);
  if (values.json) console.log(JSON.stringify({ action, file, erasures: count }));
  else
    console.log(
      action === 'save' ? `${count} erasures are in ${file}` : `${count} erasures are in the database`,
    );
  return 0;
}

async function save(ask: AskIdentity, file: string): Promise<number> {
  const ids: string[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page = await readAnswer(ask(`/v1/erasures?limit=100${query}`), pageSchema);
    ids.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  }
  const records = [];
  for (const id of ids.toReversed()) {
    records.push(await readAnswer(ask(`/v1/erasures/${id}/record`), recordSchema));
  }
  const descriptor = openSync(file, 'w', 0o600);
  try {
    for (const record of records) writeSync(descriptor, `${JSON.stringify(record)}\n`);
  } finally {
    closeSync(descriptor);
  }
  return records.length;
}

async function restore(ask: AskIdentity, file: string): Promise<number> {
  const lines = readFileSync(file, 'utf8').split('\n');
  let count = 0;
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const record = parseRecord(line, `line ${index + 1} of ${file}`);
    const target = `/v1/erasures/${encodeURIComponent(record.id)}`;
    await readAnswer(ask(target, 'PUT', record), erasureSchema);
    count += 1;
  }
  return count;
}

/** @throws UsageError naming the place */
function parseRecord(line: string, place: string): z.infer<typeof recordSchema> {
  try {
    return recordSchema.parse(JSON.parse(line));
  } catch {
    throw new UsageError(`${place} is no record of an erasure`);
  }
}
