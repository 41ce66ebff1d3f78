/** Sums changes of series within a batch, by cause: what is appended to the database, one row per series and cause. */
import type { Change, ChangeCause } from './cause.ts';
import { maxCell, type EmitChange } from './series.ts';

export interface Delta {
  series: number;
  cause: ChangeCause;
  reason: string | null;
  /** Ascending; of cells, those of one day too. */
  days: number[];
  /** One for each day; null of a series without cells. */
  cells: number[] | null;
  /** One for each day; no zeros. */
  amounts: number[];
}

/** Reasons of one cause that a batch keeps apart; what has others is summed without a reason, or deltas would not stay few. */
export const maxReasons = 10;

interface Ledger extends Change {
  /** series -> day and cell as one number -> amount: numbers are found faster than texts */
  sums: Map<number, Map<number, number>>;
}

export class DeltaSums {
  readonly #ledgers = new Map<string, Ledger>();
  /** Most effects of a batch share a few objects. */
  readonly #known = new Map<Change, EmitChange>();

  /** Returns the function that books changes under the cause. */
  under(change: Change): EmitChange {
    let emit = this.#known.get(change);
    if (emit === undefined) this.#known.set(change, (emit = this.#open(change)));
    return emit;
  }

  #open(change: Change): EmitChange {
    const name = `${change.cause} ${change.reason ?? ''}`;
    let ledger = this.#ledgers.get(name);
    if (ledger === undefined) this.#ledgers.set(name, (ledger = { ...change, sums: new Map() }));
    const { sums } = ledger;
    return (series, day, amount, cell = 0) => {
      let places = sums.get(series);
      if (places === undefined) sums.set(series, (places = new Map()));
      const place = day * placesOfDay + cell;
      places.set(place, (places.get(place) ?? 0) + amount);
    };
  }

  addAll(other: DeltaSums): void {
    for (const { sums, ...change } of other.#ledgers.values()) {
      const emit = this.under(change);
      for (const [series, places] of sums) {
        for (const [place, amount] of places) emit(series, dayOf(place), amount, cellOf(place));
      }
    }
  }

  toDeltas(): Delta[] {
    return this.#mergeReasons().flatMap(({ cause, reason, sums }) =>
      [...sums].flatMap(([series, places]) => {
        const changed = changedPlaces(places);
        const [first] = changed;
        if (first === undefined) return [];
        return [
          {
            series,
            cause,
            reason,
            days: Array.from(changed, dayOf),
            cells: cellOf(first) === 0 ? null : Array.from(changed, cellOf),
            amounts: Array.from(changed, (place) => places.get(place) ?? 0),
          },
        ];
      }),
    );
  }

  #mergeReasons(): Ledger[] {
    const effective = [...this.#ledgers.values()].filter(({ sums }) =>
      [...sums.values()].some((places) => [...places.values()].some((amount) => amount !== 0)),
    );
    const byCause = Map.groupBy(effective, ({ cause }) => cause);
    return [...byCause.values()].flatMap((ledgers) => {
      const named = ledgers.filter(({ reason }) => reason !== null).slice(0, maxReasons);
      const rest = ledgers.filter((ledger) => !named.includes(ledger));
      return rest.length === 0 ? named : [...named, sumLedgers(rest)];
    });
  }
}

function sumLedgers(ledgers: readonly Ledger[]): Ledger {
  const sums: Ledger['sums'] = new Map();
  for (const ledger of ledgers) {
    for (const [series, places] of ledger.sums) {
      const total = sums.get(series) ?? new Map<number, number>();
      for (const [place, amount] of places) total.set(place, (total.get(place) ?? 0) + amount);
      sums.set(series, total);
    }
  }
  return { cause: (ledgers[0] as Ledger).cause, reason: null, sums };
}

const placesOfDay = maxCell + 1;

/** Ascending. */
function changedPlaces(places: ReadonlyMap<number, number>): Float64Array {
  const changed = new Float64Array(places.size);
  let count = 0;
  for (const [place, amount] of places) if (amount !== 0) changed[count++] = place;
  return changed.subarray(0, count).sort();
}

function dayOf(place: number): number {
  return Math.floor(place / placesOfDay);
}

function cellOf(place: number): number {
  return place - dayOf(place) * placesOfDay;
}
