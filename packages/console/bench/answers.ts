/** Answers of the largest size that the pages ask for. */
const dayMs = 86_400_000;
const last = Date.parse('2026-11-29T00:00:00Z');
const days = 1_095;

export const session = {
  signedIn: true,
  kind: 'read',
  today: '2026-11-29',
  timeZone: 'UTC',
  weekStart: 'monday',
  windows: [7, 30, 90, 365],
  activities: ['purchase', 'engagement'],
  stages: ['awareness', 'consideration', 'purchase', 'consumption', 'engagement', 'loyalty', 'lapsed'],
  groups: [],
};

export const growthOfThreeYears = {
  definition: 'Identified profiles that had the activity within the window.',
  asOf: null,
  self: '/v1/metrics/growth?window=30',
  window: 30,
  activity: 'purchase',
  days: Array.from({ length: days }, (_value, index) => {
    const customersAtStart = 1_000 + 10 * index;
    const churned = Math.round(customersAtStart * (0.2 + 0.08 * Math.sin(index / 20) + 0.01 * (index % 7)));
    return {
      day: new Date(last - (days - 1 - index) * dayMs).toISOString().slice(0, 10),
      customersAtStart,
      active: customersAtStart + 10,
      retained: customersAtStart - churned,
      churned,
      new: Math.round(churned * 0.7),
      reactivated: 10 + Math.round(churned * 0.3),
      quickRatio: 1 + 0.1 * Math.sin(index / 9),
      partial: index === days - 1,
    };
  }),
  freshness: { processedThrough: '2026-11-29T10:00:00.000Z', pendingRecords: 0 },
};

const months = 36;

export const cohortsOfThreeYears = {
  definition: 'Of those who began in a month, how many came back.',
  period: 'month',
  buckets: Array.from({ length: months }, (_value, index) => String(index + 1)),
  cohorts: Array.from({ length: months }, (_value, index) => {
    const size = 100 + 7 * index;
    const ages = Array.from({ length: months - index }, (_age, age) => age);
    return {
      cohort: new Date(Date.UTC(2023, 11 + index, 1)).toISOString().slice(0, 10),
      size,
      values: ages.map((age) => (age === 0 ? size : Math.round(size / (age + 1)))),
      partialFrom: index === months - 1 ? null : months - index - 1,
    };
  }),
  freshness: { processedThrough: '2026-11-29T10:00:00.000Z', pendingRecords: 0 },
};
