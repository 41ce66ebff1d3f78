/** Scores and sentiments of touchpoints, and journeys that stop after one, by looking at each touchpoint and all later ones. */
import type { JourneyMap } from '@throughline/contracts';
import { countedTouchpoints } from './activity-records.ts';
import { dayNumber, dayOf } from './days.ts';
import type { ReferenceProfiles } from './profiles.ts';
import { channelOf } from './stage-journeys.ts';
import type { World } from './world.ts';

export interface ExperienceOptions {
  journeyMap: JourneyMap;
  /** `YYYY-MM-DD`, both included. */
  from: string;
  to: string;
  /** The running day. */
  today: string;
}

export interface ReferenceSentiment {
  name: string;
  channel: string | null;
  touchpoints: number;
  positive: number;
  negative: number;
  decided: number;
  stopped: number;
}

export function referenceSentiments(
  world: World,
  resolved: ReferenceProfiles,
  { journeyMap, from, to, today }: ExperienceOptions,
): ReferenceSentiment[] {
  const counted = countedTouchpoints(world, resolved, journeyMap);
  const points = new Map<string, ReferenceSentiment>();
  counted.forEach((one, place) => {
    const { sentiment, name, type, occurredAt } = one.touchpoint;
    const day = dayOf(occurredAt, 'UTC');
    if (sentiment === undefined || !one.identified || day < dayNumber(from) || day > dayNumber(to)) return;
    const continues = counted
      .slice(place + 1)
      .some(
        (later) =>
          later.profile === one.profile &&
          later.stage !== null &&
          dayOf(later.touchpoint.occurredAt, 'UTC') <= day + journeyMap.lapseDays,
      );
    const isDecided = continues || day + journeyMap.lapseDays < dayNumber(today);
    const point = { name: name ?? type, channel: channelOf(one) ?? null };
    const zeros = { touchpoints: 0, positive: 0, negative: 0, decided: 0, stopped: 0 };
    const held = points.get(JSON.stringify(point)) ?? { ...point, ...zeros };
    points.set(JSON.stringify(point), {
      ...point,
      touchpoints: held.touchpoints + 1,
      positive: held.positive + (sentiment > 0 ? 1 : 0),
      negative: held.negative + (sentiment < 0 ? 1 : 0),
      decided: held.decided + (isDecided ? 1 : 0),
      stopped: held.stopped + (isDecided && !continues ? 1 : 0),
    });
  });
  return [...points.values()];
}

const scales: Record<string, readonly [lowest: number, highest: number]> = {
  nps: [0, 10],
  csat: [1, 5],
  ces: [1, 7],
};

/** Answers with one score on one day. */
export interface ReferenceScore {
  day: string;
  metric: string;
  score: number;
  channel: string | null;
}

/** One for each answer. */
export function referenceScores(world: Pick<World, 'touchpoints'>): ReferenceScore[] {
  return world.touchpoints.flatMap((touchpoint) => {
    const { type, name, properties = {}, occurredAt } = touchpoint;
    if (type !== 'feedback') return [];
    const named = [properties['metric'], properties['survey'], name].find((one) => (one ?? null) !== null);
    const metric = typeof named === 'string' ? named.trim().toLowerCase() : '';
    const score = Number(properties['score']);
    const scale = scales[metric];
    if (scale === undefined || !Number.isInteger(score) || score < scale[0] || score > scale[1]) return [];
    return [{ day: occurredAt.slice(0, 10), metric, score, channel: channelOf({ touchpoint }) ?? null }];
  });
}
