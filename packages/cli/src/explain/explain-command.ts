/** `throughline explain`: why a profile is one person, why a figure is what it is, what became of a touchpoint. */
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { serviceNames, type ServiceName } from '@throughline/contracts';
import { defaultAddress } from '../default-address.ts';
import { readAnswer, ServiceRefusal } from '../ask-service.ts';
import { checkKey, UsageError, type CliConfig } from '../config.ts';
import { figureText } from '../core/explain/figure-text.ts';
import { pairText, profileText } from '../core/explain/profile-text.ts';
import { touchpointText } from '../core/explain/touchpoint-text.ts';
import {
  countedSchema,
  figureSchema,
  memberPageSchema,
  traceSchema,
  type Counted,
  type ExplainedFigure,
  type MemberPage,
} from '../core/explain/explained.ts';
import { printableLines } from '../core/printable-text.ts';
import { parseUrl } from '../parse-url.ts';

export const explainHelp = `Usage: throughline explain profile <ref> [--and <ref>] [options]
       throughline explain figure <figure> [--day <day>] [--window <days>] [--profile <ref>] [options]
       throughline explain touchpoint <id> [--source <source>] [options]

profile: identifier by identifier, the link that holds it in the profile, and the links that join nothing, with the reason;
with --and, what connects it with another one or keeps them apart. figure: the profiles behind a number on a day, such as
churned, retained, active, stages or sales; with --profile, why that one is. touchpoint: accepted or not, the profile it
belongs to, and as what it is counted. <ref> is an id, or type:value such as user_id:42.

  --and <ref>            profile: the other one
  --day <day>            figure: such as 2026-03-31 (default: today)
  --as-of <moment>       figure: the profiles as they were behind it then, such as 2026-04-01T09:00:00Z, of a day that was closed
  --window <days>        figure: of growth, churn and retention (default 30)
  --activity <name>      figure: default purchase
  --stage <stage>, --relationship <name>
                         figure: of stages
  --profile <ref>        figure: why this one is behind it, or is not
  --source <source>      touchpoint: where several sources use its id
  --limit <n>            at most so many identifiers or profiles, 1 to 1000 (default 50)
  --json                 as JSON
  --identity-url, --metrics-url <url>
                         default ${defaultAddress('identity', 'metrics')}, by THROUGHLINE_HOST and THROUGHLINE_*_PORT
  --key <key>            a read key; better in THROUGHLINE_READ_KEY, for arguments are seen by others.
                         Default: keys.json in THROUGHLINE_HOME

Examples:
  throughline explain profile user_id:customer-1
  throughline explain profile user_id:max-father --and user_id:max-son
  throughline explain figure churned --day 2026-03-31 --window 30
  throughline explain figure churned --profile user_id:customer-1
  throughline explain touchpoint order-17 --source server
`;

const options = {
  and: { type: 'string' },
  day: { type: 'string' },
  'as-of': { type: 'string' },
  window: { type: 'string' },
  activity: { type: 'string' },
  stage: { type: 'string' },
  relationship: { type: 'string' },
  profile: { type: 'string' },
  source: { type: 'string' },
  limit: { type: 'string', default: '50' },
  json: { type: 'boolean', default: false },
  'ingest-url': { type: 'string' },
  'identity-url': { type: 'string' },
  'metrics-url': { type: 'string' },
  key: { type: 'string' },
} as const;

interface Explaining {
  ask: <T>(service: ServiceName, path: string, schema: z.ZodType<T>) => Promise<T>;
  subject: string;
  values: Readonly<Partial<Record<Exclude<keyof typeof options, 'json'>, string>>>;
  limit: number;
}

/** Texts and the JSON that they are made of. */
interface Explanation {
  json: unknown;
  text: string;
}

const timeoutMs = 30_000;
const pageMax = 100;
const uuid = z.uuid();

