/** Occurrences and stage marks into histories and figures. */
import type { ApplyContext } from './apply-context.ts';
import { addCount, type DayColumn } from './day-column.ts';
import type { FactEffect } from './fact-effects.ts';
import { groupsOf, type ProfileGroups } from './group-values.ts';
import type { IdentifierState } from './loaded-identifiers.ts';
import { compareMoments } from './moment.ts';
import { changeCount, changeMark, type CountedProfile } from './profile-changes.ts';
import { ProfileHistory, type HistoryPart } from './profile-history.ts';
import { salesMeasures } from './sales-sums.ts';
import type { EmitChange } from './series.ts';
import { laterMark, type StageMark } from './stage-mark.ts';

export function applyFactEffects(context: ApplyContext, effects: readonly FactEffect[]): void {
  const histories = new Map<string, ProfileHistory | null>();
  const groups = new Map<string, ProfileGroups | null>();
  for (const effect of effects) {
    if (effect.kind === 'score') {
      const { score, day, amount } = effect;
      context.sums.under(effect.change)(context.catalog.scoreSeries(score), day, amount);
      continue;
    }
    const state = context.identifiers.get(effect.identifier);
    const root = context.identifiers.get(state.root);
    if (isFirstHistory(context, state, root)) histories.delete(root.profile);
    let history = histories.get(root.profile);
    if (history === undefined) histories.set(root.profile, (history = countedHistory(context, root.profile)));
    const emit = context.sums.under(effect.change);
    if (effect.kind === 'sales') {
      applySales(context, { state, root, effect }, emit);
      continue;
    }
    if (history !== null && !groups.has(root.profile))
      groups.set(root.profile, groupsOf(context, root.profile));
    const profile =
      history === null
        ? null
        : countedProfile(context, root.profile, { history, emit, groups: groups.get(root.profile) ?? null });
    if (effect.kind === 'count') applyCount(context, profile, { state, root, effect });
    else applyMark(context, profile, { state, root, effect });
  }
}

/** Asks for the days of the effects in long histories, which are needed in any case, so that nothing is computed without them. */
export function requestDays({ identifiers, history }: ApplyContext, effects: readonly FactEffect[]): void {
  for (const effect of effects) {
    const { day } = effect;
    if (effect.kind === 'sales' || effect.kind === 'score') continue;
    for (const state of identifiers.partsOf(identifiers.profileOf(effect.identifier))) {
      if (!history.isLong(state)) continue;
      for (const part of [history.part(state.id, 'own'), history.part(state.id, 'attached')]) {
        if (effect.kind === 'count') part.counts(effect.activity).get(day);
        else part.marks().get(day);
      }
    }
    if (!history.isLong(identifiers.get(effect.identifier))) continue;
    if (effect.kind === 'count') history.part(effect.identifier, 'own').counts(effect.activity).get(day);
    else history.ownMarks(effect.identifier).get(day);
  }
}

/** Notes where there is history from now on; returns whether there was none before. */
function isFirstHistory(
  { identifiers }: ApplyContext,
  state: IdentifierState,
  root: IdentifierState,
): boolean {
  const isFirst = !state.hasOwn || (root !== state && !root.hasAttached);
  if (!isFirst) return false;
  state.hasOwn = true;
  identifiers.changed.add(state);
  if (root === state) return true;
  root.hasAttached = true;
  identifiers.changed.add(root);
  return true;
}

/** What changes no figure leaves the profile where it is in its journey. */
function countedProfile(
  { catalog, touched, shares }: ApplyContext,
  profile: string,
  { history, emit, groups }: Omit<CountedProfile, 'catalog'>,
): CountedProfile {
  const own = shares.of(profile, emit);
  if (touched.has(profile)) return { catalog, history, emit: own, groups };
  const emitTouched: EmitChange = (...change) => {
    touched.add(profile);
    own(...change);
  };
  return { catalog, history, emit: emitTouched, groups };
}

/** Null for a profile that is not identified: what is on it changes no figure. */
export function countedHistory(
  { identifiers, history }: ApplyContext,
  profile: string,
): ProfileHistory | null {
  if (!identifiers.isIdentified(profile)) return null;
  const parts: HistoryPart[] = [];
  for (const { id, root, hasOwn, hasAttached } of identifiers.partsOf(profile)) {
    if (root === id && hasOwn) parts.push(history.part(id, 'own'));
    if (hasAttached) parts.push(history.part(id, 'attached'));
  }
  return new ProfileHistory(parts);
}

interface Placed<Effect> {
  state: IdentifierState;
  root: IdentifierState;
  effect: Effect;
}

function applyCount(
  { history }: ApplyContext,
  profile: CountedProfile | null,
  { state, root, effect }: Placed<Extract<FactEffect, { kind: 'count' }>>,
): void {
  const own = history.part(state.id, 'own').counts(effect.activity);
  const visible = root === state ? own : history.part(root.id, 'attached').counts(effect.activity);
  if (visible !== own) addCount(own, effect.day, effect.amount);
  if (profile === null) addCount(visible, effect.day, effect.amount);
  else changeCount(profile, visible, effect);
}

/** Sales agree with the tills: those of unidentified profiles are in the figures too. */
function applySales(
  { catalog, sales }: ApplyContext,
  { state, root, effect }: Placed<Extract<FactEffect, { kind: 'sales' }>>,
  emit: EmitChange,
): void {
  const { activity, day, amount, place, sums } = effect;
  sales.add({ identifier: state.id, root: root.id, activity, day, currency: place.currency }, sums, amount);
  if (activity !== catalog.purchase) return;
  const first = catalog.firstSalesSeries(place);
  salesMeasures.forEach((measure, index) => {
    if (sums[measure] !== 0) emit(first + index, day, amount * sums[measure]);
  });
}

function applyMark(
  { history }: ApplyContext,
  profile: CountedProfile | null,
  { state, root, effect }: Placed<Extract<FactEffect, { kind: 'mark' | 'unmark' }>>,
): void {
  const { day } = effect;
  const own = history.ownMarks(state.id);
  const held = own.get(day);
  let mark = laterMark(held, effect.mark);
  if (effect.kind === 'unmark') {
    const holds = held !== null && compareMoments(held, effect.mark) === 0;
    mark = holds ? history.remainingMark({ identifier: state.id, day }) : held;
  }
  if (mark === held) return;
  if (root === state) {
    setMark(profile, own, day, mark);
    return;
  }
  // Read before the own mark changes, since what is attached is put together from the own marks.
  const attached = history.part(root.id, 'attached').marks();
  own.set(day, mark);
  setMark(profile, attached, day, history.attachedMark(root.id, state.id, day, mark));
}

function setMark(
  profile: CountedProfile | null,
  column: DayColumn<StageMark>,
  day: number,
  mark: StageMark | null,
): void {
  if (profile === null) column.set(day, mark);
  else changeMark(profile, column, day, mark);
}
