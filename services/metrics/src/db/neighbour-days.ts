/**
 * How many days of a history are read before and after those that are asked for. Most histories are shorter than the first
 * few, and are read whole by them. A batch that asks again and again walks along a history, as where a first purchase turns
 * years of visits into a customer's: so each round reads four times as many, and a walk of any length takes few rounds.
 *
 * @param round from 0
 */
export function neighbourDays(round: number): number {
  return Math.min(4 ** (round + 1), 100_000);
}
