/**
 * Holds the figures of real purchases against published ones, and against those of a slow count.
 *
 *   THROUGHLINE_DATA=folder node services/metrics/bench/real-data/main.ts postgres://user@host/database [data set …]
 *
 * The data sets are cdnow-sample, rfm, complete-journey and cdnow; all of them unless some are named. Makes databases of its own on the server, and drops what has their names. Ends with 1 where anything differs.
 */
import { randomInt } from 'node:crypto';
import { compareCdnow, compareCdnowSample, compareCompleteJourney, compareRfm } from './compare.ts';

const [server, folder] = [process.argv[2], process.env['THROUGHLINE_DATA']];
if (server === undefined || folder === undefined)
  throw new Error('usage: THROUGHLINE_DATA=folder node bench/real-data/main.ts postgres://…');
const seed = Number(process.env['THROUGHLINE_TEST_SEED'] ?? randomInt(1_000_000));
console.log(`disorder by the seed ${seed}`);
const place = { server, folder, seed };
const dataSets = {
  'cdnow-sample': compareCdnowSample,
  rfm: compareRfm,
  'complete-journey': compareCompleteJourney,
  cdnow: compareCdnow,
};
const named = process.argv.slice(3);
let differences = 0;
for (const [name, compare] of Object.entries(dataSets)) {
  if (named.length > 0 && !named.includes(name)) continue;
  for (const disordered of [false, true]) {
    const startedAt = performance.now();
    for (const { name: figure, compared, different } of await compare(place, disordered)) {
      differences += different;
      console.log(
        `${different === 0 ? 'equal' : 'DIFFERENT'}: ${figure}, ${compared} values, ${different} differ`,
      );
    }
    console.log(
      `  ${disordered ? 'in disorder' : 'in order'}, ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`,
    );
  }
}
process.exitCode = differences === 0 ? 0 : 1;
