/**
 * What a record of `journeys.v1` says of a profile: a pure function of its history up to a day, with the next day on which it
 * changes by the passing of days alone. What is kept of a record is what the rest of it follows from.
 */
import { compareText } from '@throughline/contracts';
import type {
  Lifecycle,
  ProfileChurn,
  ProfileJourneyChange,
  ProfileJourneyState,
  Relationship,
  ValueClass,
} from '@throughline/contracts';
import { nextPeriod, startOfPeriod } from './period.ts';
import { churnOn, nearDays } from './profile-journey.ts';
import { lapsedStage } from './series.ts';
import { laterMark, type StageMark } from './stage-mark.ts';

/** A root of a profile with what is attached to it, up to a day. */
export interface JourneyPart {
  isIdentified: boolean;
  /** In the order of the activities; null without an active day. */
  lastDays: readonly (number | null)[];
  /** Purchases on its first two days with one. */
  purchases: number;
  /** The last day with a purchase before the month of the day. */
  boughtBeforeMonth: number | null;
  /** The latest one. */
  mark: StageMark | null;
  /** Day of the earliest mark. */
  firstMarkDay: number | null;
}

export interface JourneyHistory {
  parts: JourneyPart[];
  /** Whether something is on a later day: then the next day may be another. */
  hasLater: boolean;
}

export interface JourneyRules {
  /** In the order of `lastDays`. */
  activities: readonly string[];
  purchase: string;
  engagement: string;
  windows: readonly number[];
  lapseDays: number;
}

/** What is stored of a record; churn follows from the last active days. */
export interface JourneyContent {
  stage: string | null;
  relationship: Relationship;
  lifecycle: Lifecycle | null;
  valueClass: ValueClass | null;
  /** By activity, the last active day; without those that it never had. */
  lastDays: Record<string, number>;
}

export interface JourneyOnDay {
  content: JourneyContent;
  /** The next day on which the state changes if nothing happens; null where there is none. */
  due: number | null;
}

/** Null for a profile that is in no figure. @param history up to the day */
export function journeyOn(
  day: number,
  { parts, hasLater }: JourneyHistory,
  valueClass: ValueClass | null,
  rules: JourneyRules,
): JourneyOnDay | null {
  if (!parts.some(({ isIdentified }) => isIdentified)) return null;
  const lastDays = lastDaysOf(parts, rules);
  const mark = parts.reduce<StageMark | null>((latest, part) => laterMark(latest, part.mark), null);
  if (mark === null && Object.keys(lastDays).length === 0 && !hasLater) return null;
  const lapsesOn = mark === null ? null : lapseDayOf(parts, lastDays, rules);
  const purchases = parts.reduce((sum, part) => sum + part.purchases, 0);
  const lifecycle = lifecycleOf(day, parts, lastDays[rules.purchase] ?? null);
  const content: JourneyContent = {
    stage: mark === null ? null : lapsesOn !== null && day >= lapsesOn ? lapsedStage : mark.stage,
    relationship: purchases === 0 ? 'prospect' : purchases === 1 ? 'customer' : 'repeat',
    lifecycle,
    valueClass: purchases === 0 ? null : valueClass,
    lastDays,
  };
  const turns = [
    ...Object.values(lastDays).flatMap((last) =>
      rules.windows.flatMap((window) => [last + window - nearDays(window), last + window]),
    ),
    ...(lapsesOn === null ? [] : [lapsesOn]),
    // In a month without a purchase a customer is dormant, and stays so.
    ...(lifecycle === null || lifecycle === 'dormant' ? [] : [startOfNextMonth(day)]),
    ...(hasLater ? [day + 1] : []),
  ].filter((turn) => turn > day);
  return { content, due: turns.length === 0 ? null : Math.min(...turns) };
}

function lastDaysOf(parts: readonly JourneyPart[], { activities }: JourneyRules): Record<string, number> {
  return Object.fromEntries(
    activities.flatMap((activity, place) => {
      const days = parts.flatMap((part) => part.lastDays[place] ?? []);
      return days.length === 0 ? [] : [[activity, Math.max(...days)] as const];
    }),
  );
}

/** Without engagement for so long, counted from the last one, or else from the first stage-bearing touchpoint. */
function lapseDayOf(
  parts: readonly JourneyPart[],
  lastDays: Readonly<Record<string, number>>,
  { engagement, lapseDays }: JourneyRules,
): number {
  const first = Math.min(...parts.map((part) => part.firstMarkDay ?? Number.POSITIVE_INFINITY));
  return (lastDays[engagement] ?? first) + lapseDays;
}

function lifecycleOf(
  day: number,
  parts: readonly JourneyPart[],
  lastPurchase: number | null,
): Lifecycle | null {
  if (lastPurchase === null) return null;
  const month = startOfPeriod(day, 'month', '');
  if (lastPurchase < month) return 'dormant';
  const before = Math.max(...parts.map((part) => part.boughtBeforeMonth ?? Number.NEGATIVE_INFINITY));
  if (before === Number.NEGATIVE_INFINITY) return 'new';
  return before >= startOfPeriod(month - 1, 'month', '') ? 'returning' : 'resurrecting';
}

function startOfNextMonth(day: number): number {
  return nextPeriod(startOfPeriod(day, 'month', ''), 'month');
}

/** The state of a record that was written on the day. */
export function presentJourney(
  { lastDays, ...content }: JourneyContent,
  day: number,
  windows: readonly number[],
): ProfileJourneyState {
  const { stage, relationship, lifecycle, valueClass } = content;
  // In an order of its own: the database does not keep that of the keys.
  const last = Object.entries(lastDays).toSorted(([left], [right]) => compareText(left, right));
  const churn: ProfileChurn[] = last.flatMap(([activity, lastActive]) =>
    windows.map((window) => churnOn(day, { activity, lastActive, window })),
  );
  return { stage, relationship, lifecycle, valueClass, churn };
}

/** On one day a state is the same where its content is. */
export function isSameContent(left: JourneyContent, right: JourneyContent): boolean {
  const days = Object.entries(left.lastDays);
  return (
    plainFields.every((field) => left[field] === right[field]) &&
    days.length === Object.keys(right.lastDays).length &&
    days.every(([activity, day]) => right.lastDays[activity] === day)
  );
}

const plainFields = ['stage', 'relationship', 'lifecycle', 'valueClass'] as const;

/** What is another in the second state than in the first; null for none. */
export function journeyChanges(
  before: ProfileJourneyState | null,
  after: ProfileJourneyState | null,
): ProfileJourneyChange[] {
  const plain = plainFields.flatMap((of) => {
    const [from, to] = [before?.[of] ?? null, after?.[of] ?? null];
    return from === to ? [] : [{ of, from, to } as ProfileJourneyChange];
  });
  const keyOf = ({ activity, window }: ProfileChurn) => `${activity} ${window}`;
  const old = new Map((before?.churn ?? []).map((one) => [keyOf(one), one]));
  const now = new Map((after?.churn ?? []).map((one) => [keyOf(one), one]));
  const churn = [...new Set([...old.keys(), ...now.keys()])].flatMap((key): ProfileJourneyChange[] => {
    const [was, is] = [old.get(key), now.get(key)];
    const named = is ?? was;
    if (named === undefined || was?.state === is?.state) return [];
    const { activity, window } = named;
    const [from, to] = [was?.state ?? null, is?.state ?? null];
    return [{ of: 'churn', activity, window, churnsOn: is?.churnsOn ?? null, from, to }];
  });
  return [...plain, ...churn];
}
