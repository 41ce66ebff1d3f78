/**
 * A Sankey diagram of two columns: where profiles came from, and where they went. Two columns, because a journey has ways
 * back: over a range a stage is both a beginning and an end, and a diagram of more columns has no place for a cycle.
 * Nodes keep the order of the journey, so that the same stage is on the same height on most days.
 */

export interface Flow {
  from: string;
  to: string;
  count: number;
}

export interface SankeyNode {
  name: string;
  count: number;
  y: number;
  height: number;
}

export interface SankeyLink extends Flow {
  /** Middle of the link at its two ends. */
  fromY: number;
  toY: number;
  thickness: number;
}

export interface SankeyLayout {
  /** Of both columns. */
  total: number;
  from: SankeyNode[];
  to: SankeyNode[];
  links: SankeyLink[];
}

const gap = 14;

/** @param order of the nodes in each column; flows of other names are put last */
export function layOutSankey(flows: readonly Flow[], order: readonly string[], height: number): SankeyLayout {
  const counted = flows.filter(({ count }) => count > 0);
  const total = counted.reduce((sum, { count }) => sum + count, 0);
  const names = [...new Set([...order, ...counted.flatMap(({ from, to }) => [from, to])])];
  const column = (end: 'from' | 'to') =>
    names.flatMap((name) => {
      const count = counted.reduce((sum, flow) => sum + (flow[end] === name ? flow.count : 0), 0);
      return count === 0 ? [] : [{ name, count }];
    });
  const [left, right] = [column('from'), column('to')];
  const free = height - gap * (Math.max(left.length, right.length, 1) - 1);
  const scale = total === 0 ? 0 : Math.max(0, free) / total;
  const [from, to] = [place(left, scale), place(right, scale)];
  return { total, from, to, links: placeLinks(counted, names, { from, to }, scale) };
}

function place(nodes: readonly { name: string; count: number }[], scale: number): SankeyNode[] {
  let y = 0;
  return nodes.map(({ name, count }) => {
    const node = { name, count, y, height: count * scale };
    y += node.height + gap;
    return node;
  });
}

function placeLinks(
  flows: readonly Flow[],
  names: readonly string[],
  columns: Record<'from' | 'to', readonly SankeyNode[]>,
  scale: number,
): SankeyLink[] {
  const rank = (name: string): number => names.indexOf(name);
  const sorted = flows.toSorted(
    (one, other) => rank(one.from) - rank(other.from) || rank(one.to) - rank(other.to),
  );
  const used = { from: new Map<string, number>(), to: new Map<string, number>() };
  const middle = (end: 'from' | 'to', name: string, thickness: number): number => {
    const begin = columns[end].find((node) => node.name === name)?.y ?? 0;
    const before = used[end].get(name) ?? 0;
    used[end].set(name, before + thickness);
    return begin + before + thickness / 2;
  };
  return sorted.map((flow) => {
    const thickness = flow.count * scale;
    return {
      ...flow,
      thickness,
      fromY: middle('from', flow.from, thickness),
      toY: middle('to', flow.to, thickness),
    };
  });
}
