/**
 * Erasures and versions of the rules are worked off page by page. Each page is interrupted before each of its statements, and after its
 * commit, as by a process that is killed there; what it comes to is what it comes to undisturbed.
 */
import { type Operation, randomHistory, seededRandom, shuffledOperations } from '@throughline/testkit';
import type { Pool, PoolClient } from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { makePolicy } from '../../src/consume/rules/make-ruleset.ts';
import { workOnRules } from '../../src/consume/rules/rules-loop.ts';
import { workOffErasure } from '../../src/consume/work-off-erasures.ts';
import { workOffRecheck } from '../../src/consume/work-off-rechecks.ts';
import type { IdentityContext } from '../../src/consume/identity-context.ts';
import { policySchema } from '../../src/core/policy.ts';
import { ErasurePlayer } from './erasure-player.ts';
import { type IdentityHarness, startHarness } from './identity-harness.ts';
import { readStream } from './read-stream.ts';

class Interruption extends Error {}

/**
 * A pool whose transactions are interrupted, at a later statement each time until one commits, and after every other commit. Each kind
 * of transaction by itself: they are recognized by the first statement after their begin.
 */
class InterruptedPool {
  interruptions = 0;
  private readonly failAt = new Map<string, number>();
  private readonly commits = new Map<string, number>();
  readonly pool: Pool;

