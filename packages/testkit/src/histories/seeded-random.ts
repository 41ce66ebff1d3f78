/** Pseudo-random numbers that a seed decides, for histories that must be found again. */

export interface Random {
  /** A whole number from 0 to `bound - 1`. */
  below: (bound: number) => number;
  chance: (probability: number) => boolean;
  pick: <T>(choices: readonly T[]) => T;
  shuffled: <T>(items: readonly T[]) => T[];
}

/** mulberry32: 32 bits of state, plenty for histories of a few dozen operations. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (bound: number): number => Math.floor(next() * bound);
  return {
    below,
    chance: (probability) => next() < probability,
    pick: (choices) => {
      const chosen = choices[below(choices.length)];
      if (chosen === undefined) throw new Error('nothing to pick from');
      return chosen;
    },
    shuffled: (items) => {
      const rest = [...items];
      const result = [];
      while (rest.length > 0) result.push(...rest.splice(below(rest.length), 1));
      return result;
    },
  };
}
