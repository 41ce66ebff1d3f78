/** `throughline status`: its options, and its exit code. */
import { parseArgs } from 'node:util';
import { serviceNames, type ServiceName } from '@throughline/contracts';
import { defaultAddress } from '../default-address.ts';
import { checkKey, UsageError, type CliConfig } from '../config.ts';
import { statusScreen } from '../core/status.ts';
import { parseUrl } from '../parse-url.ts';
import { collectStatus } from './collect-status.ts';

export const statusHelp = `Usage: throughline status [options]

Services, lag, freshness and rejects on one screen. Ends with 0 when all three services are ready, else with 1.

  --json                 the same as JSON
  --timeout <seconds>    how long to wait for an answer, 1 to 60 (default 5)
  --ingest-url, --identity-url, --metrics-url <url>
                         default ${defaultAddress('ingest', 'identity', 'metrics')}, by THROUGHLINE_HOST and THROUGHLINE_*_PORT
  --key <key>            a read key; better in THROUGHLINE_READ_KEY, for arguments are seen by others.
                         Default: keys.json in THROUGHLINE_HOME

Examples:
  throughline status
  throughline status --json --timeout 2
`;

export async function statusCommand(argv: readonly string[], config: CliConfig): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      json: { type: 'boolean', default: false },
      timeout: { type: 'string', default: '5' },
      'ingest-url': { type: 'string' },
      'identity-url': { type: 'string' },
      'metrics-url': { type: 'string' },
      key: { type: 'string' },
    },
  });
  const seconds = Number(values.timeout);
  if (!(seconds >= 1 && seconds <= 60)) throw new UsageError('--timeout: seconds from 1 to 60 are expected');
  const urls = Object.fromEntries(
    serviceNames.map((name) => [name, parseUrl(values[`${name}-url`] ?? config.urls[name], `--${name}-url`)]),
  ) as Record<ServiceName, string>;
  const status = await collectStatus({
    urls,
    readKey: checkKey(values.key, '--key') ?? config.keys.read,
    timeoutMs: seconds * 1_000,
  });
  console.log(values.json ? JSON.stringify(status, null, 2) : statusScreen(status));
  if (!status.ready) console.error('throughline doctor says what is wrong, and what mends it.');
  return status.ready ? 0 : 1;
}
