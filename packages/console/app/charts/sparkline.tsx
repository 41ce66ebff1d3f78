/** The shape of a figure beside its number, from its lowest to its highest: the number is what is read. */
import { createLineScale, type Point } from './line-scale.ts';

const plot = { width: 132, height: 36, left: 1, right: 4, top: 4, bottom: 3 };

export function Sparkline({ points, isShare }: { points: readonly Point[]; isShare: boolean }) {
  if (points.length < 2) return null;
  const scale = createLineScale(points, plot, { isShare, isFromZero: false });
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${plot.width} ${plot.height}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path class="curve" d={scale.path(points)} />
    </svg>
  );
}
