/** The sums that a batch adds to the sales of identifiers by day, and to those of the roots that they are attached to. */
import { salesMeasures, type SalesMeasure, type SalesSums } from './sales-sums.ts';

export interface SalesRow {
  identifier: string;
  isAttached: boolean;
  activity: number;
  day: number;
  currency: string;
  /** To be added. */
  sums: Record<SalesMeasure, number>;
}

export class SalesDays {
  readonly #rows = new Map<string, SalesRow>();

  add(row: Omit<SalesRow, 'isAttached' | 'sums'> & { root: string }, sums: SalesSums, sign: 1 | -1): void {
    const { root, ...own } = row;
    this.#add({ ...own, isAttached: false }, sums, sign);
    if (root !== row.identifier) this.#add({ ...own, identifier: root, isAttached: true }, sums, sign);
  }

  /** Without those that come to nothing. */
  rows(): SalesRow[] {
    return [...this.#rows.values()].filter(({ sums }) => salesMeasures.some((name) => sums[name] !== 0));
  }

  #add(row: Omit<SalesRow, 'sums'>, sums: SalesSums, sign: 1 | -1): void {
    const { identifier, isAttached, activity, day, currency } = row;
    const name = `${identifier} ${isAttached} ${activity} ${day} ${currency}`;
    let held = this.#rows.get(name);
    if (held === undefined) {
      const zeros = Object.fromEntries(salesMeasures.map((measure) => [measure, 0]));
      this.#rows.set(name, (held = { ...row, sums: zeros as SalesRow['sums'] }));
    }
    for (const measure of salesMeasures) held.sums[measure] += sign * sums[measure];
  }
}
