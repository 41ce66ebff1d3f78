/** Where identity is and the admin key, for commands about all that is held of a person, and about the rules of identity. */
import type { ServiceRequest } from './ask-service.ts';
import { checkKey, UsageError, type CliConfig } from './config.ts';
import { defaultAddress } from './default-address.ts';
import { parseUrl } from './parse-url.ts';

export const identityOptions = {
  'identity-url': { type: 'string' },
  key: { type: 'string' },
} as const;

export const identityHelp = `  --identity-url <url>   default ${defaultAddress('identity')}, by THROUGHLINE_HOST and THROUGHLINE_IDENTITY_PORT
  --key <key>            an admin key; better in THROUGHLINE_ADMIN_KEY, for arguments are seen by others.
                         Default: keys.json in THROUGHLINE_HOME
`;

export interface IdentityOptions {
  'identity-url'?: string | undefined;
  key?: string | undefined;
}

/** Without a slash at the end of the address. @throws UsageError when there is no admin key */
export function identityAccess(
  values: IdentityOptions,
  config: CliConfig,
): { identityUrl: string; key: string } {
  const key = checkKey(values.key, '--key') ?? config.keys.admin;
  if (key === undefined) {
    throw new UsageError(`an admin key is needed: THROUGHLINE_ADMIN_KEY, --key, or ${config.keysFile}`);
  }
  return { identityUrl: parseUrl(values['identity-url'] ?? config.urls.identity, '--identity-url'), key };
}

export type AskIdentity = (path: string, method?: ServiceRequest['method'], body?: unknown) => ServiceRequest;

const timeoutMs = 30_000;

/** @throws UsageError when there is no admin key */
export function askingIdentity(values: IdentityOptions, config: CliConfig): AskIdentity {
  const { identityUrl, key } = identityAccess(values, config);
  return (path, method = 'GET', body) => ({
    method,
    url: `${identityUrl}${path}`,
    key,
    timeoutMs,
    ...(body === undefined ? {} : { body }),
  });
}
