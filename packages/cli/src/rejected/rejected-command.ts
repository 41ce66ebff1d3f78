/** `throughline rejected`: its options, and what it prints. */
import { parseArgs } from 'node:util';
import { parseIsoTime } from '@throughline/contracts';
import { defaultAddress } from '../default-address.ts';
import { readAnswer } from '../ask-service.ts';
import { checkKey, UsageError, type CliConfig } from '../config.ts';
import { formatCount } from '../core/progress-text.ts';
import { rejectedCountsSchema, rejectedCountsTable } from '../core/rejected-counts.ts';
import { rejectedItemSchema, rejectedTable } from '../core/rejected-item.ts';
import { refusedItems, resubmissionTable, resubmissionText } from '../core/resubmission.ts';
import { parseUrl } from '../parse-url.ts';
import { findRejected, type IngestAccess, type RejectedFilter } from './find-rejected.ts';
import { createResubmissionClient } from './resubmission-client.ts';
import { resubmitRejected, type ResubmitOutcome } from './resubmit-rejected.ts';

export const rejectedHelp = `Usage: throughline rejected [list] [filters] [options]
       throughline rejected show <rejection>
       throughline rejected counts [filters] [--per hour|day]
       throughline rejected resubmit <rejection>... | <filters> | --all  [--dry-run]
       throughline rejected resubmissions
       throughline rejected cancel <resubmission>

Items that ingest refused, with the reason, newest first, or how many there were by hour or day. Resubmitting decides an item
again, as of the time and with the rights of its first receipt: for after a limit or a list was changed. What was accepted
once is not sent again. By filter it is a job of ingest, which is followed to its end here, and continues without.

  --source <name>        only of this source, such as website or server
  --code <code>          only with this reason, such as invalid_field
  --from, --to <time>    received at or after, and before: a date (UTC) or an RFC 3339 time
  --limit <n>            list at most so many, 1 to 10000 (default 50)
  --per <hour|day>       what is counted together (default hour)
  --all                  resubmit without a filter
  --dry-run              only say what resubmitting would do
  --json                 the same as JSON
  --ingest-url <url>     default ${defaultAddress('ingest')}, by THROUGHLINE_HOST and THROUGHLINE_INGEST_PORT
  --key <key>            an admin key; better in THROUGHLINE_ADMIN_KEY, for arguments are seen by others.
                         Default: keys.json in THROUGHLINE_HOME

Ends with 0, with 2 when something resubmitted was not accepted, with 1 when it had to stop.

Examples:
  throughline rejected --code invalid_field --limit 10
  throughline rejected show <rejection>
  throughline rejected resubmit --code invalid_time --from 2026-03-01 --dry-run
`;

const maxItems = 10_000;
const timeoutMs = 30_000;

const options = {
  source: { type: 'string' },
  code: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  limit: { type: 'string' },
  per: { type: 'string', default: 'hour' },
  all: { type: 'boolean', default: false },
  'dry-run': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  'ingest-url': { type: 'string' },
  key: { type: 'string' },
} as const;

interface RejectedArguments {
  access: IngestAccess;
  filter: RejectedFilter;
  limit: number;
  per: string;
  all: boolean;
  dryRun: boolean;
  json: boolean;
}

/** Returns the exit code. @throws UsageError, ServiceRefusal */
export async function rejectedCommand(argv: readonly string[], config: CliConfig): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...argv], allowPositionals: true, options });
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
    per: values.per,
    all: values.all,
    dryRun: values['dry-run'],
    json: values.json,
  };
  const [name = 'list', ...ids] = positionals;
  if (name === 'list' && ids.length === 0) return await list(given);
  if (name === 'show' && ids.length === 1) return await show(given, ids[0] ?? '');
  if (name === 'counts' && ids.length === 0) return await showCounts(given);
  if (name === 'resubmit' && ids.length > 0) return await resubmitNamed(given, ids);
  if (name === 'resubmit') return await resubmitFiltered(given);
  if (name === 'resubmissions' && ids.length === 0) return await listResubmissions(given);
  if (name === 'cancel' && ids.length === 1) return await cancel(given, ids[0] ?? '');
  throw new UsageError(
    'Say list, show <rejection>, counts, resubmit, resubmissions, or cancel <resubmission>.',
  );
}

async function list({ access, filter, limit, json }: RejectedArguments): Promise<number> {
  const { items, isMore } = await findRejected(access, filter, limit);
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

async function showCounts({ access, filter, per, json }: RejectedArguments): Promise<number> {
  const url = new URL(`${access.ingestUrl}/v1/rejected/counts`);
  for (const [name, value] of Object.entries({ ...filter, per })) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  const counted = await readAnswer({ url: url.href, key: access.key, timeoutMs }, rejectedCountsSchema);
  if (json) console.log(JSON.stringify(counted, null, 2));
  else if (counted.counts.length === 0) console.log('There is none.');
  else console.log(rejectedCountsTable(counted));
  if (!counted.isComplete) console.error('There are more: --to reaches the older ones.');
  return 0;
}

async function resubmitNamed(given: RejectedArguments, ids: readonly string[]): Promise<number> {
  const { access, json, dryRun } = given;
  const outcomes: ResubmitOutcome[] = [];
  for (const id of ids) {
    const outcome = await resubmitRejected(access, id, dryRun);
    outcomes.push(outcome);
    if (!json && outcome.result !== 'accepted') console.error(`${id}: ${outcome.result}: ${outcome.reason}`);
  }
  if (json) console.log(JSON.stringify(outcomes, null, 2));
  else console.log(tallyText(outcomes, dryRun));
  return outcomes.every(({ result }) => result === 'accepted') ? 0 : 2;
}

async function resubmitFiltered({ access, filter, all, dryRun, json }: RejectedArguments): Promise<number> {
  if (!all && Object.values(filter).every((value) => value === undefined)) {
    throw new UsageError('Name rejections, a filter such as --code, or --all.');
  }
  const client = createResubmissionClient(access);
  const made = await client.create(filter, dryRun);
  if (!json)
    console.error(`resubmission ${made.resubmissionId}: of ${formatCount(made.itemsAtMost)} at most`);
  let last = '';
  const ended = await client.follow(made.resubmissionId, (job) => {
    const text = resubmissionText(job);
    if (!json && job.state === 'running' && text !== last) console.error(`${text} ...`);
    last = text;
  });
  console.log(json ? JSON.stringify(ended, null, 2) : `${resubmissionText(ended)}.`);
  return ended.state === 'done' && refusedItems(ended) === 0 ? 0 : 2;
}

async function listResubmissions({ access, json }: RejectedArguments): Promise<number> {
  const jobs = await createResubmissionClient(access).list();
  if (json) console.log(JSON.stringify(jobs, null, 2));
  else console.log(jobs.length === 0 ? 'There is none.' : resubmissionTable(jobs));
  return 0;
}

async function cancel({ access, json }: RejectedArguments, id: string): Promise<number> {
  const job = await createResubmissionClient(access).cancel(id);
  console.log(json ? JSON.stringify(job, null, 2) : `Cancelled: ${resubmissionText(job)}.`);
  return 0;
}

function tallyText(outcomes: readonly ResubmitOutcome[], dryRun: boolean): string {
  const count = (result: ResubmitOutcome['result']): string =>
    formatCount(outcomes.filter((outcome) => outcome.result === result).length);
  const accepted = dryRun ? 'would be accepted' : 'accepted';
  return `${count('accepted')} ${accepted}, ${count('refused')} refused again, ${count('failed')} not decided.`;
}

function parseLimit(text = '50'): number {
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
