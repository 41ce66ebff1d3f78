/** The settings of a service's HTTP server beside its address: whom it believes about addresses, and how much is too much. */
import { BlockList, isIP } from 'node:net';
import { z } from 'zod';
import type { RequestsPerMinute } from './http/rate-limits.ts';
import { parseVariable, type Environment } from './listen-config.ts';
import { parseEach } from './parse-each.ts';

export interface HttpConfig {
  /** Proxies whose `X-Forwarded-For` is believed; empty for none. */
  trustedProxies: readonly string[];
  requestsPerMinute: RequestsPerMinute;
}

export const defaultHttpConfig: HttpConfig = {
  trustedProxies: [],
  requestsPerMinute: { address: 30_000, key: 600_000 },
};

/** Names of ranges that fastify knows. */
const rangeNames = new Set(['loopback', 'linklocal', 'uniquelocal']);

const proxiesSchema = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  )
  .refine(
    (proxies) => proxies.every((proxy) => rangeNames.has(proxy) || isAddressOrRange(proxy)),
    'must be addresses or ranges of proxies, separated by commas, such as 10.0.0.5,192.168.0.0/16, or loopback',
  );

const requestsSchema = (byDefault: number) =>
  z.coerce
    .number({ error: 'must be a number of requests a minute; 0 is no limit' })
    .int()
    .min(0)
    .max(1_000_000_000)
    .default(byDefault);

/** @throws ConfigError naming the variable */
export function parseHttpConfig(environment: Environment): HttpConfig {
  const { address, key } = defaultHttpConfig.requestsPerMinute;
  const requests = (name: string, byDefault: number) => () =>
    parseVariable(environment, name, requestsSchema(byDefault));
  return parseEach({
    trustedProxies: () => parseVariable(environment, 'THROUGHLINE_TRUSTED_PROXIES', proxiesSchema),
    requestsPerMinute: () =>
      parseEach({
        address: requests('THROUGHLINE_ADDRESS_REQUESTS_PER_MINUTE', address),
        key: requests('THROUGHLINE_KEY_REQUESTS_PER_MINUTE', key),
      }),
  });
}

function isAddressOrRange(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  if (prefix === undefined) return true;
  if (!/^\d{1,3}$/.test(prefix)) return false;
  try {
    new BlockList().addSubnet(address, Number(prefix), version === 4 ? 'ipv4' : 'ipv6');
    return true;
  } catch {
    return false;
  }
}
