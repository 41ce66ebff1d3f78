/** Versions of the rules: made, read, and where the job is with the one that is in work. */
import type { Pool, PoolClient } from 'pg';
import type { EvidenceWithdrawal } from '../../core/evidence-withdrawal.ts';
import type { Policy } from '../../core/policy.ts';
import type { Ruleset } from '../../core/rules.ts';
import { isoTimestamps } from '../iso-timestamps.ts';

export type RulesetState = 'evaluating' | 'evaluated' | 'publishing' | 'in_force' | 'replaced' | 'discarded';
export type RulesetKind = 'first' | 'policy' | 'withdrawal';

/** In this order. */
export type Phase =
  | 'prepare'
  | 'touchpoints'
  | 'erased'
  | 'counts'
  | 'decisions'
  | 'backlog'
  | 'compare'
  | 'ready'
  | 'memberships'
  | 'moves';

export interface RulesReport {
  /** That are in another profile. */
  identifiers: number;
  /** That belong to them. */
  touchpoints: number;
  profilesJoined: number;
  profilesParted: number;
  examples: { kind: 'joined' | 'parted'; profile: string; others: string[] }[];
}

export interface StoredRuleset {
  version: number;
  kind: RulesetKind;
  policy: Policy;
  withdrawals: string[];
  state: RulesetState;
  activate: boolean;
  replaces: number | null;
  note: string;
  madeWith: string;
  author: string | null;
  madeAt: string;
  evaluatedAt: string | null;
  inForceAt: string | null;
  endedAt: string | null;
  phase: Phase;
  cursor: string | null;
  done: number;
  total: number;
  report: RulesReport | null;
}

const columns = `version, kind, policy, withdrawals, state, activate, replaces, note, made_with as "madeWith", author,
  made_at as "madeAt", evaluated_at as "evaluatedAt", in_force_at as "inForceAt", ended_at as "endedAt", phase,
  cursor_id as cursor, done::float8 as done, total::float8 as total, report`;

/** The version that a database begins with. */
export async function insertFirstRuleset(pool: Pool, policy: Policy): Promise<void> {
  await pool.query(
    `insert into identity.ruleset (version, kind, policy, withdrawals, state, activate, note, made_with, in_force_at, phase)
     values (1, 'first', $1, '{}', 'in_force', true, '', '', now(), 'ready') on conflict do nothing`,
    [JSON.stringify(policy)],
  );
}

export interface NewRuleset {
  kind: RulesetKind;
  policy: Policy;
  withdrawals: readonly string[];
  activate: boolean;
  note: string;
  by: { key: string; author: string | null };
}

/** Null where another one is in work. */
export async function insertRuleset(client: PoolClient, made: NewRuleset): Promise<number | null> {
  const { rows } = await client.query<{ version: number }>(
    `insert into identity.ruleset (version, kind, policy, withdrawals, state, activate, note, made_with, author, phase)
     select max(version) + 1, $1, $2, $3::uuid[], 'evaluating', $4, $5, $6, $7, 'prepare' from identity.ruleset
     on conflict do nothing returning version`,
    [
      made.kind,
      JSON.stringify(made.policy),
      made.withdrawals,
      made.activate,
      made.note,
      made.by.key,
      made.by.author,
    ],
  );
  return rows[0]?.version ?? null;
}

export async function findRuleset(
  client: Pick<PoolClient, 'query'>,
  version: number,
): Promise<StoredRuleset | null> {
  const { rows } = await client.query<StoredRuleset>({
    text: `select ${columns} from identity.ruleset where version = $1`,
    values: [version],
    types: isoTimestamps,
  });
  return rows[0] ?? null;
}

/** In force now. */
export async function findRulesetInForce(client: Pick<PoolClient, 'query'>): Promise<StoredRuleset> {
  const { rows } = await client.query<StoredRuleset>({
    text: `select ${columns} from identity.ruleset where state in ('publishing', 'in_force')`,
    types: isoTimestamps,
  });
  const [row] = rows;
  if (row === undefined) throw new Error('no rules are in force');
  return row;
}

