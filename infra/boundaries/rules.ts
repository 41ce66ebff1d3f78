/**
 * Which file may import which. Written over paths relative to a root, so that the same rules hold the repository and the
 * deliberately bad fixture.
 */
import type { IForbiddenRuleType } from 'dependency-cruiser';

/** What only `src/db` may touch: a query elsewhere would escape the one-query-a-file rule and its tests. */
const databasePackages = '(^|node_modules/)(pg|drizzle-orm)(/|$)';

export const rules: IForbiddenRuleType[] = [
  {
    name: 'services-import-no-services',
    comment: 'Services know each other by records and public HTTP APIs only (ADR 0002).',
    severity: 'error',
    from: { path: '^services/([^/]+)/' },
    to: { path: '^services/', pathNot: '^services/$1/' },
  },
  {
    name: 'packages-import-no-services',
    comment: 'Dependencies point from services to packages, never back.',
    severity: 'error',
    from: { path: '^packages/' },
    to: { path: '^(services|infra)/' },
  },
  {
    name: 'services-import-no-infra',
    comment: 'A service runs without the tools around it.',
    severity: 'error',
    from: { path: '^services/' },
    to: { path: '^infra/' },
  },
  {
    name: 'infra-starts-services-as-processes',
    comment: 'The stack forks services; nothing there runs inside them (ADR 0003).',
    severity: 'error',
    from: { path: '^infra/' },
    to: { path: '^services/' },
  },
  {
    name: 'core-is-pure',
    comment: 'core gets time, ids and data as arguments: no wiring, no edge, no database.',
    severity: 'error',
    from: { path: '^services/[^/]+/src/core/' },
    to: { path: '^services/[^/]+/src/(http|db|consume|main\\.ts|config\\.ts)' },
  },
  {
    name: 'core-imports-no-node',
    comment: 'core has no clock, no randomness, no files.',
    severity: 'error',
    from: { path: '^services/[^/]+/src/core/' },
    to: { dependencyTypes: ['core'] },
  },
  {
    name: 'core-imports-contracts-only',
    comment:
      'Of the workspace and of npm, core may use the contracts, zod and the numbering plans of libphonenumber: pure, all of them.',
    severity: 'error',
    from: { path: '^services/[^/]+/src/core/' },
    to: {
      pathNot: '^services/[^/]+/src/core/|^packages/contracts/|(^|/)node_modules/(zod|libphonenumber-js)/',
      dependencyTypesNot: ['core'],
    },
  },
  {
    name: 'only-db-imports-the-database',
    comment: 'src/db is the only importer of drizzle and pg; types of pg pass.',
    severity: 'error',
    from: { path: '^services/[^/]+/src/', pathNot: '^services/[^/]+/src/db/' },
    to: { path: databasePackages, dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'db-imports-no-callers',
    comment:
      'src/db imports neither the HTTP handlers nor the consumers that call it, nor main.ts and config.ts.',
    severity: 'error',
    from: { path: '^services/[^/]+/src/db/' },
    to: { path: '^services/[^/]+/src/(http|consume|main\\.ts|config\\.ts)' },
  },
  {
    name: 'contracts-import-zod-only',
    comment: 'Everything depends on the contracts; they depend on nothing that runs.',
    severity: 'error',
    from: { path: '^packages/contracts/src/' },
    to: { pathNot: '^packages/contracts/src/|(^|/)node_modules/zod/' },
  },
  {
    name: 'no-cycles',
    comment:
      'Files that need each other, if only for a type, are one file, or two with a third below them. Not those of a generator.',
    severity: 'error',
    from: { pathNot: '^packages/client/src/generated/' },
    to: { circular: true },
  },
  {
    name: 'imports-exist',
    comment: 'Every import resolves, and is declared by the package that uses it.',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
];
