/** A figure by day. Days that are not over are hatched, and those that were restated have a mark on the axis. */
import { useState } from 'preact/hooks';
import { dayNumber } from '../text/days.ts';
import { formatCompact, formatDay, formatPercent, formatRatio } from '../text/format.ts';
import { dayTicks } from './axis.ts';
import { createLineScale, type LineScale, nearestPoint, type Plot, type Point } from './line-scale.ts';
import { useWidth } from './use-width.ts';

interface LineChartProps {
  name: string;
  unit: string;
  points: readonly Point[];
  isShare: boolean;
  format: (value: number | null) => string;
  /** Days whose figures were changed after they were closed. */
  restated: ReadonlySet<string>;
}

const height = 300;

export function LineChart(props: LineChartProps) {
  const { place, width } = useWidth();
  return (
    <div ref={place} class="chart">
      {width === 0 || props.points.length === 0 ? (
        <div class="chart-blank" />
      ) : (
        <Drawn {...props} width={width} />
      )}
    </div>
  );
}

function Drawn({ width, ...props }: LineChartProps & { width: number }) {
  const { points, name, unit, isShare, format, restated } = props;
  const [chosen, setChosen] = useState<number | null>(null);
  const plot: Plot = { width, height, left: 48, right: width < 500 ? 14 : 72, top: 26, bottom: 40 };
  const scale = createLineScale(points, plot, { isShare, isFromZero: true });
  const move = (event: KeyboardEvent): void => {
    const last = points.length - 1;
    const at = chosen ?? last;
    const step = event.shiftKey ? 7 : 1;
    const next = new Map([
      ['ArrowLeft', Math.max(0, at - step)],
      ['ArrowRight', Math.min(last, at + step)],
      ['Home', 0],
      ['End', last],
    ]).get(event.key);
    if (next === undefined) return;
    event.preventDefault();
    setChosen(next);
  };
  const point = chosen === null ? undefined : points[chosen];
  return (
    <>
      <div
        class="chart-keys"
        role="slider"
        tabIndex={0}
        aria-label={`${name}, by day. Arrow keys go from day to day.`}
        aria-valuemin={0}
        aria-valuemax={points.length - 1}
        aria-valuenow={chosen ?? points.length - 1}
        aria-valuetext={readout(points[chosen ?? points.length - 1], props)}
        onKeyDown={move}
        onBlur={() => setChosen(null)}
        onPointerMove={(event) =>
          setChosen(
            nearestPoint(points, scale, event.clientX - event.currentTarget.getBoundingClientRect().left),
          )
        }
        onPointerLeave={() => setChosen(null)}
      >
        <svg width={width} height={height} aria-hidden="true">
          <Hatching />
          <Axes plot={plot} scale={scale} unit={unit} isShare={isShare} />
          <Partial points={points} scale={scale} plot={plot} />
          <path class="curve" d={scale.path(points.filter(({ isPartial }) => !isPartial))} />
          <path class="curve partial" d={scale.path(lastWholeAndPartial(points))} />
          <Marks restated={restated} scale={scale} plot={plot} />
          {width < 500 ? null : <LastLabel points={points} scale={scale} format={format} />}
          {point === undefined ? null : <Chosen point={point} scale={scale} plot={plot} />}
        </svg>
      </div>
      <p class="readout" aria-hidden="true">
        {point === undefined
          ? 'Point at the curve, or use the arrow keys, for the figure of a day.'
          : readout(point, props)}
      </p>
    </>
  );
}

function readout(point: Point | undefined, { format, unit, restated }: LineChartProps): string {
  if (point === undefined) return '';
  const notes = [point.isPartial ? 'not over yet' : '', restated.has(point.day) ? 'restated' : ''].filter(
    Boolean,
  );
  const note = notes.length === 0 ? '' : ` (${notes.join(', ')})`;
  return `${formatDay(point.day)}: ${format(point.value)} ${unit}${note}`;
}

function lastWholeAndPartial(points: readonly Point[]): Point[] {
  const first = points.findIndex(({ isPartial }) => isPartial);
  return first < 0 ? [] : points.slice(Math.max(0, first - 1));
}

export function Hatching() {
  return (
    <defs>
      <pattern id="hatching" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect class="hatch-ground" width="6" height="6" />
        <line class="hatch-line" x1="0" y1="0" x2="0" y2="6" />
      </pattern>
    </defs>
  );
}

interface PartProps {
  scale: LineScale;
  plot: Plot;
}

function Axes({ scale, plot, unit, isShare }: PartProps & { unit: string; isShare: boolean }) {
  const { y } = scale;
  const highest = y.domain()[1] ?? 1;
  const text = (value: number) =>
    isShare
      ? formatPercent(value).replace('.0%', '%')
      : highest < 4
        ? formatRatio(value)
        : formatCompact(value);
  const ticks = dayTicks(scale.from, scale.to, Math.max(2, Math.floor(plot.width / 90)));
  return (
    <g class="axes">
      <text x={4} y={12} class="unit">
        {unit}
      </text>
      {y.ticks(4).map((value) => (
        <g key={value} transform={`translate(0 ${y(value)})`}>
          <line x1={plot.left} x2={plot.width - plot.right} />
          <text x={plot.left - 8} dy="0.32em" text-anchor="end">
            {text(value)}
          </text>
        </g>
      ))}
      {ticks.map(({ value, text: label }) => (
        <text
          key={value}
          x={Math.min(scale.x(value), plot.width - plot.right)}
          y={plot.height - 8}
          text-anchor={scale.x(value) > plot.width - 30 ? 'end' : 'middle'}
        >
          {label}
        </text>
      ))}
    </g>
  );
}

function Partial({ points, scale, plot }: PartProps & { points: readonly Point[] }) {
  const first = points.find(({ isPartial }) => isPartial);
  if (first === undefined) return null;
  const begin = scale.x(dayNumber(first.day) - 0.5);
  const width = Math.max(3, scale.x(scale.to) + 4 - begin);
  return (
    <rect
      class="hatched"
      x={begin}
      y={plot.top}
      width={width}
      height={plot.height - plot.top - plot.bottom}
    />
  );
}

function Marks({ restated, scale, plot }: PartProps & { restated: ReadonlySet<string> }) {
  const y = plot.height - plot.bottom + 6;
  const days = [...restated].map(dayNumber).filter((day) => day >= scale.from && day <= scale.to);
  return (
    <g class="marks">
      {days.map((day) => (
        <path key={day} d={`M${scale.x(day)} ${y - 3}l3.5 6h-7z`} />
      ))}
    </g>
  );
}

function LastLabel({
  points,
  scale,
  format,
}: {
  points: readonly Point[];
  scale: LineScale;
  format: (value: number | null) => string;
}) {
  const last = points.findLast(({ value, isPartial }) => value !== null && !isPartial);
  if (last === undefined) return null;
  const [x, y] = [scale.x(dayNumber(last.day)), scale.y(last.value ?? 0)];
  return (
    <g class="last">
      <circle cx={x} cy={y} r={3.5} />
      <text x={Math.max(x, scale.x(scale.to)) + 8} y={y} dy="0.32em">
        {format(last.value)}
      </text>
    </g>
  );
}

function Chosen({ point, scale, plot }: PartProps & { point: Point }) {
  const x = scale.x(dayNumber(point.day));
  return (
    <g class="chosen">
      <line x1={x} x2={x} y1={plot.top} y2={plot.height - plot.bottom} />
      {point.value === null ? null : <circle cx={x} cy={scale.y(point.value)} r={4.5} />}
    </g>
  );
}
