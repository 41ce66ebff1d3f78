/**
 * Memberships into figures. What a group of updates moves are whole histories: an identifier's own, or a root with what is
 * attached to it. A profile gives up, day by day, what is in it before and not after, and takes in what is in it after and
 * not before; what stays is read only around those days, so the cost is that of what moves.
 */
import type { ApplyContext } from './apply-context.ts';
import type { Change } from './cause.ts';
import { DayColumn } from './day-column.ts';
import { bundleParts, type BundleDay } from './bundle-parts.ts';
import { emitAllGroupedGrowth } from './grouped-growth.ts';
import { groupsOf, isSameGroups, type ProfileGroups } from './group-values.ts';
import type { IdentifierState } from './loaded-identifiers.ts';
import type { MembershipUpdate } from './memberships.ts';
import { pairProfiles, type ProfilePair } from './pair-profiles.ts';
import { changeCount, changeMark, type CountedProfile } from './profile-changes.ts';
import { ProfileHistory, type HistoryPart } from './profile-history.ts';
import type { ProfileRename } from './share-changes.ts';
import type { StageMark } from './stage-mark.ts';

/**
 * Applies the updates that are newer than what is known; those of one record change together.
 *
 * @returns those that were newer
 */
export function applyMemberships(
  context: ApplyContext,
  updates: readonly MembershipUpdate[],
): readonly MembershipUpdate[] {
  const { identifiers } = context;
  const news = updates.filter((update) => update.version > identifiers.get(update.identifier).version);
  for (const group of Map.groupBy(news, ({ record, change }) => `${record} ${change.cause}`).values()) {
    applyGroup(context, group, (group[0] as MembershipUpdate).change);
  }
  return news;
}

function applyGroup(context: ApplyContext, group: readonly MembershipUpdate[], change: Change): void {
  const { identifiers, history, activities } = context;
  const profiles = new Set(group.flatMap((update) => profilesAround(context, update)));
  const leavers = group
    .map(({ identifier, root }) => ({ state: identifiers.get(identifier), root }))
    .filter(({ state, root }) => state.root !== root)
    .map(({ state }) => state);
  const before = placeParts(context, profiles, leavers);
  for (const state of leavers) {
    if (state.root !== state.id && state.hasOwn && identifiers.has(state.root))
      history.attach(state.root, state.id, activities, -1);
  }
  for (const update of group) updateMembership(context, update);
  const after = placeParts(context, profiles, leavers);
  for (const placement of [before, after])
    for (const profile of placement.identified) context.touched.add(profile);
  moveParts(context, change, before, after);
  for (const state of leavers) {
    const root = identifiers.find(state.root);
    if (root === undefined || root === state || !state.hasOwn) continue;
    history.attach(root.id, state.id, activities, 1);
    root.hasAttached = true;
    identifiers.changed.add(root);
  }
}

/** The profiles that an update may change, before and after it. */
function profilesAround({ identifiers }: ApplyContext, update: MembershipUpdate): string[] {
  const state = identifiers.get(update.identifier);
  const rows = [state, identifiers.find(state.root), identifiers.find(update.root)];
  return [update.profile, ...rows.flatMap((row) => (row === undefined ? [] : [row.profile]))];
}

function updateMembership({ identifiers, moved }: ApplyContext, update: MembershipUpdate): void {
  const state = identifiers.get(update.identifier);
  const count = (root: IdentifierState | undefined, amount: number) => {
    if (root === undefined || root === state || !state.identifying) return;
    root.attachedIdentifying += amount;
    identifiers.changed.add(root);
  };
  count(identifiers.find(state.root), -1);
  if (state.root !== update.root) moved.set(state.id, update.root);
  identifiers.setMembership(state, update);
  // Not loaded only where nothing of this identifier shows: see `requiredIdentifiers`.
  count(identifiers.find(update.root), 1);
}

/** Histories by name, and the profile that each is in. */
interface Placement {
  profiles: ReadonlyMap<string, string>;
  parts: ReadonlyMap<string, HistoryPart>;
  identified: ReadonlySet<string>;
  /** By profile; null where figures are not grouped. */
  groups: ReadonlyMap<string, ProfileGroups | null>;
}

