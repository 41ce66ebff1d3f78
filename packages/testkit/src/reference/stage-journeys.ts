/** How profiles move between stages and channels, and how long they stay, by looking at every day and the day before it. */
import type { JourneyMap } from '@throughline/contracts';
import { referencePurchase } from './activities.ts';
import { activityRecords, countedTouchpoints, type CountedTouchpoint } from './activity-records.ts';
import { dateOf, dayNumber, dayOf } from './days.ts';
import type { ReferenceProfiles } from './profiles.ts';
import { daysByProfile, relationshipOn, stageHistories, type StageHistory } from './stage-history.ts';
import type { World } from './world.ts';

export interface JourneyOptions {
  journeyMap: JourneyMap;
  /** `YYYY-MM-DD`, both included. */
  from: string;
  to: string;
  /** Before the first touchpoint. */
  firstDay: string;
  /** Spells that are longer are counted as one day longer than this. */
  longestSpell: number;
  timeZone?: string;
}

/** One for each profile and occasion. */
export interface JourneyEvent {
  day: string;
  figure: 'transition' | 'dwell' | 'channelTransition';
  /** What it is counted under. */
  dimensions: Record<string, string | number>;
}

export function referenceJourneys(
  world: World,
  resolved: ReferenceProfiles,
  options: JourneyOptions,
): JourneyEvent[] {
  const { journeyMap, from, to, timeZone = 'UTC' } = options;
  const counted = countedTouchpoints(world, resolved, journeyMap);
  const histories = stageHistories(counted, journeyMap, timeZone);
  const events = [
    ...histories.flatMap((history) => stageEvents(history, options)),
    ...channelEvents(counted, timeZone),
  ];
  return events.filter(({ day }) => from <= day && day <= to);
}

function stageEvents(stateOn: StageHistory, { firstDay, to, longestSpell }: JourneyOptions): JourneyEvent[] {
  const events: JourneyEvent[] = [];
  let spell = 0;
  for (let number = dayNumber(firstDay); number <= dayNumber(to); number += 1) {
    const day = dateOf(number);
    const [before, after] = [stateOn(number - 1), stateOn(number)];
    if (after !== null && (before?.stage !== after.stage || before.relationship !== after.relationship)) {
      const left: Record<string, string> =
        before === null ? {} : { fromStage: before.stage, fromRelationship: before.relationship };
      const dimensions = { ...left, toStage: after.stage, toRelationship: after.relationship };
      events.push({ day, figure: 'transition', dimensions });
    }
    if (before !== null && before.stage !== after?.stage) {
      const days = Math.min(spell, longestSpell + 1);
      events.push({ day, figure: 'dwell', dimensions: { ...before, days } });
    }
    spell = before?.stage === after?.stage ? spell + 1 : 1;
  }
  return events;
}

/** Public keys may name these; other texts of theirs count as none. */
const publicChannels = ['web', 'app', 'mobile', 'store', 'email', 'sms', 'social', 'phone', 'chat'];

function channelEvents(counted: readonly CountedTouchpoint[], timeZone: string): JourneyEvent[] {
  const purchases = daysByProfile(activityRecords(counted, referencePurchase), timeZone);
  const staged = counted.filter(({ identified, stage }) => identified && stage !== null);
  return [...Map.groupBy(staged, ({ profile }) => profile)].flatMap(([profile, own]) => {
    const lastOfDay = new Map(own.map((one) => [dayOf(one.touchpoint.occurredAt, timeZone), one]));
    const days = [...lastOfDay].toSorted(([left], [right]) => left - right);
    return days.slice(1).flatMap(([day, one], index): JourneyEvent[] => {
      const before = days[index]?.[1];
      const [fromChannel, toChannel] = [before, one].map((of) => channelOf(of));
      if (fromChannel === toChannel) return [];
      const named = Object.entries({ fromChannel, toChannel }).flatMap(([name, channel]) =>
        channel === undefined ? [] : [[name, channel] as const],
      );
      const relationship = relationshipOn(day, purchases.get(profile) ?? []);
      const dimensions = { ...Object.fromEntries(named), relationship };
      return [{ day: dateOf(day), figure: 'channelTransition', dimensions }];
    });
  });
}

export function channelOf(counted: Pick<CountedTouchpoint, 'touchpoint'> | undefined): string | undefined {
  const { channel, trust } = counted?.touchpoint ?? {};
  return channel !== undefined && (trust === 'server' || publicChannels.includes(channel))
    ? channel
    : undefined;
}
