/** `throughline export`: everything that is held about a person, to the standard output or to a file, and whether it is whole. */
import { existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Readable, Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { problemText, ServiceRefusal } from '../ask-service.ts';
import { UsageError, type CliConfig } from '../config.ts';
import { reasonOf } from '../replay/send-batch.ts';
import { identityAccess, identityHelp, identityOptions } from '../identity-access.ts';

export const exportHelp = `Usage: throughline export <ref> [--out <file>] [options]

Everything that is held about the person of the profile that <ref> names, an id or type:value such as user_id:42: identifiers,
traits, links with their evidence, history, decisions, touchpoints with what was sent and what is counted of them, and what was
rejected. An export that breaks off ends with 1 and leaves no file.

  --out <file>           a file that does not exist, which only its owner may read; default the standard output
  --ndjson               a line for each item instead of one JSON document
  --json                 with --out: say as JSON where it is, once it is complete
${identityHelp}
Ends with 0 when the export is complete, with 1 otherwise.

Examples:
  throughline export user_id:customer-1 --out customer-1.json
  throughline export email:ann@example.org --ndjson | grep '"kind":"touchpoints"'
`;

const options = {
  out: { type: 'string' },
  ndjson: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  ...identityOptions,
} as const;

/** How an export ends that is whole. */
const endOf = { json: ',"complete":true}', ndjson: '{"kind":"end","complete":true}\n' } as const;

interface RequestedExport {
  url: string;
  key: string;
  format: keyof typeof endOf;
}

/** Returns the exit code. @throws UsageError, ServiceRefusal */
export async function exportCommand(argv: readonly string[], config: CliConfig): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
  const [ref, ...more] = positionals;
  if (ref === undefined || ref === '' || more.length > 0) throw new UsageError('one <ref> is expected');
  const { identityUrl, key } = identityAccess(values, config);
  const format = values.ndjson ? 'ndjson' : 'json';
  const url = `${identityUrl}/v1/profiles/${encodeURIComponent(ref)}/export?format=${format}`;
  const requested = { url, key, format } as const;
  if (values.out === undefined) {
    await receive(await openExport(requested), process.stdout, requested);
    if (format === 'json') process.stdout.write('\n');
    return 0;
  }
  const file = path.resolve(config.directory, values.out);
  if (existsSync(file)) throw new UsageError(`${file} exists already: name another file with --out`);
  const body = await openExport(requested);
  const partial = `${file}.partial`;
  const to = await createFile(partial);
  try {
    await receive(body, to, requested);
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  if (values.json) console.log(JSON.stringify({ file, format, complete: true }));
  else console.error(`${file} is complete.`);
  return 0;
}

/** @throws UsageError when it exists */
async function createFile(file: string): Promise<Writable> {
  try {
    return (await open(file, 'wx', 0o600)).createWriteStream();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new UsageError(`${file} exists: another export is writing it, or was killed; then remove it`);
  }
}

/** Its length is not known before, so it has no timeout of its own; fetch ends a connection that is silent for five minutes. */
async function openExport({ url, key }: RequestedExport): Promise<Readable> {
  const { origin } = new URL(url);
  let response: Response;
  try {
    // The key goes where it was meant to go, and nowhere that an answer points to.
    response = await fetch(url, { headers: { authorization: `Bearer ${key}` }, redirect: 'manual' });
  } catch (error) {
    throw new ServiceRefusal(`${origin} does not answer (${reasonOf(error)}).`, { cause: error });
  }
  if (!response.ok) {
    throw new ServiceRefusal(`${origin} answered ${problemText(response.status, await response.text())}.`);
  }
  return Readable.from(response.body ?? []);
}

/** @throws ServiceRefusal when it is not whole */
async function receive(body: Readable, to: Writable, { format }: RequestedExport): Promise<void> {
  const end = endOf[format];
  let last = '';
  const noteEnd = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      last = (last + Buffer.from(chunk).toString('latin1')).slice(-end.length);
      done(null, chunk);
    },
  });
  try {
    await pipeline(body, noteEnd, to, { end: to !== process.stdout });
  } catch (error) {
    throw new ServiceRefusal(`the export broke off (${reasonOf(error)}): it is not complete.`, {
      cause: error,
    });
  }
  if (last !== end) throw new ServiceRefusal('the export broke off: it is not complete.');
}
