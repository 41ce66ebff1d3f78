/** Growth by plain sets, the slow obvious way: nothing in common with the services. */
import type { Sent } from './workload.ts';

export interface GrowthDay {
  day: string;
  customersAtStart: number;
  active: number;
  retained: number;
  churned: number;
  new: number;
  reactivated: number;
}

/** Of purchases, by identified profiles. */
export function purchaseDays(sent: Iterable<Sent>): number[][] {
  const days = new Map<string, Set<number>>();
  for (const { person, day, isPurchase } of sent) {
    if (person === null || !isPurchase) continue;
    const own = days.get(person) ?? new Set();
    days.set(person, own.add(day));
  }
  return [...days.values()].map((own) => [...own]);
}

export function growthOn(people: readonly number[][], day: number, window: number): GrowthDay {
  const isActive = (days: readonly number[], on: number): boolean =>
    days.some((active) => on - window < active && active <= on);
  const start = people.filter((days) => isActive(days, day - window));
  const active = people.filter((days) => isActive(days, day));
  const atStart = new Set(start);
  const stillActive = new Set(active);
  const arrived = active.filter((days) => !atStart.has(days));
  const fresh = arrived.filter((days) => Math.min(...days) > day - window).length;
  const retained = start.filter((days) => stillActive.has(days)).length;
  return {
    day: new Date(day * 86_400_000).toISOString().slice(0, 10),
    customersAtStart: start.length,
    active: active.length,
    retained,
    churned: start.length - retained,
    new: fresh,
    reactivated: arrived.length - fresh,
  };
}
