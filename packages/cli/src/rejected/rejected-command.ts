/** `throughline rejected`: its options, and what it prints. */
import { parseArgs } from 'node:util';
import { parseIsoTime } from '@throughline/contracts';
import { readAnswer } from '../ask-service.ts';
import { checkKey, UsageError, type CliConfig } from '../config.ts';
import { formatCount } from '../core/progress-text.ts';
import { rejectedItemSchema, rejectedTable } from '../core/rejected-item.ts';
import { parseUrl } from '../parse-url.ts';
import { findRejected, type IngestAccess, type RejectedFilter } from './find-rejected.ts';
import { resubmitRejected, type ResubmitOutcome } from './resubmit-rejected.ts';

export const rejectedHelp = `Usage: throughline rejected [list] [filters] [options]
       throughline rejected show <rejection>
       throughline rejected resubmit <rejection>... | <filters> | --all

Items that ingest refused, with the reason, newest first. Resubmitting decides an item again, as of the time and with the
rights of its first receipt: for after a limit or a list was changed. What was accepted once is not sent again.

  --source <name>        only of this source, such as website or server
  --code <code>          only with this reason, such as invalid_field
  --from, --to <time>    received at or after, and before: a date (UTC) or an RFC 3339 time
  --limit <n>            at most so many, 1 to 10000 (default 50; for resubmit 10000)
  --all                  resubmit without a filter
  --json                 the same as JSON
  --ingest-url <url>     default http://127.0.0.1:8080, by THROUGHLINE_HOST and THROUGHLINE_INGEST_PORT
  --key <key>            an admin key; better in THROUGHLINE_ADMIN_KEY, for arguments are seen by others.
                         Default: keys.json in THROUGHLINE_HOME

Ends with 0, with 2 when something resubmitted was not accepted, with 1 when it had to stop.
`;

const maxItems = 10_000;
const timeoutMs = 30_000;
/** Both copies of a conflict were accepted as touchpoints, and the first stands: there is nothing to decide again. */
const conflictCode = 'conflicting_touchpoint';

interface RejectedArguments {
  access: IngestAccess;
  filter: RejectedFilter;
  limit: number | null;
  all: boolean;
  json: boolean;
}

/** Returns the exit code. @throws UsageError, ServiceRefusal */
export async function rejectedCommand(argv: readonly string[], config: CliConfig): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      source: { type: 'string' },
      code: { type: 'string' },
      from: { type: 'string' },
      to: { type: 'string' },
      limit: { type: 'string' },
      all: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      'ingest-url': { type: 'string' },
      key: { type: 'string' },
    },
  });
  const key = checkKey(values.key, '--key') ?? config.keys.admin;
  if (key === undefined) {
    throw new UsageError(`No key: set THROUGHLINE_ADMIN_KEY, or give --key; ${config.keysFile} holds none.`);
  }
  const given: RejectedArguments = {
    access: {
      ingestUrl: parseUrl(values['ingest-url'] ?? config.urls.ingest, '--ingest-url'),
      key,
      timeoutMs,
    },
    filter: {
      source: values.source,
      code: values.code,
      from: parseTime(values.from, '--from'),
      to: parseTime(values.to, '--to'),
    },
    limit: parseLimit(values.limit),
    all: values.all,
    json: values.json,
  };
  const [name = 'list', ...ids] = positionals;
  if (name === 'list' && ids.length === 0) return await list(given);
  if (name === 'show' && ids.length === 1) return await show(given, ids[0] ?? '');
  if (name === 'resubmit') return await resubmit(given, ids);
  throw new UsageError('Say list, show <rejection>, or resubmit.');
}

async function list({ access, filter, limit, json }: RejectedArguments): Promise<number> {
  const { items, isMore } = await findRejected(access, filter, limit ?? 50);
  if (json) console.log(JSON.stringify(items, null, 2));
  else if (items.length === 0) console.log('There is none.');
  else console.log(rejectedTable(items));
  if (isMore) console.error(`There are more: --limit shows up to ${formatCount(maxItems)}.`);
  return 0;
}

async function show({ access }: RejectedArguments, rejectionId: string): Promise<number> {
  const url = `${access.ingestUrl}/v1/rejected/${encodeURIComponent(rejectionId)}`;
  const item = await readAnswer({ url, key: access.key, timeoutMs }, rejectedItemSchema);
  console.log(JSON.stringify(item, null, 2));
  return 0;
}

async function resubmit(given: RejectedArguments, ids: readonly string[]): Promise<number> {
  const { access, json } = given;
  const chosen = ids.length > 0 ? { ids, isMore: false } : await choose(given);
  const outcomes: ResubmitOutcome[] = [];
  for (const id of chosen.ids) {
    const outcome = await resubmitRejected(access, id);
    outcomes.push(outcome);
    if (!json && outcome.result !== 'accepted') console.error(`${id}: ${outcome.result}: ${outcome.reason}`);
  }
  if (json) console.log(JSON.stringify(outcomes, null, 2));
  else console.log(tallyText(outcomes));
  if (chosen.isMore) console.error('There are older ones, which --to reaches.');
  return outcomes.every(({ result }) => result === 'accepted') ? 0 : 2;
}

/** Those that may be accepted now. */
async function choose({
  access,
  filter,
  limit,
  all,
}: RejectedArguments): Promise<{ ids: string[]; isMore: boolean }> {
  if (!all && Object.values(filter).every((value) => value === undefined)) {
    throw new UsageError('Name rejections, a filter such as --code, or --all.');
  }
  const { items, isMore } = await findRejected(
    access,
    filter,
    limit ?? maxItems,
    ({ replayedAt, code }) => replayedAt === null && code !== conflictCode,
  );
  return { ids: items.map(({ rejectionId }) => rejectionId), isMore };
}

function tallyText(outcomes: readonly ResubmitOutcome[]): string {
  const count = (result: ResubmitOutcome['result']): string =>
    formatCount(outcomes.filter((outcome) => outcome.result === result).length);
  return `${count('accepted')} accepted, ${count('refused')} refused again, ${count('failed')} not decided.`;
}

function parseLimit(text: string | undefined): number | null {
  if (text === undefined) return null;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= maxItems) return value;
  throw new UsageError(`--limit: a whole number from 1 to ${maxItems} is expected`);
}

function parseTime(text: string | undefined, option: string): string | undefined {
  if (text === undefined) return undefined;
  const time = parseIsoTime(text);
  if (time === null || (time.hasTime && time.offsetMinutes === null)) {
    throw new UsageError(
      `${option}: a date such as 2026-03-01 or a time such as 2026-03-01T09:30:00Z is expected`,
    );
  }
  return new Date(time.wallMs - (time.offsetMinutes ?? 0) * 60_000).toISOString();
}
