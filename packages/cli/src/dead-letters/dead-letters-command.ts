/** `throughline deadletters`: its options, and its exit code. */
import { parseArgs } from 'node:util';
import { serviceNames, type ServiceName } from '@throughline/contracts';
import { defaultAddress } from '../default-address.ts';
import { checkKey, UsageError, type CliConfig } from '../config.ts';
import { deadLetterLines } from '../core/dead-letter.ts';
import { parseUrl } from '../parse-url.ts';
import {
  createDeadLettersClient,
  type DeadLetterFilter,
  type DeadLettersClient,
} from './dead-letters-client.ts';

export const deadLettersHelp = `Usage: throughline deadletters [list] [options]
       throughline deadletters replay <service> <id>... [options]
       throughline deadletters replay --all | --code <code> [options]

Records that a consumer of a service could not process. They are kept whole for 90 days. A replay appends the record to its
topic again; if it fails again, it is set aside once more.

  --service <name>       ingest, identity or metrics (default: all three)
  --code <code>          only unreadable_record, unknown_kind, record_failed or attempts_exhausted
  --state <state>        only dead, stuck, waiting or replayed (default: all but replayed)
  --group <name>         only those of one consumer group
  --limit <n>            list: most letters of each service, 1 to 10000 (default 50)
  --all                  replay: every letter of the services, or those that --state and --group leave
  --json                 as JSON
  --timeout <seconds>    how long to wait for an answer, 1 to 600 (default 30)
  --ingest-url, --identity-url, --metrics-url <url>
                         default ${defaultAddress('ingest', 'identity', 'metrics')}, by THROUGHLINE_HOST and THROUGHLINE_*_PORT
  --key <key>            an admin key; better in THROUGHLINE_ADMIN_KEY, for arguments are seen by others.
                         Default: keys.json in THROUGHLINE_HOME

Examples:
  throughline deadletters
  throughline deadletters list --state stuck --json
  throughline deadletters replay --all
`;

const options = {
  service: { type: 'string' },
  code: { type: 'string' },
  state: { type: 'string' },
  group: { type: 'string' },
  limit: { type: 'string', default: '50' },
  all: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  timeout: { type: 'string', default: '30' },
  'ingest-url': { type: 'string' },
  'identity-url': { type: 'string' },
  'metrics-url': { type: 'string' },
  key: { type: 'string' },
} as const;

function parseOptions(argv: readonly string[]) {
  return parseArgs({ args: [...argv], options, allowPositionals: true });
}
type Options = ReturnType<typeof parseOptions>['values'];

export async function deadLettersCommand(argv: readonly string[], config: CliConfig): Promise<number> {
  const { values, positionals } = parseOptions(argv);
  const [action = 'list', ...rest] = positionals;
  const clientOf = createClients(values, config);
  const filter = { code: values.code, state: values.state, group: values.group };
  if (action === 'list' && rest.length === 0) {
    return await list(clientOf, servicesOf(values.service), filter, values);
  }
  if (action === 'replay') return await replay(clientOf, rest, filter, values);
  throw new UsageError('list or replay is expected');
}

type Clients = (service: ServiceName) => DeadLettersClient;

function createClients(values: Options, config: CliConfig): Clients {
  const adminKey = checkKey(values.key, '--key') ?? config.keys.admin;
  if (adminKey === undefined) {
    throw new UsageError(`an admin key is needed: THROUGHLINE_ADMIN_KEY, --key, or ${config.keysFile}`);
  }
  const timeoutMs = numberOf(values.timeout, '--timeout', 600) * 1_000;
  return (service) => {
    const name = `${service}-url` as const;
    const url = parseUrl(values[name] ?? config.urls[service], `--${name}`);
    return createDeadLettersClient({ url, adminKey, timeoutMs });
  };
}

async function list(
  clientOf: Clients,
  services: readonly ServiceName[],
  filter: DeadLetterFilter,
  values: Options,
): Promise<number> {
  const limit = numberOf(values.limit, '--limit', 10_000);
  const pages = await Promise.all(
    services.map(async (service) => ({ service, items: await clientOf(service).list(filter, limit) })),
  );
  if (values.json) {
    console.log(
      JSON.stringify(Object.fromEntries(pages.map(({ service, items }) => [service, items])), null, 2),
    );
    return 0;
  }
  const lines = pages.flatMap(({ service, items }) =>
    items.flatMap((letter) => deadLetterLines(service, letter)),
  );
  console.log(lines.length === 0 ? 'No dead letters.' : lines.join('\n').trimEnd());
  return 0;
}

async function replay(
  clientOf: Clients,
  named: readonly string[],
  filter: DeadLetterFilter,
  values: Options,
): Promise<number> {
  const replayed: Partial<Record<ServiceName, number>> = {};
  if (named.length > 0) {
    const [service, ids] = parseNamed(named, values, filter);
    const client = clientOf(service);
    for (const id of ids) replayed[service] = (replayed[service] ?? 0) + (await client.replayOne(id));
  } else if (values.all || values.code !== undefined) {
    for (const service of servicesOf(values.service)) {
      replayed[service] = await clientOf(service).replayAll(filter);
    }
  } else {
    throw new UsageError('replay what? <service> <id>..., --code <code> or --all is expected');
  }
  const counts = Object.entries(replayed).map(([service, count]) => `${service} ${count}`);
  console.log(values.json ? JSON.stringify({ replayed }) : `Replayed: ${counts.join(', ')}`);
  return 0;
}

function parseNamed(
  [service = '', ...texts]: readonly string[],
  values: Options,
  filter: DeadLetterFilter,
): [ServiceName, number[]] {
  const [name] = servicesOf(service);
  const isFiltered = values.all || values.service !== undefined || Object.values(filter).some(Boolean);
  if (isFiltered) throw new UsageError('either ids or a filter is expected, not both');
  const ids = texts.map((text) => numberOf(text, '<id>', Number.MAX_SAFE_INTEGER));
  if (name === undefined || ids.length === 0) throw new UsageError('<service> <id>... is expected');
  return [name, ids];
}

function servicesOf(name: string | undefined): readonly ServiceName[] {
  if (name === undefined) return serviceNames;
  const found = serviceNames.find((service) => service === name);
  if (found === undefined) throw new UsageError(`there is no service ${name}: ${serviceNames.join(', ')}`);
  return [found];
}

function numberOf(text: string, option: string, most: number): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : 0;
  if (!(value >= 1 && value <= most))
    throw new UsageError(`${option}: a whole number from 1 to ${most} is expected`);
  return value;
}