  constructor(pool: Pool) {
    this.pool = new Proxy(pool, {
      get: (target, property) => {
        if (property === 'connect') return async () => this.interrupted(await target.connect());
        const value: unknown = Reflect.get(target, property, target);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
  }

  private interrupted(client: PoolClient): PoolClient {
    let statements = 0;
    let kind = '';
    const query = async (...given: unknown[]): Promise<unknown> => {
      const run = client.query.bind(client) as (...values: unknown[]) => Promise<unknown>;
      if (given[0] === 'rollback') return await run(...given);
      statements += 1;
      if (statements === 2) kind = JSON.stringify(given[0]);
      const failAt = this.failAt.get(kind) ?? 2;
      if (statements === failAt) {
        // Of long pages not every statement.
        this.failAt.set(kind, failAt + 1 + Math.floor(failAt / 8));
        throw this.interruption();
      }
      const result = await run(...given);
      if (given[0] !== 'commit') return result;
      const commits = (this.commits.get(kind) ?? 0) + 1;
      this.failAt.set(kind, 2);
      this.commits.set(kind, commits);
      if (commits % 2 === 1) throw this.interruption();
      return result;
    };
    return new Proxy(client, {
      get: (target, property) => {
        if (property === 'query') return query;
        const value: unknown = Reflect.get(target, property, target);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
  }

  private interruption(): Interruption {
    this.interruptions += 1;
    return new Interruption('interrupted');
  }
}

type Work = (context: IdentityContext) => Promise<boolean>;

const workOnErasures: Work = async (context) =>
  (await workOffErasure(context, () => Promise.resolve({ rejections: [], deadLetters: 0, next: null }))) ||
  (await workOffRecheck(context));

async function workThrough({ pool, identity }: IdentityHarness, work: Work): Promise<void> {
  while (await work(identity.context));
  expect(await pendingWork(pool)).toBe(0);
}

/** Returns how many interruptions there were. */
async function workThroughInterrupted({ pool, identity }: IdentityHarness, work: Work): Promise<number> {
  const interrupted = new InterruptedPool(identity.context.pool);
  for (let hasWork = true; hasWork;) {
    try {
      hasWork = await work({ ...identity.context, pool: interrupted.pool });
    } catch (error) {
      if (!(error instanceof Interruption)) throw error;
      // Instead of waiting.
      await pool.query(`update identity.erasure set retry_at = '-infinity'`);
      await pool.query(`update identity.recheck set retry_at = '-infinity'`);
    }
  }
  expect(await pendingWork(pool)).toBe(0);
  return interrupted.interruptions;
}

async function pendingWork(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `select (select count(*) from identity.erasure where step <> 'done')::integer
       + (select count(*) from identity.ruleset where state in ('evaluating', 'evaluated', 'publishing'))::integer as count`,
  );
  return rows[0]?.count ?? 0;
}

/** Touchpoints and decisions, after which nothing works but what the test asks for. */
async function startWithHistory(): Promise<{ service: IdentityHarness; player: ErasurePlayer }> {
  const service = await startHarness({ partitions: 3, members: 1 });
  onTestFinished(() => service.close());
  const player = new ErasurePlayer(service);
  const { operations } = randomHistory(7, { operations: 60 });
  const isPlayed = ({ kind }: Operation): boolean => kind === 'touchpoint' || kind === 'decision';
  for (const operation of shuffledOperations(operations.filter(isPlayed), seededRandom(7))) {
    if (operation.kind === 'touchpoint') await player.send(operation.touchpoint);
    if (operation.kind !== 'decision') continue;
    await service.settle();
    await player.decide(operation.decision);
  }
  await service.settle();
  await service.identity.stop();
  return { service, player };
}

/** All that does not depend on the clock, or on how touchpoints were cut into batches. */
async function resultOf(service: IdentityHarness, cause: string): Promise<unknown> {
  const contents: Record<string, unknown> = {};
  for (const [table, left] of Object.entries({
    identifier: '{version}',
    link: '{}',
    inferred_link: '{}',
    touchpoint: '{assignment_version,block,place}',
    trait: '{}',
    withdrawn_pair: '{}',
    erasure_mention: '{erased_at}',
    recheck: '{id,turn}',
  })) {
    const { rows } = await service.pool.query<{ row: string }>(
      `select (to_jsonb(t) - $1::text[])::text as row from identity.${table} t order by 1`,
      [left],
    );
    contents[table] = rows.map(({ row }) => row);
  }
  const changes = await service.pool.query(
    `select identifier, former, holder, change from identity.membership_change where cause = $1 order by 1, 2, 3, 4`,
    [cause],
  );
  const erasures = await service.pool.query(
    `select removed - 'historyEntries' as removed from identity.erasure`,
  );
  // Of what was attached once, and is not any more, a row without counts may be left.
  const summaries = await service.pool.query(
    `select root, carriers, transactions, identifying, touchpoint_count from identity.attached_summary
     where carriers + transactions + identifying + touchpoint_count > 0 order by root`,
  );
  const { rows: tables } = await service.pool.query(
    `select relname from pg_class where relnamespace = 'identity'::regnamespace and relkind = 'r' order by 1`,
  );
  const published = await readStream(service);
  return {
    contents,
    changes: changes.rows,
    erasures: erasures.rows,
    summaries: summaries.rows,
    tables,
    memberships: [...published.memberships.values()]
      .map(({ version: _version, ...membership }) => JSON.stringify(membership))
      .toSorted(),
    assignments: [...published.assignments].map(([key, { identifier }]) => `${key} ${identifier}`).toSorted(),
    erased: [...published.erased].toSorted(),
  };
}

test('an erasure that is interrupted anywhere ends as an undisturbed one', async () => {
  const [undisturbed, disturbed] = await Promise.all([startWithHistory(), startWithHistory()]);
  for (const { player } of [undisturbed, disturbed]) {
    const [first] = player.world.touchpoints;
    await player.erase(first?.identifiers ?? []);
    expect(player.world.erasures.length).toBe(1);
  }
  await workThrough(undisturbed.service, workOnErasures);
  expect(await workThroughInterrupted(disturbed.service, workOnErasures)).toBeGreaterThan(50);
  expect(await resultOf(disturbed.service, 'erasure')).toEqual(
    await resultOf(undisturbed.service, 'erasure'),
  );
});

test('a version of the rules that is interrupted anywhere is put in force as an undisturbed one', async () => {
  const [undisturbed, disturbed] = await Promise.all([startWithHistory(), startWithHistory()]);
  const policy = policySchema.parse({ sharedDegree: 1, attachedDegree: 2, limits: { email: 1 } });
  const making = { note: '', by: { key: 'test', author: null }, activate: true };
  for (const { service } of [undisturbed, disturbed])
    await makePolicy(service.identity.context, policy, making);
  await workThrough(undisturbed.service, workOnRules);
  expect(await workThroughInterrupted(disturbed.service, workOnRules)).toBeGreaterThan(50);
  expect(await resultOf(disturbed.service, 'policy')).toEqual(await resultOf(undisturbed.service, 'policy'));
});
