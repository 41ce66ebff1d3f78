/**
 * The condition on the generation (`$1`) of lookups by a part of a key whose last column it is. Written so that no index
 * takes it: Postgres 18 would skip through the columns between, and preparing that for each of a thousand lookups takes
 * longer than the lookup (9.5 µs against 4.5 of a short history). There are at most a few generations.
 */
export const ofGeneration = 'generation + 0 = $1';
