import fc from 'fast-check';
import { testRuns } from '@throughline/testkit';
import { describe, expect, test } from 'vitest';
import { relationships } from '@throughline/contracts';
import { stageFlows, stageMoveOf } from '../../src/core/stage-flows.ts';
import { createSeriesCatalog } from '../../src/core/series.ts';
import { expectedFigures, settings } from '../expected-figures.ts';
import { maintainedFigures } from '../maintained-figures.ts';
import { MemoryFigures } from '../memory-figures.ts';
import { deliveries } from '../resolved-histories.ts';

/** Few, so that there are longer ones. */
const longestSpell = 6;
const catalog = createSeriesCatalog(settings, { longestSpell });

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
        expect(maintainedFigures(catalog, figures.changes())).toEqual(
          expectedFigures(delivered, longestSpell),
        );
      }),
      { numRuns: testRuns(150) },
    );
  });

  test('have as many entries less exits as the occupancy of each stage and relationship changes, on every day', () => {
    fc.assert(
      fc.property(deliveries, ({ partitions }) => {
        const figures = new MemoryFigures(catalog);
        for (const batch of partitions.flat()) figures.apply(batch);
        const changes = figures.changes();
        const moves = changes.flatMap(({ series, day, amount: count }) => {
          const key = catalog.keys[series];
          return key?.figure === 'transition' ? [stageMoveOf(key.dimensions, { day, count })] : [];
        });
        const stages = [...catalog.occupancy.keys()];
        const changeOf = (numbers: readonly (number | undefined)[], day: number) =>
          changes
            .filter((change) => change.day === day && numbers.includes(change.series))
            .reduce((sum, { amount }) => sum + amount, 0);
        for (const day of new Set(changes.map((change) => change.day))) {
          const own = moves.filter((move) => move.day === day);
          for (const relationship of [null, ...relationships]) {
            for (const [stage, { entries, exits }] of stageFlows(own, stages, relationship)) {
              const numbers = catalog.occupancy.get(stage) ?? [];
              const shown = relationship === null ? numbers : [numbers[relationships.indexOf(relationship)]];
              expect(entries - exits).toBe(changeOf(shown, day));
            }
          }
        }
      }),
      { numRuns: 40 },
    );
  });
});
