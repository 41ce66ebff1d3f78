/** Where ingest is and the admin key, for commands that change what may send. */
import { defaultAddress } from '../default-address.ts';
import { checkKey, UsageError, type CliConfig } from '../config.ts';
import type { ServiceRequest } from '../ask-service.ts';
import { parseUrl } from '../parse-url.ts';

export const accessOptions = {
  json: { type: 'boolean', default: false },
  'ingest-url': { type: 'string' },
  key: { type: 'string' },
} as const;

export const accessHelp = `  --json                 as JSON
  --ingest-url <url>     default ${defaultAddress('ingest')}, by THROUGHLINE_HOST and THROUGHLINE_INGEST_PORT
  --key <key>            an admin key; better in THROUGHLINE_ADMIN_KEY, for arguments are seen by others.
                         Default: keys.json in THROUGHLINE_HOME
`;

export type AskIngest = (path: string, request?: Pick<ServiceRequest, 'method' | 'body'>) => ServiceRequest;

const timeoutMs = 30_000;

/** @throws UsageError when there is no admin key */
export function accessOf(
  values: { 'ingest-url'?: string | undefined; key?: string | undefined },
  config: CliConfig,
): AskIngest {
  const key = checkKey(values.key, '--key') ?? config.keys.admin;
  if (key === undefined) {
    throw new UsageError(`an admin key is needed: THROUGHLINE_ADMIN_KEY, --key, or ${config.keysFile}`);
  }
  const url = parseUrl(values['ingest-url'] ?? config.urls.ingest, '--ingest-url');
  return (path, request = {}) => ({ ...request, url: `${url}${path}`, key, timeoutMs });
}
