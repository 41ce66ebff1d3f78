/** What customers say of their experience, from exact histograms of their scores. */

export const experienceMetrics = ['nps', 'csat', 'ces'] as const;
export type ExperienceMetric = (typeof experienceMetrics)[number];

/** The scales, both ends included. */
export const scoreScales: Readonly<Record<ExperienceMetric, { lowest: number; highest: number }>> = {
  nps: { lowest: 0, highest: 10 },
  csat: { lowest: 1, highest: 5 },
  ces: { lowest: 1, highest: 7 },
};

export interface ScoreCount {
  score: number;
  answers: number;
}

export interface Interval {
  low: number;
  high: number;
}

export interface NetPromoter {
  answers: number;
  promoters: number;
  passives: number;
  detractors: number;
  /** Points, -100 to 100; null without answers. */
  score: number | null;
  interval: Interval | null;
}

export interface Satisfaction {
  answers: number;
  /** Answers of 4 and 5. */
  satisfied: number;
  share: number | null;
  shareInterval: Interval | null;
  mean: number | null;
  meanInterval: Interval | null;
}

export interface Effort {
  answers: number;
  mean: number | null;
  interval: Interval | null;
}

/** 97.5 % of a normal distribution are below it. */
const z = 1.959963984540054;

/**
 * Promoters answer 9 or 10, detractors 0 to 6 (Reichheld, Harvard Business Review 12/2003). The interval of the difference of
 * two shares of one sample: var = p + d - (p - d)^2, over n (Rocks, "Interval estimation for the Net Promoter Score", The
 * American Statistician 70(4), 2016, the Wald interval).
 */
export function netPromoterOf(counts: readonly ScoreCount[]): NetPromoter {
  const answers = total(counts);
  const promoters = total(counts.filter(({ score }) => score >= 9));
  const detractors = total(counts.filter(({ score }) => score <= 6));
  const head = { answers, promoters, passives: answers - promoters - detractors, detractors };
  if (answers === 0) return { ...head, score: null, interval: null };
  const [p, d] = [promoters / answers, detractors / answers];
  const margin = 100 * z * Math.sqrt(Math.max(0, p + d - (p - d) ** 2) / answers);
  const score = 100 * (p - d);
  return {
    ...head,
    score,
    interval: { low: Math.max(-100, score - margin), high: Math.min(100, score + margin) },
  };
}

export function satisfactionOf(counts: readonly ScoreCount[]): Satisfaction {
  const answers = total(counts);
  const satisfied = total(counts.filter(({ score }) => score >= 4));
  const { mean, interval } = meanOf(counts, scoreScales.csat);
  return {
    answers,
    satisfied,
    share: answers === 0 ? null : satisfied / answers,
    shareInterval: wilsonInterval(satisfied, answers),
    mean,
    meanInterval: interval,
  };
}

export function effortOf(counts: readonly ScoreCount[]): Effort {
  return { answers: total(counts), ...meanOf(counts, scoreScales.ces) };
}

/** Of a share (Wilson, Journal of the American Statistical Association 22, 1927). */
function wilsonInterval(successes: number, of: number): Interval | null {
  if (of === 0) return null;
  const share = successes / of;
  const center = share + z ** 2 / (2 * of);
  const margin = z * Math.sqrt((share * (1 - share)) / of + z ** 2 / (4 * of ** 2));
  const scale = 1 + z ** 2 / of;
  return { low: Math.max(0, (center - margin) / scale), high: Math.min(1, (center + margin) / scale) };
}

/** With the normal interval of a mean, mean ± z s / √n, within the scale; none of a single answer. */
function meanOf(
  counts: readonly ScoreCount[],
  { lowest, highest }: { lowest: number; highest: number },
): { mean: number | null; interval: Interval | null } {
  const answers = total(counts);
  if (answers === 0) return { mean: null, interval: null };
  const mean = counts.reduce((sum, one) => sum + one.score * one.answers, 0) / answers;
  if (answers === 1) return { mean, interval: null };
  const squares = counts.reduce((sum, one) => sum + one.answers * (one.score - mean) ** 2, 0);
  const margin = z * Math.sqrt(squares / (answers - 1) / answers);
  return { mean, interval: { low: Math.max(lowest, mean - margin), high: Math.min(highest, mean + margin) } };
}

function total(counts: readonly ScoreCount[]): number {
  return counts.reduce((sum, { answers }) => sum + answers, 0);
}