/** @param leavers counted by themselves, wherever they are attached */
function placeParts(
  context: ApplyContext,
  profiles: ReadonlySet<string>,
  leavers: readonly IdentifierState[],
): Placement {
  const { identifiers, history } = context;
  const placed = new Map<string, string>();
  const parts = new Map<string, HistoryPart>();
  const place = (state: IdentifierState, part: 'own' | 'attached', profile: string) => {
    const name = `${state.id} ${part}`;
    placed.set(name, profile);
    parts.set(name, history.part(state.id, part));
  };
  for (const profile of profiles) {
    for (const state of identifiers.partsOf(profile)) {
      if (state.hasAttached) place(state, 'attached', profile);
      if (state.root === state.id && state.hasOwn) place(state, 'own', profile);
    }
  }
  for (const state of leavers) {
    const root = identifiers.find(state.root);
    if (state.hasOwn && root !== undefined) place(state, 'own', root.profile);
  }
  const identified = [...profiles].filter((profile) => identifiers.isIdentified(profile));
  const groups = new Map(identified.map((profile) => [profile, groupsOf(context, profile)]));
  return { profiles: placed, parts, identified: new Set(identified), groups };
}

function moveParts(context: ApplyContext, change: Change, before: Placement, after: Placement): void {
  const booked = context.sums.under(change);
  const given = countedNames(before);
  const taken = countedNames(after);
  const pick = ({ parts }: Placement, names: readonly string[]) =>
    names.map((name) => parts.get(name) as HistoryPart);
  const pairs = pairProfiles(before.profiles, after.profiles);
  const [ended, others] = [pairs.filter(({ to }) => to === null), pairs.filter(({ to }) => to !== null)];
  for (const { from, to } of [...ended, ...others]) {
    // The ids of those that end are free from here on.
    if (to === others[0]?.to) context.shares.rename(renamesOf(others));
    const emit = context.shares.of(to ?? from ?? '', booked);
    const giving = given.get(from ?? '') ?? new Set<string>();
    const taking = taken.get(to ?? '') ?? new Set<string>();
    const transit = createTransit();
    const kept = pick(
      before,
      [...giving].filter((name) => taking.has(name)),
    );
    const history = new ProfileHistory([...kept, transit]);
    const { catalog } = context;
    const [groupsBefore, groupsAfter] = [
      before.groups.get(from ?? '') ?? null,
      after.groups.get(to ?? '') ?? null,
    ];
    const leaving = pick(
      before,
      [...giving].filter((name) => !taking.has(name)),
    );
    const arriving = pick(
      after,
      [...taking].filter((name) => !giving.has(name)),
    );
    drain(
      { catalog, history, emit, groups: groupsBefore },
      transit,
      bundleParts(leaving, context.activities),
    );
    if (groupsBefore !== null && groupsAfter !== null && !isSameGroups(groupsBefore, groupsAfter)) {
      emitAllGroupedGrowth({ catalog, history, groups: groupsBefore }, -1, emit);
      emitAllGroupedGrowth({ catalog, history, groups: groupsAfter }, 1, emit);
    }
    fill({ catalog, history, emit, groups: groupsAfter }, transit, bundleParts(arriving, context.activities));
  }
}

function renamesOf(pairs: readonly ProfilePair[]): ProfileRename[] {
  return pairs.flatMap(({ from, to }) => (from === null || to === null || from === to ? [] : [{ from, to }]));
}

/** Names of the histories that count, by profile. */
function countedNames({ profiles, identified }: Placement): Map<string, Set<string>> {
  const names = new Map<string, Set<string>>();
  for (const [name, profile] of profiles) {
    if (!identified.has(profile)) continue;
    const known = names.get(profile);
    if (known === undefined) names.set(profile, new Set([name]));
    else known.add(name);
  }
  return names;
}

/** Holds what is still, or already, counted of a history that moves. */
function createTransit(): HistoryPart {
  const counts = new Map<number, DayColumn<number>>();
  const marks = DayColumn.complete<StageMark>();
  return {
    counts: (activity) => {
      let column = counts.get(activity);
      if (column === undefined) counts.set(activity, (column = DayColumn.complete<number>()));
      return column;
    },
    marks: () => marks,
  };
}

/** From the last day to the first, so that the stages of later days need not be looked at again for every day. */
function drain(profile: CountedProfile, transit: HistoryPart, bundle: readonly BundleDay[]): void {
  for (const { day, counts, mark } of bundle) {
    for (const [activity, count] of counts) transit.counts(activity).set(day, count);
    transit.marks().set(day, mark);
  }
  for (const { day, counts, mark } of bundle.toReversed()) {
    if (mark !== null) changeMark(profile, transit.marks(), day, null);
    for (const [activity, count] of counts)
      changeCount(profile, transit.counts(activity), { activity, day, amount: -count });
  }
}

function fill(profile: CountedProfile, transit: HistoryPart, bundle: readonly BundleDay[]): void {
  for (const { day, counts, mark } of bundle) {
    for (const [activity, count] of counts)
      changeCount(profile, transit.counts(activity), { activity, day, amount: count });
    if (mark !== null) changeMark(profile, transit.marks(), day, mark);
  }
}
