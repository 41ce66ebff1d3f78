/** The figures of growth accounting, derived exactly from the three series of an activity and a window. */

export interface GrowthDay {
  day: number;
  customersAtStart: number;
  active: number;
  retained: number;
  churned: number;
  new: number;
  reactivated: number;
  /** (new + reactivated) / churned; null where none churned. */
  quickRatio: number | null;
  /** retained / customersAtStart; null where there is no start. Retention and churn sum to 1. */
  retention: number | null;
  churn: number | null;
}

/** Value of a series by the end of a day. */
export type SeriesValue = (day: number) => number;

export interface GrowthSeries {
  first: SeriesValue;
  active: SeriesValue;
  retained: SeriesValue;
}

export function growthOn(day: number, window: number, series: GrowthSeries): GrowthDay {
  return growthOf(day, {
    customersAtStart: series.active(day - window),
    active: series.active(day),
    retained: series.retained(day),
    new: series.first(day) - series.first(day - window),
  });
}

/** From the four levels that the others follow from. */
export function growthOf(
  day: number,
  levels: Pick<GrowthDay, 'customersAtStart' | 'active' | 'retained' | 'new'>,
): GrowthDay {
  const { customersAtStart, active, retained, new: newcomers } = levels;
  const churned = customersAtStart - retained;
  const reactivated = active - retained - newcomers;
  return {
    day,
    customersAtStart,
    active,
    retained,
    churned,
    new: newcomers,
    reactivated,
    quickRatio: churned === 0 ? null : (newcomers + reactivated) / churned,
    retention: customersAtStart === 0 ? null : retained / customersAtStart,
    churn: customersAtStart === 0 ? null : churned / customersAtStart,
  };
}

/** From changes in ascending order of days to values: 0 before the first. */
export function createSeriesValue(changes: readonly { day: number; amount: number }[]): SeriesValue {
  const days: number[] = [];
  const values: number[] = [];
  let value = 0;
  for (const change of changes) {
    value += change.amount;
    days.push(change.day);
    values.push(value);
  }
  return (day) => {
    let low = 0;
    let high = days.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((days[middle] as number) <= day) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? 0 : (values[low - 1] as number);
  };
}
