/**
 * What a batch changes about the shares that profiles have in the figures of closed days. The history of a figure is that of its sum;
 * with these the profiles that were behind it at a moment can be named: what a profile adds now, less what changed since, is what it
 * added then (see shares-as-of.ts).
 */
import type { EmitChange } from './series.ts';

/** In the order in which they happened. */
export type ShareChange =
  | { profile: string; renamedTo: null; series: number[]; days: number[]; amounts: number[] }
  /** The profile has another id from then on, and the same share. */
  | { profile: string; renamedTo: string };

export interface ProfileRename {
  from: string;
  to: string;
}

/** Numbers of series are of 32 bits, and days of far fewer than the 21 that are left of an exact number. */
const placesOfDay = 2 ** 32;

export class ShareChanges {
  readonly #series: ReadonlySet<number>;
  readonly #closedThrough: number;
  readonly #changes: ShareChange[] = [];
  /** Profile -> day and series as one number -> amount. */
  #shares = new Map<string, Map<number, number>>();

  /**
   * @param series those whose profiles can be named
   * @param closedThrough changes of later days are no restatements, and are not kept
   */
  constructor(series: ReadonlySet<number>, closedThrough: number) {
    this.#series = series;
    this.#closedThrough = closedThrough;
  }

  /** Emits as the given function does, and notes what is changed for the profile. */
  of(profile: string, emit: EmitChange): EmitChange {
    return (series, day, amount, cell) => {
      emit(series, day, amount, cell);
      if (day > this.#closedThrough || !this.#series.has(series)) return;
      let own = this.#shares.get(profile);
      if (own === undefined) this.#shares.set(profile, (own = new Map()));
      const place = day * placesOfDay + series;
      own.set(place, (own.get(place) ?? 0) + amount);
    };
  }

  /** Profiles that get other ids at once. What was noted of an id before is that of the profile that had it. */
  rename(renames: readonly ProfileRename[]): void {
    if (renames.length === 0) return;
    this.#flush();
    for (const { from, to } of inOrder(renames)) this.#changes.push({ profile: from, renamedTo: to });
  }

  rows(): ShareChange[] {
    this.#flush();
    return this.#changes;
  }

  #flush(): void {
    for (const [profile, own] of this.#shares) {
      const places = [...own].filter(([, amount]) => amount !== 0);
      if (places.length === 0) continue;
      this.#changes.push({
        profile,
        renamedTo: null,
        series: places.map(([place]) => place - Math.floor(place / placesOfDay) * placesOfDay),
        days: places.map(([place]) => Math.floor(place / placesOfDay)),
        amounts: places.map(([, amount]) => amount),
      });
    }
    this.#shares = new Map();
  }
}

/** One after the other: an id is free when another profile gets it. Where ids are exchanged, one profile has a third id between. */
function inOrder(renames: readonly ProfileRename[]): ProfileRename[] {
  const ordered: ProfileRename[] = [];
  let pending = [...renames];
  while (pending.length > 0) {
    const taken = new Set(pending.map(({ from }) => from));
    const free = pending.filter(({ to }) => !taken.has(to));
    if (free.length > 0) {
      ordered.push(...free);
      pending = pending.filter((rename) => !free.includes(rename));
      continue;
    }
    const [{ from, to }, ...rest] = pending as [ProfileRename, ...ProfileRename[]];
    const between = idBetween(from);
    ordered.push({ from, to: between });
    pending = [...rest, { from: between, to }];
  }
  return ordered;
}

/** No other profile has it: ids are UUIDs of a version above 0. */
function idBetween(id: string): string {
  return `${id.slice(0, 14)}0${id.slice(15)}`;
}
