/** Plays touchpoints, decisions and erasures on identity, and keeps the world that they come to for the reference model. */
import {
  type AcceptedTouchpoint,
  AppError,
  compareIdentifierTypes,
  type Identifier,
  isBlockedIdentifier,
} from '@throughline/contracts';
import {
  defaultWorldLimits,
  type World,
  type WorldDecision,
  type WorldErasure,
  type WorldLimits,
  type WorldNaming,
  type WorldTouchpoint,
  type WorldWithdrawal,
} from '@throughline/testkit';
import { beginErasure } from '../../src/consume/begin-erasure.ts';
import { makeDecision, withdrawDecision } from '../../src/consume/decide.ts';
import { makePolicy, makeWithdrawal, undoWithdrawal } from '../../src/consume/rules/make-ruleset.ts';
import type { Policy } from '../../src/core/policy.ts';
import { findProfileIds } from '../../src/db/find-profile-roots.ts';
import { inSnapshot } from '../../src/db/in-snapshot.ts';
import { poll } from './http-harness.ts';
import type { IdentityHarness } from './identity-harness.ts';

const by = { key: 'test', author: null };

export class ErasurePlayer {
  readonly world: World;
  private readonly service: IdentityHarness;
  private readonly sent = new Map<string, Identifier>();
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
    for (const one of touchpoint.identifiers) this.sent.set(`${one.type}:${one.value}`, one);
    this.world.touchpoints.push(touchpoint);
    await this.service.send(Array.from({ length: copies }, () => acceptedOf(touchpoint)));
  }

  /** All that touchpoints have named. */
  known(): Identifier[] {
    return [...this.sent.values()];
  }

  /** Identifiers that do not exist yet are left out; without enough of them it is not made. */
  async decide(decision: WorldDecision): Promise<void> {
    const sides = await Promise.all(decision.sides.map((side) => this.decidable(side, decision.kind)));
    if (decision.kind === 'merge' ? (sides[0]?.length ?? 0) < 2 : sides.some((side) => side.length === 0))
      return;
    const made = await makeDecision(this.service.identity.context, {
      kind: decision.kind,
      sides: sides.map((side) => side.map((one) => this.idOf(one))),
      note: '',
      by,
    });
    this.decisionIds.set(decision.id, made.id);
    const called = sides.map((side) => side.map((one) => this.called(one)));
    this.world.decisions.push({ id: made.id, kind: decision.kind, madeAt: made.madeAt, sides: called });
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
    const id = await this.beginErasureOf(profile, includesPublic);
    this.world.erasures.push(await this.writtenErasure(id));
  }

  /** What arrives meanwhile may move the identifier to another profile: the answer names it, and a caller asks again. */
  private async beginErasureOf(profile: string, includesPublic: boolean): Promise<string> {
    try {
      return await beginErasure(this.service.identity.context, {
        profile,
        suppresses: false,
        includesPublic,
        by,
      });
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'profile_moved') throw error;
      return await this.beginErasureOf(String(error.details['profile']), includesPublic);
    }
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

  /** Undoes all that was withdrawn of that source's evidence. */
  async undoWithdrawals(source: string): Promise<void> {
    const all = this.world.withdrawals ?? [];
    for (const { id } of all.filter((one) => one.source === source)) {
      await undoWithdrawal(this.service.identity.context, id, { note: '', by, activate: true });
      await this.untilRulesAreInForce();
    }
    this.world.withdrawals = all.filter((one) => one.source !== source);
  }

  /** @param rules what the policy comes to, in the words of the reference; as it was unless given */
  async changePolicy(
    policy: Policy,
    rules?: { limits: WorldLimits; naming: Required<WorldNaming> },
  ): Promise<void> {
    await makePolicy(this.service.identity.context, policy, { note: '', by, activate: true });
    await this.untilRulesAreInForce();
    if (rules !== undefined) Object.assign(this.world, rules.naming, { limits: rules.limits });
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
    const byId = new Map([...this.sent.values()].map((one) => [this.idOf(one), this.called(one)]));
    const named = (key: string): Identifier => byId.get(key) ?? { type: 'user_id', value: key };
    const { nameOf = (one: Identifier) => one, isBlocked } = this.world;
    return {
      at: at.toISOString(),
      identifiers: extent.map(named),
      shared: Object.entries(shared).map(([key, trust]) => ({ identifier: named(key), trust })),
      naming: { nameOf, isBlocked },
    };
  }

  /** A merge names no blocked value, and a side each identifier once. */
  private async decidable(side: readonly Identifier[], kind: WorldDecision['kind']): Promise<Identifier[]> {
    const existing = await this.existing(side);
    const distinct = [...new Map(existing.map((one) => [this.idOf(one), one])).values()];
    if (kind === 'split') return distinct;
    return distinct.filter((one) => {
      const { type, value } = this.called(one);
      return !this.world.isBlocked(type, value);
    });
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

  private called(identifier: Identifier): Identifier {
    return this.world.nameOf?.(identifier) ?? identifier;
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
