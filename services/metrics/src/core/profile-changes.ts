/** Changes of one day of a profile's history, with what each changes about the figures. */
import { emitActiveDay } from './active-day.ts';
import { neighboursOf, type Neighbours } from './active-periods.ts';
import { emitCohortDay } from './cohort-day.ts';
import { addCount, type DayColumn } from './day-column.ts';
import {
  channelRange,
  engagementRange,
  markRange,
  purchaseDaysOf,
  relationshipRange,
  type DayRange,
} from './change-range.ts';
import { emitChannelTurns } from './channel-turns.ts';
import { emitLifecycleDay } from './lifecycle-day.ts';
import { emitGroupedGrowth, growthRange } from './grouped-growth.ts';
import type { ProfileGroups } from './group-values.ts';
import type { ProfileHistory } from './profile-history.ts';
import type { EmitChange, SeriesCatalog } from './series.ts';
import type { StageMark } from './stage-mark.ts';
import { emitStageSpells } from './stage-spells.ts';
import { emitStageTurns } from './stage-turns.ts';

/** Emits, times `sign`, what the history adds to a family of figures on the days of a range and because of them. */
type EmitWithin = (
  catalog: SeriesCatalog,
  history: ProfileHistory,
  range: DayRange,
  sign: 1 | -1,
  emit: EmitChange,
) => void;

/** A family of figures, and the days on which a change can change them; null where it changes none. */
type AffectedFigures = readonly [emit: EmitWithin, range: DayRange | null];

/** An identified profile, and where the changes of its figures go. */
export interface CountedProfile {
  catalog: SeriesCatalog;
  history: ProfileHistory;
  emit: EmitChange;
  /** Null where figures are not grouped. */
  groups: ProfileGroups | null;
}

/**
 * Adds occurrences to a column that is part of the history. Another occurrence on a day that has one already changes
 * nothing, except that the second purchase makes a repeat customer.
 */
export function changeCount(
  profile: CountedProfile,
  column: DayColumn<number>,
  { activity, day, amount }: { activity: number; day: number; amount: number },
): void {
  const { catalog, history, emit } = profile;
  const before = history.countOn(activity, day);
  const turns = before > 0 !== before + amount > 0;
  const isPurchase = activity === catalog.purchase;
  if (!turns && !isPurchase) {
    addCount(column, day, amount);
    return;
  }
  const purchasesBefore = purchaseDaysOf(catalog, history);
  addCount(column, day, amount);
  const related = isPurchase ? relationshipRange(purchasesBefore, purchaseDaysOf(catalog, history)) : null;
  const isEngagement = turns && activity === catalog.engagement;
  const staged = isEngagement ? engagementRange(catalog, history, day) : related;
  addCount(column, day, -amount);
  const series = catalog.activities.find(({ id }) => id === activity);
  const others = history.activeDays(activity);
  const affected = [
    ...stageFigures(staged),
    ...channelFigures(related),
    ...groupedFigures(
      profile,
      turns ? { activity, day, neighbours: neighboursOf(others, day) } : null,
      related,
    ),
  ];
  changeWithin(profile, affected, () => addCount(column, day, amount));
  if (!turns) return;
  if (series !== undefined) {
    const sign = amount > 0 ? 1 : -1;
    emitActiveDay(series, others, day, sign, emit);
    const neighbours = neighboursOf(others, day);
    emitLifecycleDay(series.periods, day, neighbours, sign, emit);
    emitCohortDay(catalog.cohorts, history, { activity, day, neighbours, sign }, emit);
  }
}

/** Sets the mark of a day in a column that is part of the history. */
export function changeMark(
  profile: CountedProfile,
  column: DayColumn<StageMark>,
  day: number,
  mark: StageMark | null,
): void {
  const { catalog, history } = profile;
  const held = column.get(day);
  const before = history.markOn(day);
  column.set(day, mark);
  const after = history.markOn(day);
  const turns = (before === null) !== (after === null);
  const isOtherStage = before?.stage !== after?.stage;
  const isOtherChannel = turns || before?.channel !== after?.channel;
  if (!isOtherStage && !isOtherChannel) return;
  const range = markRange(history, day, turns, catalog.settings.journeyMap.lapseDays);
  column.set(day, held);
  const affected = [
    ...stageFigures(isOtherStage ? range : null),
    ...channelFigures(isOtherChannel ? channelRange(history, day) : null),
  ];
  changeWithin(profile, affected, () => column.set(day, mark));
}

function stageFigures(range: DayRange | null): AffectedFigures[] {
  return [
    [emitStageTurns, range],
    [emitStageSpells, range],
  ];
}

function channelFigures(range: DayRange | null): AffectedFigures[] {
  return [[emitChannelTurns, range]];
}

/** Growth by group: of the activity around the day, and of all where the relationship is another. */
function groupedFigures(
  { catalog, groups }: CountedProfile,
  turned: { activity: number; day: number; neighbours: Neighbours } | null,
  related: DayRange | null,
): AffectedFigures[] {
  if (groups === null) return [];
  const relatedRange = catalog.groupings.some(({ hasRelationship }) => hasRelationship) ? related : null;
  return catalog.activities.flatMap((series) =>
    series.windows.flatMap(({ window }): AffectedFigures[] => {
      const own = turned?.activity === series.id ? growthRange(window, turned.day, turned.neighbours) : null;
      const range = joinRanges(own, relatedRange);
      if (range === null) return [];
      const emitWithin: EmitWithin = (_catalog, history, days, sign, emit) => {
        emitGroupedGrowth({ catalog, history, groups }, { series, window }, days, sign, emit);
      };
      return [[emitWithin, range]];
    }),
  );
}

function joinRanges(left: DayRange | null, right: DayRange | null): DayRange | null {
  if (left === null || right === null) return left ?? right;
  return { from: Math.min(left.from, right.from), to: Math.max(left.to, right.to) };
}

/** Emits the difference that `change` makes to the figures. */
function changeWithin(
  { catalog, history, emit }: CountedProfile,
  affected: readonly AffectedFigures[],
  change: () => void,
): void {
  const emitAll = (sign: 1 | -1) => {
    for (const [emitWithin, range] of affected) {
      if (range !== null) emitWithin(catalog, history, range, sign, emit);
    }
  };
  emitAll(-1);
  change();
  emitAll(1);
}
