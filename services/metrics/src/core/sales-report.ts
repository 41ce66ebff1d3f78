/** Sales by period and group, from their changes by day. */
import { nextPeriod, startOfPeriod, type Period } from './period.ts';
import type { SalesMeasure } from './sales-sums.ts';

/** Minor units of the currency; refunds are negative. */
export interface CurrencySales {
  revenue: number;
  refunds: number;
  /** revenue + refunds */
  net: number;
  tax: number;
  discount: number;
  cost: number;
}

export interface PeriodSales {
  start: number;
  transactions: number;
  refunds: number;
  units: number;
  currencies: Record<string, CurrencySales>;
  /** Not all days of the period are asked for, or over. */
  partial: boolean;
}

export interface SalesGroup {
  /** Null for what names none; `other` for all but the largest groups. */
  group: string | null;
  /** Of a register. */
  store: string | null;
  periods: PeriodSales[];
}

export interface SalesQuestion {
  from: number;
  to: number;
  period: Period;
  weekStart: string;
  today: number;
}

interface Change {
  measure: SalesMeasure;
  currency: string;
  group: string | null;
  store: string | null;
  day: number;
  amount: number;
}

export const maxGroups = 200;

/** A row for every period of the range, empty ones too; groups with most transactions first, ties by name. */
export function reportSales(changes: readonly Change[], question: SalesQuestion): SalesGroup[] {
  const groups = groupsOf(changes)
    .map((group) => ({ ...group, transactions: sumOf(group.own, 'sales') }))
    .sort(
      (left, right) =>
        right.transactions - left.transactions ||
        compareNames(left.store, right.store) ||
        compareNames(left.group, right.group),
    );
  const rest = groups.slice(maxGroups).flatMap(({ own }) => own);
  const shown: Group[] = groups.slice(0, maxGroups);
  if (rest.length > 0) shown.push({ group: 'other', store: null, own: rest });
  return shown.map(({ group, store, own }) => ({ group, store, periods: reportPeriods(own, question) }));
}

interface Group {
  group: string | null;
  store: string | null;
  own: readonly Change[];
}

export function groupsOf(changes: readonly Change[]): Group[] {
  const byName = Map.groupBy(changes, ({ store, group }) => JSON.stringify([store, group]));
  return [...byName.values()].flatMap((own) =>
    own.slice(0, 1).map(({ group, store }) => ({ group, store, own })),
  );
}

export function reportPeriods(changes: readonly Change[], question: SalesQuestion): PeriodSales[] {
  const { from, to, period, weekStart, today } = question;
  const byStart = Map.groupBy(changes, ({ day }) => startOfPeriod(day, period, weekStart));
  const periods: PeriodSales[] = [];
  for (let start = startOfPeriod(from, period, weekStart); start <= to; start = nextPeriod(start, period)) {
    const last = nextPeriod(start, period) - 1;
    const own = byStart.get(start) ?? [];
    const currencies = [...Map.groupBy(own, ({ currency }) => currency)]
      .filter(([currency]) => currency !== '')
      .sort(([left], [right]) => compareNames(left, right));
    periods.push({
      start,
      transactions: sumOf(own, 'sales'),
      refunds: sumOf(own, 'refunds'),
      units: sumOf(own, 'units') / 1_000,
      currencies: Object.fromEntries(
        currencies.map(([currency, amounts]) => [currency, currencySales(amounts)]),
      ),
      partial: start < from || last > to || last >= today,
    });
  }
  return periods;
}

function currencySales(changes: readonly Change[]): CurrencySales {
  const revenue = sumOf(changes, 'revenue');
  const refunds = sumOf(changes, 'refunded');
  const [tax, discount, cost] = [sumOf(changes, 'tax'), sumOf(changes, 'discount'), sumOf(changes, 'cost')];
  return { revenue, refunds, net: revenue + refunds, tax, discount, cost };
}

function sumOf(changes: readonly Change[], measure: SalesMeasure): number {
  let sum = 0;
  for (const change of changes) if (change.measure === measure) sum += change.amount;
  return sum;
}

function compareNames(left: string | null, right: string | null): number {
  if (left === null || right === null) return Number(left === null) - Number(right === null);
  return left < right ? -1 : Number(left > right);
}
