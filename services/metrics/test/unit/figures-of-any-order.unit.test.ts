import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSeriesCatalog } from '../../src/core/series.ts';
import { expectedFigures, settings } from '../expected-figures.ts';
import { maintainedFigures } from '../maintained-figures.ts';
import { MemoryFigures } from '../memory-figures.ts';
import { deliveries } from '../resolved-histories.ts';

const catalog = createSeriesCatalog(settings);

describe('figures', () => {
  test('are those of the reference model, whatever the order, repeats, batches and partitions', () => {
    fc.assert(
      fc.property(deliveries, fc.infiniteStream(fc.boolean()), ({ delivered, partitions }, turns) => {
        const figures = new MemoryFigures(catalog);
        const queues = partitions.map((batches) => [...batches]);
        while (queues.some((queue) => queue.length > 0)) {
          const batch = queues[turns.next().value === true ? 1 : 0]?.shift();
          if (batch !== undefined) figures.apply(batch);
        }
        expect(maintainedFigures(catalog, figures.changes())).toEqual(expectedFigures(delivered));
      }),
      { numRuns: Number(process.env['THROUGHLINE_TEST_RUNS'] ?? 400) },
    );
  });
});
