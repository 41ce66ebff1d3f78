/** `throughline verify`: has metrics compute its figures again, follows that, and says what differs. */
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { defaultAddress } from '../default-address.ts';
import { readAnswer } from '../ask-service.ts';
import { checkKey, UsageError, type CliConfig } from '../config.ts';
import {
  verificationReport,
  verificationSchema,
  verificationStep,
  type Verification,
} from '../core/verification-report.ts';
import { parseUrl } from '../parse-url.ts';
import { showSteps, type StepDisplay } from '../show-step.ts';

export const verifyHelp = `Usage: throughline verify [options]

Has metrics compute every figure again from the touchpoints, by other means, and compares. A verification that runs already is
followed, whatever it compares. Ends with 0 when all agree, with 2 when some differ, with 1 when they could not be compared.

  --from <day>           compare only values from this day on, such as 2026-03-01
  --to <day>             ... and up to this one, included
  --sample <share>       compare the histories of this share of the profiles with their touchpoints, such as 0.01; figures,
                         which are sums over all profiles, are compared without it
  --json                 the verification as JSON
  --timeout <seconds>    how long to follow it, 1 to 7200 (default 1800); it continues when the command ends
  --metrics-url <url>    default ${defaultAddress('metrics')}, by THROUGHLINE_HOST and THROUGHLINE_METRICS_PORT
  --key <key>            an admin key; better in THROUGHLINE_ADMIN_KEY, for arguments are seen by others.
                         Default: keys.json in THROUGHLINE_HOME

Examples:
  throughline verify
  throughline verify --from 2026-03-01 --to 2026-03-31
  throughline verify --sample 0.01
  throughline verify --json --timeout 600
`;

const requestTimeoutMs = 30_000;
const pollMs = 500;

export async function verifyCommand(argv: readonly string[], config: CliConfig): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      from: { type: 'string' },
      to: { type: 'string' },
      sample: { type: 'string' },
      json: { type: 'boolean', default: false },
      timeout: { type: 'string', default: '1800' },
      'metrics-url': { type: 'string' },
      key: { type: 'string' },
    },
  });
  const seconds = Number(values.timeout);
  if (!(seconds >= 1 && seconds <= 7_200))
    throw new UsageError('--timeout: seconds from 1 to 7200 are expected');
  const url = parseUrl(values['metrics-url'] ?? config.urls.metrics, '--metrics-url');
  const key = checkKey(values.key, '--key') ?? config.keys.admin;
  const scope = Object.entries({ from: values.from, to: values.to, sample: values.sample }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const display = showSteps(process.stderr, config.canRedraw);
  const asked = { url, key, scope, deadline: Date.now() + seconds * 1_000 };
  const verification = await follow(asked, display).finally(() => display.stop());
  console.log(values.json ? JSON.stringify(verification, null, 2) : verificationReport(verification));
  if (verification.state !== 'done') return 1;
  return verification.differenceCount === 0 ? 0 : 2;
}

interface Asked {
  url: string;
  key: string | undefined;
  scope: [string, string][];
  deadline: number;
}

/** @returns the verification as it ended, or as it was at the deadline */
async function follow({ url, key, scope, deadline }: Asked, display: StepDisplay): Promise<Verification> {
  const verifications = new URL('/v1/metrics/verifications', url).href;
  const common = { key, timeoutMs: requestTimeoutMs };
  const { id } = await readAnswer(
    { ...common, method: 'POST', url: `${verifications}?${new URLSearchParams(scope).toString()}` },
    z.object({ id: z.string() }),
  );
  for (;;) {
    const found = await readAnswer(
      { ...common, url: `${verifications}/${encodeURIComponent(id)}` },
      verificationSchema,
    );
    if (found.state !== 'running' || Date.now() >= deadline) return found;
    display.show(verificationStep(found));
    await pause(pollMs);
  }
}
