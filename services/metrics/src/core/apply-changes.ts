/**
 * The heart of the service: memberships first, then facts, each step's difference booked under its cause. Pure: what it
 * needs was loaded into the world under lock; what it changed is in `world.changed` and in the sums.
 */
import type { Change } from './cause.ts';
import { emitContributions, type EmitChange } from './contributions.ts';
import type { DeltaSums } from './delta.ts';
import type { FactEffect } from './fact-effects.ts';
import { addCount, addHistory, addStage, countOn, removeHistory, removeStage } from './history.ts';
import type { MembershipUpdate } from './memberships.ts';
import type { SeriesCatalog } from './series.ts';
import type { RemainingStages } from './remaining-stages.ts';
import type { World } from './world.ts';
import { purchaseActivity } from '@throughline/contracts';

export interface ApplyContext {
  catalog: SeriesCatalog;
  world: World;
  sums: DeltaSums;
  /** The latest stages among what is left when a latest one leaves. */
  remaining: RemainingStages;
}

/**
 * Applies the updates that are newer than what is known; those of one record change together.
 *
 * @returns those that were newer
 */
export function applyMemberships(
  context: ApplyContext,
  updates: readonly MembershipUpdate[],
): readonly MembershipUpdate[] {
  const { world } = context;
  const news = updates.filter((update) => update.version > world.get(update.identifier).version);
  for (const group of Map.groupBy(news, ({ record, change }) => `${record} ${change.cause}`).values()) {
    const { change } = group[0] as MembershipUpdate;
    const profiles = new Set(group.flatMap((update) => profilesAround(world, update)));
    book(context, change, profiles, () => {
      for (const update of group) moveIdentifier(context, update);
    });
  }
  return news;
}

/** The profiles that an update may change, before and after it. */
function profilesAround(world: World, update: MembershipUpdate): string[] {
  const state = world.get(update.identifier);
  const rows = [state, world.find(state.root), world.find(update.root)];
  return [update.profile, ...rows.flatMap((row) => (row === undefined ? [] : [row.profile]))];
}

function moveIdentifier({ world, remaining }: ApplyContext, update: MembershipUpdate): void {
  const state = world.get(update.identifier);
  const { id, root: oldRoot } = state;
  if (oldRoot !== id) {
    const from = world.find(oldRoot);
    if (from !== undefined && oldRoot !== update.root) {
      removeHistory(from.hung, state.own, (day) => remaining.hungFrom(oldRoot, day));
      world.changed.add(from);
    }
    if (from !== undefined && state.identifying) {
      from.hungIdentifying -= 1;
      world.changed.add(from);
    }
  }
  world.setMembership(state, update);
  if (update.root === id) return;
  const to = world.find(update.root);
  // Not loaded only where nothing of this identifier shows: see `requiredIdentifiers`.
  if (to === undefined) return;
  if (oldRoot !== update.root) {
    addHistory(to.hung, state.own);
    world.changed.add(to);
  }
  if (state.identifying) {
    to.hungIdentifying += 1;
    world.changed.add(to);
  }
}

export function applyFactEffects(context: ApplyContext, effects: readonly FactEffect[]): void {
  const { world } = context;
  for (const group of Map.groupBy(effects, ({ change }) => changeName(change)).values()) {
    const { change } = group[0] as FactEffect;
    const visible = new Set<string>();
    for (const effect of group) {
      if (isVisible(context, effect)) visible.add(world.profileOf(effect.identifier));
    }
    book(context, change, visible, () => {
      for (const effect of group) applyEffect(context, effect);
    });
  }
}

function changeName({ cause, reason }: Change): string {
  return `${cause} ${reason ?? ''}`;
}

/**
 * Whether an effect can show in any figure. Another page view on a day that has one already cannot, which is what keeps a
 * busy profile cheap. Purchases always may: the second of a day makes a repeat customer.
 */
function isVisible({ world }: ApplyContext, effect: FactEffect): boolean {
  const { own } = world.get(effect.identifier);
  if (effect.kind === 'count') {
    if (effect.amount < 0 || effect.activity === purchaseActivity.name) return true;
    return countOn(own, effect.activity, effect.day) === 0;
  }
  if (effect.kind === 'unmark') return true;
  const current = own.stages.get(effect.day);
  return current === undefined || current.at <= effect.mark.at;
}

function applyEffect({ world, remaining }: ApplyContext, effect: FactEffect): void {
  const state = world.get(effect.identifier);
  world.changed.add(state);
  const root = state.root === state.id ? null : world.get(state.root);
  if (root !== null) world.changed.add(root);
  const { day } = effect;
  if (effect.kind === 'count') {
    addCount(state.own, effect.activity, day, effect.amount);
    if (root !== null) addCount(root.hung, effect.activity, day, effect.amount);
  } else if (effect.kind === 'mark') {
    addStage(state.own, day, effect.mark);
    if (root !== null) addStage(root.hung, day, effect.mark);
  } else {
    removeStage(state.own, day, effect.mark, () => remaining.ownOf(state.id, day));
    if (root !== null) removeStage(root.hung, day, effect.mark, () => remaining.hungFrom(root.id, day));
  }
}

/** Books the difference that `mutate` makes to the contributions of the profiles. */
function book(
  context: ApplyContext,
  change: Change,
  profiles: ReadonlySet<string>,
  mutate: () => void,
): void {
  const emit = context.sums.under(change);
  emitAll(context, profiles, -1, emit);
  mutate();
  emitAll(context, profiles, 1, emit);
}

function emitAll(
  { catalog, world }: ApplyContext,
  profiles: ReadonlySet<string>,
  sign: 1 | -1,
  emit: EmitChange,
): void {
  for (const profile of profiles) {
    const history = world.fold(profile);
    if (history !== null) emitContributions(catalog, history, sign, emit);
  }
}
