/** What the demo's shop pays for its campaigns: month by month, more before the end of the year. */
import { campaigns } from './demo-catalog.ts';
import { createDemoRandom } from './demo-random.ts';

/** For `PUT /v1/metrics/spend`. */
export interface DemoSpend {
  day: string;
  channel: string;
  campaign: string;
  currency: string;
  amount: string;
}

const months = 12;

/** On the first of each of the twelve months that end with that of `until`. */
export function demoSpend(until: string, seed: number): DemoSpend[] {
  const random = createDemoRandom(seed + 991);
  const [year = 0, month = 1] = until.split('-').map(Number);
  return Array.from({ length: months }, (_, index) => {
    const first = new Date(Date.UTC(year, month - months + index, 1));
    const factor = first.getUTCMonth() >= 9 ? 2 : 1;
    return campaigns
      .filter(({ mediaType }) => mediaType === 'paid')
      .map(({ medium, name }) => ({
        day: first.toISOString().slice(0, 10),
        channel: medium,
        campaign: name,
        currency: 'EUR',
        amount: (random.int(8_000, 24_000) * factor * 0.01).toFixed(2),
      }));
  }).flat();
}