/** Returns the exit code. @throws UsageError, ServiceRefusal */
export async function explainCommand(argv: readonly string[], config: CliConfig): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
  const [what, subject, ...more] = positionals;
  const explainers = { profile: explainProfile, figure: explainFigure, touchpoint: explainTouchpoint };
  if (what === undefined || !Object.hasOwn(explainers, what) || subject === undefined || more.length > 0) {
    throw new UsageError('profile <ref>, figure <figure> or touchpoint <id> is expected');
  }
  const key = checkKey(values.key, '--key') ?? config.keys.read;
  const urls = Object.fromEntries(
    serviceNames.map((name) => [name, parseUrl(values[`${name}-url`] ?? config.urls[name], `--${name}-url`)]),
  ) as Record<ServiceName, string>;
  const { json, ...texts } = values;
  const explanation = await explainers[what as keyof typeof explainers]({
    ask: async (service, path, schema) =>
      await readAnswer({ url: `${urls[service]}${path}`, key, timeoutMs }, schema),
    subject,
    values: texts,
    limit: parseLimit(values.limit),
  });
  console.log(json ? JSON.stringify(explanation.json, null, 2) : printableLines(explanation.text));
  return 0;
}

function parseLimit(text: string): number {
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > 1_000) throw new UsageError('--limit: a whole number from 1 to 1000 is expected');
  return limit;
}

async function explainProfile({ ask, subject, values, limit }: Explaining): Promise<Explanation> {
  const path = `/v1/profiles/${encodeURIComponent(subject)}/explain`;
  if (values.and !== undefined) {
    const { and } = await ask(
      'identity',
      `${path}?${query({ and: values.and, limit: '1' })}`,
      memberPageSchema,
    );
    return { json: and, text: and === null ? '' : pairText(and) };
  }
  const members: MemberPage['members'] = [];
  let cursor: string | null = null;
  let profile = '';
  do {
    const size = Math.min(pageMax, limit - members.length);
    const page: MemberPage = await ask(
      'identity',
      `${path}?${query({ limit: String(size), cursor: cursor ?? undefined })}`,
      memberPageSchema,
    );
    members.push(...page.members);
    ({ profile, nextCursor: cursor } = page);
  } while (cursor !== null && members.length < limit);
  const explained = { profile, members, isWhole: cursor === null };
  return { json: explained, text: profileText(explained) };
}

async function explainFigure({ ask, subject, values, limit }: Explaining): Promise<Explanation> {
  const { day, activity, stage, relationship } = values;
  const isOfWindow = stage === undefined && subject !== 'stages' && subject !== 'sales';
  const profile = values.profile === undefined ? undefined : await findProfileId(ask, values.profile);
  const asked = {
    figure: subject,
    day,
    asOf: values['as-of'],
    activity,
    stage,
    relationship,
    window: values.window ?? (isOfWindow ? '30' : undefined),
    profile,
  };
  const read = (page: Record<string, string | undefined>) =>
    ask('metrics', `/v1/metrics/explain?${query({ ...asked, ...page })}`, figureSchema);
  if (profile !== undefined) {
    const explained = await read({});
    return { json: explained, text: figureText(explained) };
  }
  // A page may have fewer items than there are, or none.
  const items: NonNullable<ExplainedFigure['items']> = [];
  let page: ExplainedFigure | undefined;
  do {
    const size = Math.min(pageMax, limit - items.length);
    page = await read({ limit: String(size), cursor: page?.nextCursor ?? undefined });
    items.push(...(page.items ?? []));
  } while ((page.nextCursor ?? null) !== null && items.length < limit);
  const explained = { ...page, items };
  return { json: explained, text: figureText(explained) };
}

/** Metrics knows profiles by their ids only. */
async function findProfileId(ask: Explaining['ask'], ref: string): Promise<string> {
  if (uuid.safeParse(ref).success) return ref;
  const profile = await ask(
    'identity',
    `/v1/profiles/${encodeURIComponent(ref)}`,
    z.looseObject({ id: z.string() }),
  );
  return profile.id;
}

async function explainTouchpoint({ ask, subject, values }: Explaining): Promise<Explanation> {
  const { source } = values;
  const trace = await ask(
    'identity',
    `/v1/touchpoints/${encodeURIComponent(subject)}?${query({ source })}`,
    traceSchema,
  );
  const counted: Counted | null =
    trace.key === undefined
      ? null
      : await ask('metrics', `/v1/metrics/touchpoints/${trace.key}`, countedSchema).catch(
          (error: unknown) => {
            if (error instanceof ServiceRefusal && error.message.includes('touchpoint_not_found'))
              return null;
            throw error;
          },
        );
  return { json: { ...trace, countedAs: counted }, text: touchpointText(trace, counted) };
}

function query(parameters: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(parameters).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, value]],
  );
  return new URLSearchParams(given).toString();
}
