import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { layOutSankey } from '../../app/charts/sankey-layout.ts';

const order = ['first seen', 'awareness', 'purchase', 'lapsed'];
const height = 300;

describe('the diagram of moves', () => {
  test('adds up: both columns have all moves, each node those of its links, and nothing is drawn outside', () => {
    const flow = fc.record({
      from: fc.constantFrom(...order, 'a stage of another map'),
      to: fc.constantFrom(...order),
      count: fc.nat(1_000),
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(flow, { selector: ({ from, to }) => `${from} ${to}`, maxLength: 20 }),
        (flows) => {
          const { total, from, to, links } = layOutSankey(flows, order, height);
          const sum = (counts: readonly { count: number }[]) =>
            counts.reduce((all, { count }) => all + count, 0);
          expect([sum(from), sum(to), sum(links), sum(flows)]).toEqual([total, total, total, total]);
          for (const node of from)
            expect(sum(links.filter((link) => link.from === node.name))).toBe(node.count);
          for (const node of to) expect(sum(links.filter((link) => link.to === node.name))).toBe(node.count);
          for (const node of [...from, ...to]) {
            expect(node.y).toBeGreaterThanOrEqual(0);
            expect(node.y + node.height).toBeLessThanOrEqual(height + 1e-6);
          }
          for (const link of links) {
            const begin = from.find(({ name }) => name === link.from);
            expect(link.fromY - link.thickness / 2).toBeGreaterThanOrEqual((begin?.y ?? 0) - 1e-6);
            expect(link.fromY + link.thickness / 2).toBeLessThanOrEqual(
              (begin?.y ?? 0) + (begin?.height ?? 0) + 1e-6,
            );
          }
        },
      ),
    );
  });

  test('keeps the order of the journey in each column', () => {
    const { from, to } = layOutSankey(
      [
        { from: 'purchase', to: 'lapsed', count: 1 },
        { from: 'first seen', to: 'purchase', count: 2 },
      ],
      order,
      height,
    );
    expect(from.map(({ name }) => name)).toEqual(['first seen', 'purchase']);
    expect(to.map(({ name }) => name)).toEqual(['purchase', 'lapsed']);
  });
});
