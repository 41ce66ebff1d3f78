/** Where a profile is in its journey on a day: a pure function of its purchases, activities and stages up to then. */
import type { ChurnState, Lifecycle, ProfileChurn, Relationship } from '@throughline/contracts';
import { formatDay } from './calendar.ts';
import { startOfPeriod } from './period.ts';

/** A day with purchases, and their number. */
export interface PurchaseDay {
  day: number;
  transactions: number;
}

export interface PurchaseSummary {
  first: number | null;
  last: number | null;
  /** Days with a purchase. */
  days: number;
  transactions: number;
  /** Days with a purchase after the first one. */
  frequency: number;
  /** Days from the first to the last day with a purchase. */
  recency: number | null;
  /** Days from the first day with a purchase to the day asked for. */
  age: number | null;
}

/** As the models of repeat purchases count (Fader, Hardie & Lee, Marketing Science 24(2), 2005): x, t_x and T, in days. */
export function summarizePurchases(purchases: readonly PurchaseDay[], day: number): PurchaseSummary {
  const days = purchases.map((purchase) => purchase.day).toSorted((left, right) => left - right);
  const first = days[0] ?? null;
  const last = days.at(-1) ?? null;
  return {
    first,
    last,
    days: days.length,
    transactions: purchases.reduce((sum, { transactions }) => sum + transactions, 0),
    frequency: Math.max(0, days.length - 1),
    recency: first === null || last === null ? null : last - first,
    age: first === null ? null : day - first,
  };
}

/** Of the calendar month that holds the day, up to the day; null without a purchase. */
export function lifecycleOn(purchases: readonly PurchaseDay[], day: number): Lifecycle | null {
  if (purchases.length === 0) return null;
  const monthOf = (one: number) => startOfPeriod(one, 'month', '');
  const month = monthOf(day);
  const before = monthOf(month - 1);
  const months = new Set(purchases.map((purchase) => monthOf(purchase.day)));
  if (!months.has(month)) return 'dormant';
  if (months.has(before)) return 'returning';
  return months.size === 1 ? 'new' : 'resurrecting';
}

/** How many days before it churns a profile is near to it: 14, of a short window half of it. */
export function nearDays(window: number): number {
  return Math.min(14, Math.floor(window / 2));
}

export function churnOn(
  day: number,
  { activity, lastActive, window }: { activity: string; lastActive: number; window: number },
): ProfileChurn {
  const churnsOn = lastActive + window;
  let state: ChurnState = 'active';
  if (day >= churnsOn) state = 'churned';
  else if (churnsOn - day <= nearDays(window)) state = 'near';
  return { activity, window, lastActive: formatDay(lastActive), churnsOn: formatDay(churnsOn), state };
}

export const strategies = ['acquire', 'retain', 'increase', 'cherish'] as const;
export type Strategy = (typeof strategies)[number];

export const loyalties = ['loyal', 'retained'] as const;
export type Loyalty = (typeof loyalties)[number];

export interface Standing {
  relationship: Relationship;
  /** Of purchases, for the window of the strategies; null without a purchase. */
  churn: ChurnState | null;
  /** Whether it had a touchpoint of the stage `loyalty` within that window. */
  isAdvocate: boolean;
}

/** A repeat customer who is still active is retained, and loyal if it speaks up for the brand besides. Null for all others. */
export function loyaltyOf({ relationship, churn, isAdvocate }: Standing): Loyalty | null {
  if (relationship !== 'repeat' || churn === null || churn === 'churned') return null;
  return isAdvocate ? 'loyal' : 'retained';
}

/** What to do about it: the first rule that applies. */
export function strategyOf(standing: Standing): Strategy {
  if (standing.relationship === 'prospect' || standing.churn === null) return 'acquire';
  if (standing.churn !== 'active') return 'retain';
  return loyaltyOf(standing) === 'loyal' ? 'cherish' : 'increase';
}

/** The window that strategies are computed for: the shortest of at least the days after which a profile lapses, or the longest. */
export function strategyWindow(windows: readonly number[], lapseDays: number): number {
  const ascending = windows.toSorted((left, right) => left - right);
  return ascending.find((window) => window >= lapseDays) ?? ascending.at(-1) ?? lapseDays;
}
