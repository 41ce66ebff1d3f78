/** `throughline demo`: a generated shop with a year of life, sent through the public API. */
import { parseArgs } from 'node:util';
import { serviceNames, type ServiceName } from '@throughline/contracts';
import { defaultAddress } from '../default-address.ts';
import { UsageError, type CliConfig } from '../config.ts';
import { buildDemoShop, type DemoShop } from '../core/demo/build-demo-shop.ts';
import { demoMerges, familyTablet, sharedEmail } from '../core/demo/demo-scenes.ts';
import { demoSpend, type DemoSpend } from '../core/demo/demo-spend.ts';
import { formatCount } from '../core/progress-text.ts';
import { parseUrl } from '../parse-url.ts';
import { showProgress, type ProgressDisplay } from '../replay/show-progress.ts';
import {
  chooseGroupings,
  holdsData,
  makeMerge,
  saveSpend,
  sendItems,
  waitForFigures,
  type DemoTarget,
  type Tally,
} from './demo-client.ts';

export const demoHelp = `Usage: throughline demo [options]

Fills an empty deployment with a generated shop: a year of web visits, sign-ups, orders, receipts of two stores, returns,
feedback and campaigns, a family's tablet, a till that sends its own e-mail address, receipts uploaded two weeks late, a
merge of two profiles and one that is undone. The same seed and day give the same shop. What it sends is ordinary data,
through the public API: it cannot be separated afterwards, so use a home of its own. Unless figures are grouped already, it
has them grouped by acquisition channel and home store, which rebuilds the figures that are there.

  --until <day>          the last day of the year, such as 2026-03-31 (default: today, in UTC)
  --customers <n>        10 to 20000 (default 600, about 25,000 touchpoints)
  --seed <n>             another number gives another shop (default 1)
  --force                also where there are data already
  --json                 the result as JSON
  --patience <seconds>   how long to wait for a service, or for the figures (default 600)
  --ingest-url, --identity-url, --metrics-url <url>
                         default ${defaultAddress('ingest', 'identity', 'metrics')}, by THROUGHLINE_HOST and THROUGHLINE_*_PORT

It needs all four keys: THROUGHLINE_{WRITE,SERVER,READ,ADMIN}_KEY, or keys.json in THROUGHLINE_HOME.
Ends with 0 when all of it is in the figures, else with 1.

Examples:
  throughline demo
  THROUGHLINE_HOME=/tmp/shop throughline demo --until 2026-03-31 --customers 2000
`;

interface DemoRequest {
  until: string;
  customers: number;
  seed: number;
  isForced: boolean;
  isJson: boolean;
  target: DemoTarget;
}

/** Returns the exit code. @throws UsageError, ServiceRefusal */
export async function demoCommand(argv: readonly string[], config: CliConfig): Promise<number> {
  const startedAt = performance.now();
  const request = parseRequest(argv, config, new Date());
  const { target } = request;
  if (!request.isForced && (await holdsData(target))) {
    throw new UsageError(
      'There are data in this deployment already, and the demo would mix with them: start another one with a ' +
        'THROUGHLINE_HOME of its own, or give --force. What an interrupted demo has sent counts once.',
    );
  }
  const shop = buildDemoShop({ ...request, nowMs: Date.now() });
  const display = showProgress(process.stderr, { acknowledged: 0, share: 0 }, config.canRedraw);
  const tally = await load(shop, demoSpend(request.until, request.seed), target, display).finally(() =>
    display.stop(),
  );
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
  const result = { ...resultOf(shop, tally), until: request.until, seed: request.seed, seconds };
  console.log(request.isJson ? JSON.stringify(result, null, 2) : reportText(result, target));
  return tally.rejected === shop.expectedRejects ? 0 : 1;
}

async function load(
  shop: DemoShop,
  spend: readonly DemoSpend[],
  target: DemoTarget,
  display: ProgressDisplay,
): Promise<Tally> {
  await chooseGroupings(target, display);
  await saveSpend(spend, target);
  const all = shop.items.length + shop.late.length;
  const most = await sendItems(shop.items, target, { display, all, before: { accepted: 0, rejected: 0 } });
  await waitForFigures(target, display);
  const whole = await sendItems(shop.late, target, { display, all, before: most });
  await waitForFigures(target, display);
  for (const merge of demoMerges) await makeMerge(merge, target);
  await waitForFigures(target, display);
  return whole;
}

