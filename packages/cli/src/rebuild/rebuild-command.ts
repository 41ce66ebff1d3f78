/** `throughline rebuild`: has metrics compute its figures again from the stored touchpoints, and follows that until they are in use. */
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { defaultAddress } from '../default-address.ts';
import { readAnswer } from '../ask-service.ts';
import { checkKey, UsageError, type CliConfig } from '../config.ts';
import { rebuildReport, rebuildSchema, rebuildStep, type Rebuild } from '../core/rebuild-report.ts';
import { parseUrl } from '../parse-url.ts';
import { showSteps, type StepDisplay } from '../show-step.ts';

export const rebuildHelp = `Usage: throughline rebuild [options]

Has metrics compute all figures again from the touchpoints that it has stored, with the settings that it was started with: needed when
the time zone, the week's start, the windows, the cohorts or the release's own definitions are others than those of the figures in
use. These stay in use, and answer, until the new ones are complete and verified. A rebuild that runs already is followed. Ends with
0 when the new figures are in use, with 2 when they were given up, with 1 when it did not end in time: it continues.

  --check                only say which settings need a rebuild: ends with 0 when none does, else with 2
  --abandon              give up the rebuild that runs; the figures in use stay
  --json                 the rebuild as JSON
  --timeout <seconds>    how long to follow it, 1 to 86400 (default 86400)
  --metrics-url <url>    default ${defaultAddress('metrics')}, by THROUGHLINE_HOST and THROUGHLINE_METRICS_PORT
  --key <key>            an admin key; better in THROUGHLINE_ADMIN_KEY, for arguments are seen by others.
                         Default: keys.json in THROUGHLINE_HOME

Examples:
  throughline rebuild --check
  throughline rebuild
`;

const requestTimeoutMs = 30_000;
const pollMs = 1_000;

const listSchema = z.looseObject({ needed: z.array(z.string()), items: z.array(rebuildSchema) });

interface Asked {
  url: string;
  key: string | undefined;
}

export async function rebuildCommand(argv: readonly string[], config: CliConfig): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      check: { type: 'boolean', default: false },
      abandon: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      timeout: { type: 'string', default: '86400' },
      'metrics-url': { type: 'string' },
      key: { type: 'string' },
    },
  });
  const seconds = Number(values.timeout);
  if (!(seconds >= 1 && seconds <= 86_400))
    throw new UsageError('--timeout: seconds from 1 to 86400 are expected');
  if (values.check && values.abandon) throw new UsageError('--check and --abandon: one of them');
  const asked = {
    url: parseUrl(values['metrics-url'] ?? config.urls.metrics, '--metrics-url'),
    key: checkKey(values.key, '--key') ?? config.keys.admin,
  };
  if (values.check) return await check(asked, values.json);
  const display = showSteps(process.stderr, config.canRedraw);
  const rebuild = values.abandon
    ? await abandon(asked)
    : await follow(asked, Date.now() + seconds * 1_000, display).finally(() => display.stop());
  if (rebuild === null) {
    console.log('no rebuild runs');
    return 0;
  }
  console.log(values.json ? JSON.stringify(rebuild, null, 2) : rebuildReport(rebuild));
  if (values.abandon) return rebuild.state === 'abandoned' ? 0 : 1;
  return rebuild.state === 'done' ? 0 : rebuild.state === 'abandoned' ? 2 : 1;
}

async function check({ url, key }: Asked, json: boolean): Promise<number> {
  const { needed } = await listRebuilds({ url, key });
  if (json) console.log(JSON.stringify({ needed }, null, 2));
  else if (needed.length === 0)
    console.log('the figures are made with the settings of metrics: no rebuild is needed');
  else console.log(['settings that need a rebuild:', ...needed.map((one) => `  ${one}`)].join('\n'));
  return needed.length === 0 ? 0 : 2;
}

/** @returns null when none runs */
async function abandon({ url, key }: Asked): Promise<Rebuild | null> {
  const { items } = await listRebuilds({ url, key });
  const running = items.find(({ state }) => state === 'running');
  if (running === undefined) return null;
  return await readAnswer(
    { key, timeoutMs: requestTimeoutMs, method: 'DELETE', url: addressOf(url, running.id) },
    rebuildSchema,
  );
}

/** @returns the rebuild as it ended, or as it was at the deadline */
async function follow({ url, key }: Asked, deadline: number, display: StepDisplay): Promise<Rebuild> {
  const common = { key, timeoutMs: requestTimeoutMs };
  const { id } = await readAnswer(
    { ...common, method: 'POST', url: addressOf(url) },
    z.object({ id: z.string() }),
  );
  for (;;) {
    const found = await readAnswer({ ...common, url: addressOf(url, id) }, rebuildSchema);
    if (found.state !== 'running' || Date.now() >= deadline) return found;
    display.show(rebuildStep(found));
    await pause(pollMs);
  }
}

async function listRebuilds({ url, key }: Asked): Promise<z.infer<typeof listSchema>> {
  return await readAnswer({ key, timeoutMs: requestTimeoutMs, url: addressOf(url) }, listSchema);
}

function addressOf(url: string, id?: string): string {
  const rebuilds = new URL('/v1/metrics/rebuilds', url).href;
  return id === undefined ? rebuilds : `${rebuilds}/${encodeURIComponent(id)}`;
}
