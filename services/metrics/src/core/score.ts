/**
 * The answers that NPS, CSAT and CES are made of: touchpoints of feedback that name one of the metrics and a score of its
 * scale. Each counts on its own, whatever profile it belongs to, so a change of memberships changes none of them.
 */
import { experienceMetrics, scoreScales, type ExperienceMetric } from './experience.ts';
import type { Fact } from './fact.ts';
import { figureChannelOf } from './figure-channel.ts';

export interface Score {
  metric: ExperienceMetric;
  score: number;
  channel: string | null;
}

/** Answers with the score, by the day of the touchpoint. One without a channel has no such dimension. */
export interface ScoreKey {
  figure: 'score';
  dimensions: Record<string, string | number>;
}

export type ScoreSeries = (of: Score) => number;

/** Null for a touchpoint that answers none of the questions. */
export function scoreOf({
  type,
  name,
  properties,
  channel,
  trust,
}: Pick<Fact, 'type' | 'name' | 'properties' | 'channel' | 'trust'>): Score | null {
  if (type !== 'feedback' || properties === null) return null;
  const named = properties['metric'] ?? properties['survey'] ?? name;
  if (typeof named !== 'string') return null;
  const text = trimSpaces(named).toLowerCase();
  const metric = experienceMetrics.find((one) => one === text);
  if (metric === undefined) return null;
  const score = wholeNumberOf(properties['score']);
  const { lowest, highest } = scoreScales[metric];
  if (score === null || score < lowest || score > highest) return null;
  return { metric, score, channel: figureChannelOf({ channel, trust }) };
}

/** Surveys send numbers and texts, with decimals or without. */
function wholeNumberOf(value: unknown): number | null {
  if (typeof value !== 'number' && typeof value !== 'string') return null;
  const text = trimSpaces(String(value));
  return /^[0-9]{1,2}(\.0+)?$/.test(text) ? Number(text) : null;
}

function trimSpaces(text: string): string {
  return text.replaceAll(/^ +| +$/g, '');
}

/** @param add numbers a series */
export function createScoreSeries(add: (key: ScoreKey) => number): ScoreSeries {
  const known = new Map<string, number>();
  return ({ metric, score, channel }) => {
    const name = JSON.stringify([metric, score, channel]);
    let number = known.get(name);
    if (number === undefined) {
      const dimensions = { metric, score, ...(channel === null ? {} : { channel }) };
      known.set(name, (number = add({ figure: 'score', dimensions })));
    }
    return number;
  };
}