/** Newest first, before `before`. */
export async function findRulesets(
  pool: Pool,
  { before, limit }: { before: number; limit: number },
): Promise<StoredRuleset[]> {
  const { rows } = await pool.query<StoredRuleset>({
    text: `select ${columns} from identity.ruleset where version < $1 order by version desc limit $2`,
    values: [before, limit],
    types: isoTimestamps,
  });
  return rows;
}

/** The one in work, locked; null where there is none, or where another process works on it. */
export async function takeRulesetInWork(client: PoolClient): Promise<StoredRuleset | null> {
  const { rows } = await client.query<StoredRuleset>({
    text: `select ${columns} from identity.ruleset where state in ('evaluating', 'evaluated', 'publishing')
           for update skip locked`,
    types: isoTimestamps,
  });
  return rows[0] ?? null;
}

/** The same, waiting for the page that is being worked on. */
export async function lockRuleset(client: PoolClient, version: number): Promise<StoredRuleset | null> {
  const { rows } = await client.query<StoredRuleset>({
    text: `select ${columns} from identity.ruleset where version = $1 for update`,
    values: [version],
    types: isoTimestamps,
  });
  return rows[0] ?? null;
}

export interface Progress {
  phase: Phase;
  cursor: string | null;
  /** To be added. */
  done?: number;
}

export async function saveProgress(
  client: PoolClient,
  version: number,
  { phase, cursor, done = 0 }: Progress,
): Promise<void> {
  await client.query(
    'update identity.ruleset set phase = $2, cursor_id = $3, done = done + $4 where version = $1',
    [version, phase, cursor, done],
  );
}

/** The work begins, or begins again. */
export async function markBegun(client: PoolClient, version: number): Promise<void> {
  await client.query(
    `update identity.ruleset set total = (select count(*) from identity.touchpoint), done = 0, state = 'evaluating',
       evaluated_at = null, report = null
     where version = $1`,
    [version],
  );
}

export async function saveReport(client: PoolClient, version: number, report: RulesReport): Promise<void> {
  await client.query(
    `update identity.ruleset set report = $2, state = 'evaluated', evaluated_at = now(), phase = 'ready', cursor_id = null
     where version = $1`,
    [version, JSON.stringify(report)],
  );
}

/** From now on everything is resolved by it. */
export async function markInForce(client: PoolClient, version: number): Promise<void> {
  const { rows } = await client.query<{ version: number }>(
    `update identity.ruleset set state = 'replaced', ended_at = now() where state = 'in_force' returning version`,
  );
  await client.query(
    `update identity.ruleset set state = 'publishing', in_force_at = now(), phase = 'memberships', cursor_id = null,
       replaces = $2 where version = $1`,
    [version, rows[0]?.version ?? null],
  );
}

export async function markState(
  client: PoolClient,
  version: number,
  state: 'in_force' | 'discarded',
): Promise<void> {
  await client.query(
    `update identity.ruleset set state = $2, ended_at = case when $2 = 'discarded' then now() end where version = $1`,
    [version, state],
  );
}

export async function markActivate(client: PoolClient, version: number): Promise<void> {
  await client.query('update identity.ruleset set activate = true where version = $1', [version]);
}

/** Those that were in force when an erasure was requested. */
export async function findErasingVersions(client: Pick<PoolClient, 'query'>): Promise<number[]> {
  const { rows } = await client.query<{ ruleset: number }>(
    'select distinct ruleset from identity.erasure order by ruleset',
  );
  return rows.map(({ ruleset }) => ruleset);
}

/** What a version is made of. */
export async function loadRules(client: Pick<PoolClient, 'query'>, version: number): Promise<Ruleset> {
  const ruleset = await findRuleset(client, version);
  if (ruleset === null) throw new Error(`there is no version ${version} of the rules`);
  const { rows } = await client.query<EvidenceWithdrawal>({
    text: `select id, source, by, from_at as "from", to_at as "to", touchpoint, link
           from identity.withdrawal where id = any($1::uuid[]) order by id`,
    values: [ruleset.withdrawals],
    types: isoTimestamps,
  });
  return { version, policy: ruleset.policy, withdrawals: rows };
}
