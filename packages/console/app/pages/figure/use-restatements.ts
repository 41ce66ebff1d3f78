/** Restatements of the series that growth accounting is made of. */
import { addressOf, send } from '../../api/ask.ts';
import type { Restatement, RestatementsAnswer } from '../../api/metrics-answers.ts';
import { type Asked, useAnswer } from '../../api/use-answer.ts';
import type { Perspective } from '../../parts/choice.tsx';

export interface Restatements {
  items: readonly Restatement[];
  /** There are older ones that were not read. */
  isCut: boolean;
}

/** Of each series; a page has 100, and three years after an import some thousand. */
const maxPages = 15;

export function useRestatements(
  { window, activity }: Perspective,
  from: string,
  to: string,
): Asked<Restatements> {
  const range = { activity, from, to, limit: 100 };
  const series = [
    { figure: 'active', window, ...range },
    { figure: 'retained', window, ...range },
    { figure: 'first', ...range },
  ];
  const addresses = series.map((parameters) => addressOf('metrics', '/v1/metrics/restatements', parameters));
  return useAnswer(addresses.join('\n'), async (_joined, signal) => {
    const read = await Promise.all(addresses.map(async (address) => await readPages(address, signal)));
    return { items: read.flatMap(({ items }) => items), isCut: read.some(({ isCut }) => isCut) };
  });
}

async function readPages(address: string, signal: AbortSignal): Promise<Restatements> {
  const items: Restatement[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < maxPages; page++) {
    const next: string = cursor === null ? address : `${address}&cursor=${encodeURIComponent(cursor)}`;
    const answer: RestatementsAnswer = await send(next, { signal });
    items.push(...answer.items);
    cursor = answer.nextCursor;
    if (cursor === null) return { items, isCut: false };
  }
  return { items, isCut: true };
}
