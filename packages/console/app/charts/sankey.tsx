/** Moves between stages as bands, as thick as there are moves. The matrix beside it has the same numbers to read. */
import { linkHorizontal } from 'd3-shape';
import { formatCount } from '../text/format.ts';
import { type Flow, layOutSankey, type SankeyNode } from './sankey-layout.ts';
import { useWidth } from './use-width.ts';

interface SankeyProps {
  name: string;
  flows: readonly Flow[];
  /** Of the stages. */
  order: readonly string[];
}

const height = 320;
const nodeWidth = 10;
const top = 8;

export function Sankey({ name, flows, order }: SankeyProps) {
  const { place, width } = useWidth();
  const { total, from, to, links } = layOutSankey(flows, order, height - 2 * top);
  const [left, right] = [width < 420 ? 104 : 132, width - (width < 420 ? 104 : 132)];
  const draw = linkHorizontal<unknown, [number, number]>();
  return (
    <div ref={place} class="chart">
      {width === 0 ? (
        <div class="chart-blank" />
      ) : (
        <svg width={width} height={height} role="img" aria-label={`${name}: ${formatCount(total)} moves`}>
          <g transform={`translate(0 ${top})`}>
            {links.map((link) => (
              <path
                key={`${link.from} ${link.to}`}
                class="band"
                d={
                  draw({ source: [left + nodeWidth, link.fromY], target: [right - nodeWidth, link.toY] }) ??
                  ''
                }
                stroke-width={Math.max(1, link.thickness)}
              >
                <title>{`${link.from} to ${link.to}: ${formatCount(link.count)}`}</title>
              </path>
            ))}
            <Column nodes={from} x={left} side="left" />
            <Column nodes={to} x={right - nodeWidth} side="right" />
          </g>
        </svg>
      )}
    </div>
  );
}

function Column({ nodes, x, side }: { nodes: readonly SankeyNode[]; x: number; side: 'left' | 'right' }) {
  return (
    <g class="nodes">
      {nodes.map((node) => (
        <g key={node.name} transform={`translate(${x} ${node.y})`}>
          <rect
            class={node.name === 'lapsed' ? 'lapsed' : ''}
            width={nodeWidth}
            height={Math.max(1, node.height)}
          />
          <text
            x={side === 'left' ? -6 : nodeWidth + 6}
            y={node.height / 2}
            dy="0.32em"
            text-anchor={side === 'left' ? 'end' : 'start'}
          >
            {node.name} <tspan class="node-count">{formatCount(node.count)}</tspan>
          </text>
        </g>
      ))}
    </g>
  );
}
