/** Shares by bucket as a line, such as the retention of all cohorts together. */
import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import { formatPercent } from '../text/format.ts';
import { useWidth } from './use-width.ts';

interface BucketLineProps {
  name: string;
  /** Of the axis below. */
  unit: string;
  buckets: readonly string[];
  shares: readonly (number | null)[];
}

const height = 220;
const plot = { left: 44, right: 16, top: 24, bottom: 44 };

export function BucketLine({ name, unit, buckets, shares }: BucketLineProps) {
  const { place, width } = useWidth();
  const points = shares.flatMap((share, index) => (share === null ? [] : [{ index, share }]));
  const last = Math.max(1, points.at(-1)?.index ?? 1);
  const x = scaleLinear([0, last], [plot.left, width - plot.right]);
  const highest = Math.max(0.01, ...points.map(({ share }) => share));
  const y = scaleLinear([0, highest], [height - plot.bottom, plot.top]).nice(4);
  const draw = line<(typeof points)[number]>()
    .x(({ index }) => x(index))
    .y(({ share }) => y(share));
  const step = Math.ceil((last + 1) / Math.max(2, Math.floor(width / 60)));
  return (
    <div ref={place} class="chart">
      {width === 0 ? null : (
        <svg
          width={width}
          height={height}
          role="img"
          aria-label={`${name}, in numbers in the row All of the table`}
        >
          <g class="axes">
            {y.ticks(4).map((value) => (
              <g key={value} transform={`translate(0 ${y(value)})`}>
                <line x1={plot.left} x2={width - plot.right} />
                <text x={plot.left - 8} dy="0.32em" text-anchor="end">
                  {formatPercent(value).replace('.0%', '%')}
                </text>
              </g>
            ))}
            {points
              .filter(({ index }) => index % step === 0)
              .map(({ index }) => (
                <text key={index} x={x(index)} y={height - 26} text-anchor="middle">
                  {buckets[index]}
                </text>
              ))}
            <text x={width - plot.right} y={height - 8} text-anchor="end">
              {unit}
            </text>
          </g>
          <path class="curve" d={draw(points) ?? ''} />
          <g class="last">
            {points.map(({ index, share }) => (
              <circle key={index} cx={x(index)} cy={y(share)} r={points.length > 40 ? 1.5 : 3} />
            ))}
          </g>
        </svg>
      )}
    </div>
  );
}