function parseRequest(argv: readonly string[], config: CliConfig, now: Date): DemoRequest {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      until: { type: 'string' },
      customers: { type: 'string', default: '600' },
      seed: { type: 'string', default: '1' },
      force: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      patience: { type: 'string', default: '600' },
      'ingest-url': { type: 'string' },
      'identity-url': { type: 'string' },
      'metrics-url': { type: 'string' },
    },
  });
  const urls = Object.fromEntries(
    serviceNames.map((name) => [name, parseUrl(values[`${name}-url`] ?? config.urls[name], `--${name}-url`)]),
  ) as Record<ServiceName, string>;
  return {
    until: parseDay(values.until ?? now.toISOString().slice(0, 10), now),
    customers: parseNumber(values.customers, '--customers', 10, 20_000),
    seed: parseNumber(values.seed, '--seed', 0, 1_000_000),
    isForced: values.force,
    isJson: values.json,
    target: {
      urls,
      keys: {
        write: keyOf(config, 'write'),
        server: keyOf(config, 'server'),
        read: keyOf(config, 'read'),
        admin: keyOf(config, 'admin'),
      },
      patienceMs: parseNumber(values.patience, '--patience', 1, 86_400) * 1_000,
    },
  };
}

function keyOf({ keys, keysFile }: CliConfig, kind: keyof DemoTarget['keys']): string {
  const key = keys[kind];
  if (key !== undefined) return key;
  throw new UsageError(
    `The demo needs a ${kind} key: THROUGHLINE_${kind.toUpperCase()}_KEY, or ${keysFile}.`,
  );
}

function parseDay(text: string, now: Date): string {
  const at = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== text || at < Date.UTC(1971, 0)) {
    throw new UsageError('--until: a day such as 2026-03-31 is expected');
  }
  if (at > now.getTime())
    throw new UsageError('--until: the day is in the future, where nothing has happened yet');
  return text;
}

function parseNumber(text: string, option: string, min: number, max: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`${option}: a whole number from ${min} to ${max} is expected`);
}

interface DemoResult {
  accepted: number;
  rejected: number;
  /** Of the rejected: what the demo sends to be refused. */
  expectedRejects: number;
  /** Sent twice, counted once. */
  repeated: number;
  late: number;
  profiles: Readonly<Record<string, string>>;
  until: string;
  seed: number;
  seconds: number;
}

function resultOf(shop: DemoShop, tally: Tally): Omit<DemoResult, 'until' | 'seed' | 'seconds'> {
  return {
    ...tally,
    expectedRejects: shop.expectedRejects,
    repeated: shop.repeated,
    late: shop.late.length,
    profiles: {
      'a customer': 'user_id:customer-1',
      'merged by an operator': 'user_id:sofia-new',
      'merged, and undone': 'user_id:max-son',
      'one of a family': 'user_id:family-mira',
      'their tablet': `anonymous_id:${familyTablet}`,
      'the till that sends its own address': `email:${sharedEmail}`,
    },
  };
}

function reportText(result: DemoResult, { urls }: DemoTarget): string {
  const profiles = Object.entries(result.profiles).map(
    ([what, ref]) => `    ${what.padEnd(38)}${urls.identity}/v1/profiles/${ref}`,
  );
  const unexpected = result.rejected - result.expectedRejects;
  return `
  The shop is there: ${formatCount(result.accepted)} touchpoints to ${result.until} in ${result.seconds} s, ${formatCount(result.late)} of them uploaded late,
  ${formatCount(result.repeated)} sent twice and counted once, ${formatCount(result.rejected)} refused (amounts written as "12,50 €")${unexpected === 0 ? '' : `, ${unexpected} of them unexpectedly`}.

  Figures, with the read key:
    ${urls.metrics}/v1/metrics/growth?window=30&to=${result.until}
    ${urls.metrics}/v1/metrics/sales?period=month&groupBy=store&to=${result.until}
    ${urls.metrics}/v1/metrics/stages?to=${result.until}
    ${urls.metrics}/v1/metrics/at-risk?window=90&within=30d
    ${urls.metrics}/v1/metrics/growth?window=30&groupBy=acquisitionChannel&to=${result.until}
    ${urls.metrics}/v1/metrics/spend?to=${result.until}
  The same to look at: ${urls.metrics}/console

  Profiles, with the read key (/links and /explain behind them say why):
${profiles.join('\n')}

  What was refused: throughline rejected --code invalid_field
`;
}
