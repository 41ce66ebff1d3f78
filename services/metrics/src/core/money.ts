/** The amount of a touchpoint: one function for ingest, which accepts it, and metrics, which adds it. */
export { moneyOf, type Money } from '@throughline/contracts';
