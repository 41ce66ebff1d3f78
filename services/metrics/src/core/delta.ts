/** Sums changes of series within a batch, by cause: what is appended to the database, one row per series and cause. */
import type { Change, ChangeCause } from './cause.ts';
import type { EmitChange } from './series.ts';

export interface Delta {
  series: number;
  cause: ChangeCause;
  reason: string | null;
  /** Ascending. */
  days: number[];
  /** One for each day; no zeros. */
  amounts: number[];
}

/** Reasons of one cause that a batch keeps apart; what has others is summed without a reason, or deltas would not stay few. */
export const maxReasons = 10;

interface Ledger extends Change {
  /** series -> day -> amount: of thousands of series a batch changes a few */
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
    return (series, day, amount) => {
      let days = sums.get(series);
      if (days === undefined) sums.set(series, (days = new Map()));
      days.set(day, (days.get(day) ?? 0) + amount);
    };
  }

  toDeltas(): Delta[] {
    return this.#mergeReasons().flatMap(({ cause, reason, sums }) =>
      [...sums].flatMap(([series, days]) => {
        const changed = [...days].filter(([, amount]) => amount !== 0).sort(([a], [b]) => a - b);
        if (changed.length === 0) return [];
        return [
          {
            series,
            cause,
            reason,
            days: changed.map(([day]) => day),
            amounts: changed.map(([, amount]) => amount),
          },
        ];
      }),
    );
  }

  #mergeReasons(): Ledger[] {
    const effective = [...this.#ledgers.values()].filter(({ sums }) =>
      [...sums.values()].some((days) => [...days.values()].some((amount) => amount !== 0)),
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
    for (const [series, days] of ledger.sums) {
      const total = sums.get(series) ?? new Map<number, number>();
      for (const [day, amount] of days) total.set(day, (total.get(day) ?? 0) + amount);
      sums.set(series, total);
    }
  }
  return { cause: (ledgers[0] as Ledger).cause, reason: null, sums };
}
