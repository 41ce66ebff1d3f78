/** How many random cases a property is tried with: as many as `THROUGHLINE_TEST_RUNS` says, else the number given. */
export function testRuns(otherwise: number): number {
  return Number(process.env['THROUGHLINE_TEST_RUNS'] ?? otherwise);
}

/**
 * The seeds of a property over random histories: as many as {@link testRuns}, from a random one on. A failure prints its
 * seed; `THROUGHLINE_TEST_SEED` runs that one alone.
 */
export function testSeeds(otherwise: number): { firstSeed: number; count: number } {
  const seed = process.env['THROUGHLINE_TEST_SEED'];
  if (seed !== undefined) return { firstSeed: Number(seed), count: 1 };
  return { firstSeed: Math.floor(Math.random() * 1e9), count: testRuns(otherwise) };
}
