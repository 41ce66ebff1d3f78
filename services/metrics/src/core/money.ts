/** The amount of a touchpoint in minor units: the one function of the contracts, so that ingest accepts what metrics adds. */
export { moneyOf } from '@throughline/contracts';
