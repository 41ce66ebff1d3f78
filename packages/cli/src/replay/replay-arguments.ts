/** What `throughline replay` is asked to do. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { defaultAddress } from '../default-address.ts';
import { checkKey, UsageError, type CliConfig } from '../config.ts';
import { parseUrl } from '../parse-url.ts';
import { loadMapping, shippedMappings, type LoadedMapping } from './load-mapping.ts';

export const replayHelp = `Usage: throughline replay <file> --mapping <name or file> [options]
       throughline replay <file> --guess [--out <mapping.json>]

Streams a CSV, whitespace-separated or JSONL file, gzipped or not, into a running ingest. It can be stopped
and called again: it resumes where it was acknowledged, and what is sent twice counts once.

  --mapping <name|file>  how rows become touchpoints: ${shippedMappings().join(', ')}, or a JSON file
  --guess                write a first mapping from the header and the first rows, and send nothing
  --out <file>           where to write the guessed mapping (default: the standard output)
  --dry-run              print the first touchpoints and send nothing (--rows: how many; default 5)
  --restart              forget how far it was and start over
  --state <file>         where to keep how far it is (default <file>.throughline-replay.json)
  --rejects <file>       where to write what is refused (default <file>.rejected.jsonl)
  --json                 the result, the first touchpoints of a dry run or the guess as JSON
  --concurrency <n>      requests in flight, 1 to 16 (default 4)
  --patience <seconds>   how long one batch is tried while ingest does not answer (default 600)
  --ingest-url <url>     default ${defaultAddress('ingest')}, by THROUGHLINE_HOST and THROUGHLINE_INGEST_PORT
  --key <key>            a server key; better in THROUGHLINE_SERVER_KEY, for arguments are seen by others.
                         Default: keys.json in THROUGHLINE_HOME

Ends with 0 when everything was accepted, 2 when some was refused, 1 when it had to stop, 130 when interrupted.

Examples:
  throughline replay orders.csv --guess --out orders.json
  throughline replay orders.csv --mapping orders.json --dry-run --rows 20
  throughline replay CDNOW_master.txt --mapping cdnow
`;

export interface ReplayArguments {
  file: string;
  loaded: LoadedMapping;
  ingestUrl: string;
  key: string | undefined;
  stateFile: string;
  rejectsFile: string;
  concurrency: number;
  patienceMs: number;
  dryRunRows: number | null;
  restart: boolean;
  json: boolean;
}

export interface GuessArguments {
  file: string;
  /** Null for the standard output. */
  out: string | null;
  json: boolean;
}

/** @throws UsageError */
export function parseReplayArguments(
  argv: readonly string[],
  config: CliConfig,
): ReplayArguments | { guess: GuessArguments } {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      mapping: { type: 'string' },
      guess: { type: 'boolean', default: false },
      out: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      rows: { type: 'string', default: '5' },
      restart: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      state: { type: 'string' },
      rejects: { type: 'string' },
      concurrency: { type: 'string', default: '4' },
      patience: { type: 'string', default: '600' },
      'ingest-url': { type: 'string' },
      key: { type: 'string' },
    },
  });
  const [named, ...more] = positionals;
  if (named === undefined || more.length > 0) throw new UsageError('Name one file to replay.');
  const place = (given: string): string => path.resolve(config.directory, given);
  const file = place(named);
  const { json, restart } = values;
  if (values.guess)
    return { guess: { file, out: values.out === undefined ? null : place(values.out), json } };
  if (values.out !== undefined) throw new UsageError('--out is for --guess.');
  if (values.mapping === undefined) {
    throw new UsageError(`Name a --mapping: ${shippedMappings().join(', ')}, or a JSON file of your own.`);
  }
  return {
    file,
    loaded: loadMapping(values.mapping, config.directory),
    ingestUrl: parseUrl(values['ingest-url'] ?? config.urls.ingest, '--ingest-url'),
    key: checkKey(values.key, '--key') ?? config.keys.server,
    stateFile: place(values.state ?? `${file}.throughline-replay.json`),
    rejectsFile: place(values.rejects ?? `${file}.rejected.jsonl`),
    concurrency: parseCount(values.concurrency, '--concurrency', 16),
    patienceMs: parseCount(values.patience, '--patience', 86_400) * 1_000,
    dryRunRows: values['dry-run'] ? parseCount(values.rows, '--rows', 10_000) : null,
    restart,
    json,
  };
}

function parseCount(text: string, option: string, max: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > max) {
    throw new UsageError(`${option}: a whole number from 1 to ${max} is expected`);
  }
  return value;
}
