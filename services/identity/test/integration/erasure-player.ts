/** Plays touchpoints, decisions and erasures on identity, and keeps the world that they come to for the reference model. */
import {
  type AcceptedTouchpoint,
  compareIdentifierTypes,
  type Identifier,
  isBlockedIdentifier,
} from '@throughline/contracts';
import {
  defaultWorldLimits,
  type World,
  type WorldDecision,
  type WorldErasure,
  type WorldTouchpoint,
  type WorldWithdrawal,
} from '@throughline/testkit';
import { beginErasure } from '../../src/consume/begin-erasure.ts';
import { makeDecision, withdrawDecision } from '../../src/consume/decide.ts';
import { makePolicy, makeWithdrawal } from '../../src/consume/rules/make-ruleset.ts';
import type { Policy } from '../../src/core/policy.ts';
import { findProfileIds } from '../../src/db/find-profile-roots.ts';
import { inSnapshot } from '../../src/db/read-graph.ts';
import { poll } from './http-harness.ts';
import type { IdentityHarness } from './identity-harness.ts';

const by = { key: 'test', author: null };

export class ErasurePlayer {
  readonly world: World;
  private readonly service: IdentityHarness;
  private readonly identifiers = new Map<string, Identifier>();
  private readonly decisionIds = new Map<string, string>();

  constructor(service: IdentityHarness) {
    this.service = service;
    this.world = {
      touchpoints: [],
      decisions: [],
      erasures: [],
      limits: defaultWorldLimits,
      identifierId: (type, value) => service.ids.identifierId(type, value),
      isBlocked: isBlockedIdentifier,
    };
  }

  async send(touchpoint: WorldTouchpoint, copies = 1): Promise<void> {
    for (const identifier of touchpoint.identifiers) this.identifiers.set(this.idOf(identifier), identifier);
    this.world.touchpoints.push(touchpoint);
    await this.service.send(Array.from({ length: copies }, () => acceptedOf(touchpoint)));
  }

  /** Identifiers that do not exist yet are left out; without enough of them it is not made. */
  async decide(decision: WorldDecision): Promise<void> {
    const sides = await Promise.all(decision.sides.map((side) => this.existing(side)));
    if (decision.kind === 'merge' ? (sides[0]?.length ?? 0) < 2 : sides.some((side) => side.length === 0))
      return;
    const made = await makeDecision(this.service.identity.context, {
      kind: decision.kind,
      sides: sides.map((side) => side.map((one) => this.idOf(one))),
      note: '',
      by,
    });
    this.decisionIds.set(decision.id, made.id);
    this.world.decisions.push({ id: made.id, kind: decision.kind, madeAt: made.madeAt, sides });
  }

  async withdraw(decisionId: string): Promise<void> {
    const id = this.decisionIds.get(decisionId);
    if (id === undefined) return;
    await withdrawDecision(this.service.identity.context, id, by);
    this.world.decisions = this.world.decisions.filter((one) => one.id !== id);
  }

  /** Begins to erase the profile of the first of the candidates that exists. */
  async erase(candidates: readonly Identifier[], { includesPublic = true } = {}): Promise<void> {
    const [first] = await this.existing(candidates);
    const profile = first && (await this.profileOf(first));
    if (profile === undefined) return;
    const requested = { profile, suppresses: false, includesPublic, by };
    const id = await beginErasure(this.service.identity.context, requested);
    this.world.erasures.push(await this.writtenErasure(id));
  }

  /** Resolves when the withdrawal is in force. */
  async withdrawEvidence(selected: Omit<WorldWithdrawal, 'id'>): Promise<void> {
    const { link, ...rest } = selected;
    const ends = link === null ? null : ([this.idOf(link[0]), this.idOf(link[1])] as const);
    const making = { note: '', by, activate: true };
    const id = await makeWithdrawal(this.service.identity.context, { ...rest, link: ends }, making);
    this.world.withdrawals = [...(this.world.withdrawals ?? []), { ...selected, id }];
    await this.untilRulesAreInForce();
  }

  async changePolicy(policy: Policy): Promise<void> {
    await makePolicy(this.service.identity.context, policy, { note: '', by, activate: true });
    await this.untilRulesAreInForce();
  }

  private async untilRulesAreInForce(): Promise<void> {
    await poll(async () => {
      const { rowCount } = await this.service.pool.query(
        `select from identity.ruleset where state in ('evaluating', 'evaluated', 'publishing')`,
      );
      return rowCount === 0;
    });
  }

  /** Resolves when no erasure is running and nothing is pending. */
  async settle(): Promise<void> {
    await this.service.settle();
    this.service.identity.wakeErasures();
    await poll(async () => {
      const { rowCount } = await this.service.pool.query(
        "select from identity.erasure where step <> 'done' limit 1",
      );
      return rowCount === 0;
    });
    await this.service.settle();
  }

  private async writtenErasure(id: string): Promise<WorldErasure> {
    const { rows } = await this.service.pool.query<{
      at: Date;
      extent: string[];
      shared: Record<string, 'public' | 'server'>;
    }>(
      `select at,
         (select array_agg(identifier::text) from identity.erasure_identifier where erasure = e.id and in_extent) as extent,
         (select coalesce(jsonb_object_agg(identifier, trust), '{}') from identity.erasure_shared where erasure = e.id) as shared
       from identity.erasure e where id = $1`,
      [id],
    );
    const [{ at, extent, shared } = { at: new Date(0), extent: [], shared: {} }] = rows;
    const named = (key: string): Identifier => this.identifiers.get(key) ?? { type: 'user_id', value: key };
    return {
      at: at.toISOString(),
      identifiers: extent.map(named),
      shared: Object.entries(shared).map(([key, trust]) => ({ identifier: named(key), trust })),
    };
  }

  private async existing(side: readonly Identifier[]): Promise<Identifier[]> {
    const found = await Promise.all(side.map(async (one) => ((await this.profileOf(one)) ? [one] : [])));
    return found.flat();
  }

  private async profileOf(identifier: Identifier): Promise<string | undefined> {
    const id = this.idOf(identifier);
    return await inSnapshot(this.service.pool, async (client) =>
      (await findProfileIds(client, [id])).get(id),
    );
  }

  private idOf({ type, value }: Identifier): string {
    return this.service.ids.identifierId(type, value);
  }
}

function acceptedOf(touchpoint: WorldTouchpoint): AcceptedTouchpoint {
  const { trust, verified, ...rest } = touchpoint;
  const identifiers = touchpoint.identifiers.toSorted((left, right) =>
    compareIdentifierTypes(left.type, right.type),
  );
  return {
    touchpoint: { ...rest, identifiers },
    trust,
    ...(verified ? { verifiedIdentifiers: verified } : {}),
    bodyHash: 'the same for every copy',
    requestId: 'test',
  };
}
