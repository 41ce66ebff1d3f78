/** What the journey of a profile comes to on a day, from what the database has of it. */
import type { ProfileChurn } from '@throughline/contracts';
import { formatDay } from '../core/calendar.ts';
import {
  churnOn,
  lifecycleOn,
  loyaltyOf,
  strategyOf,
  strategyWindow,
  summarizePurchases,
  type PurchaseDay,
} from '../core/profile-journey.ts';
import {
  findLastDays,
  findLastStageDay,
  findPurchaseDays,
  findRevenue,
  type CurrencyTotals,
  type JourneyAsked,
} from '../db/find-profile-journey.ts';
import { findClassDay, findValueClasses } from '../db/class-bounds.ts';
import { findStageOf } from '../db/find-stage-profiles.ts';
import { stageRules } from './explained-profiles.ts';
import type { FigureReader } from './figure-reader.ts';

/** The stage whose touchpoints speak up for the brand. */
const advocacyStage = 'loyalty';

export async function readProfileJourney(reader: FigureReader, asked: JourneyAsked) {
  const { pool, generation, catalog } = reader;
  const { settings, purchase } = catalog;
  const { windows, journeyMap } = settings;
  const [found, purchases, revenue, staged, advocated, classDay, classes] = await Promise.all([
    findLastDays(
      pool,
      generation,
      asked,
      catalog.activities.map(({ id }) => id),
    ),
    findPurchaseDays(pool, generation, asked, purchase),
    findRevenue(pool, generation, asked, purchase),
    findStageOf(pool, generation, { ...stageRules(reader, asked.day), profile: asked.profile }),
    findLastStageDay(pool, generation, asked, advocacyStage),
    findClassDay(pool, generation),
    findValueClasses(pool, generation, { profiles: [asked.profile], activity: purchase }),
  ]);
  const window = strategyWindow(windows, journeyMap.lapseDays);
  const churn = catalog.activities.flatMap(({ activity }, place) =>
    churnStates(asked.day, { activity, lastActive: found.lastDays[place] ?? null, windows }),
  );
  const bought = churn.find((one) => one.activity === 'purchase' && one.window === window);
  const relationship = relationshipOf(purchases);
  const isAdvocate = advocated !== null && advocated > asked.day - window;
  const standing = { relationship, churn: bought?.state ?? null, isAdvocate };
  const { first, last, days, transactions, frequency, recency, age } = summarizePurchases(
    purchases,
    asked.day,
  );
  return {
    identified: found.isIdentified,
    stage: staged?.stage ?? null,
    stageSince: formatOptional(staged?.since ?? null),
    relationship,
    lifecycle: lifecycleOn(purchases, asked.day),
    firstPurchase: formatOptional(first),
    lastPurchase: formatOptional(last),
    transactions,
    purchaseDays: days,
    frequency,
    recency,
    T: age,
    currencies: Object.fromEntries(revenue.map((one) => [one.currency, presentTotals(one)])),
    valueClass:
      relationship === 'prospect' || classDay === null || asked.day < classDay
        ? null
        : (classes.get(asked.profile) ?? null),
    window,
    loyalty: loyaltyOf(standing),
    strategy: strategyOf(standing),
    churn,
  };
}

function churnStates(
  day: number,
  {
    activity,
    lastActive,
    windows,
  }: { activity: string; lastActive: number | null; windows: readonly number[] },
): ProfileChurn[] {
  if (lastActive === null) return [];
  return windows.map((window) => churnOn(day, { activity, lastActive, window }));
}

function relationshipOf(purchases: readonly PurchaseDay[]): 'prospect' | 'customer' | 'repeat' {
  const bought = purchases.reduce((sum, { transactions }) => sum + transactions, 0);
  if (bought === 0) return 'prospect';
  return bought === 1 ? 'customer' : 'repeat';
}

function presentTotals({ revenue, refunded, cost }: CurrencyTotals) {
  const net = revenue + refunded;
  return { revenue, refunds: refunded, net, margin: net - cost };
}

function formatOptional(day: number | null): string | null {
  return day === null ? null : formatDay(day);
}
