/**
 * What the console may ask of the services: every request of its pages, and no other. The key decides what it may do; this
 * list keeps what a service adds later, and what no page uses, out of a browser's reach.
 */
import type { ServiceName } from '@throughline/contracts';

type Method = 'GET' | 'POST' | 'DELETE';

interface Allowed {
  methods: readonly Method[];
  /** `*` stands for one segment, `**` for the rest. */
  paths: readonly string[];
}

const allowed: Readonly<Record<ServiceName, readonly Allowed[]>> = {
  ingest: [
    {
      methods: ['GET'],
      paths: [
        '/readyz',
        '/metrics',
        '/v1/rejected',
        '/v1/rejected/*',
        '/v1/pos/gaps',
        '/v1/sources',
        '/v1/keys',
        '/v1/dead-letters',
      ],
    },
    { methods: ['POST'], paths: ['/v1/rejected/*/replay', '/v1/dead-letters/*/replay'] },
  ],
  identity: [
    {
      methods: ['GET'],
      paths: [
        '/readyz',
        '/metrics',
        '/v1/freshness',
        '/v1/profiles',
        '/v1/profiles/*',
        '/v1/profiles/*/*',
        '/v1/touchpoints/*',
        '/v1/identity/decisions',
        '/v1/dead-letters',
      ],
    },
    { methods: ['POST'], paths: ['/v1/identity/decisions', '/v1/dead-letters/*/replay'] },
    { methods: ['DELETE'], paths: ['/v1/identity/decisions/*'] },
  ],
  metrics: [
    { methods: ['GET'], paths: ['/readyz', '/metrics', '/v1/metrics/**', '/v1/dead-letters'] },
    { methods: ['POST'], paths: ['/v1/dead-letters/*/replay'] },
  ],
};

const rules = Object.entries(allowed).flatMap(([service, groups]) =>
  groups.flatMap(({ methods, paths }) =>
    paths.map((path) => ({ service, methods, matches: expressionOf(path) })),
  ),
);

/** @param path as a URL has it after normalization: without `..`, still percent-encoded */
export function isAllowedRequest(service: ServiceName, method: string, path: string): boolean {
  return rules.some(
    (rule) =>
      rule.service === service && rule.methods.some((one) => one === method) && rule.matches.test(path),
  );
}

function expressionOf(path: string): RegExp {
  const source = path.replaceAll(/\*\*?/g, (stars) => (stars === '*' ? '[^/]+' : '.+'));
  return new RegExp(`^${source}$`);
}
