/** Profiles by journey stage, in the order of the journey. */
import { formatCount, formatPercent } from '../text/format.ts';

export function StageBars({ stages }: { stages: Readonly<Record<string, number>> }) {
  const entries = Object.entries(stages);
  const sum = entries.reduce((total, [, count]) => total + count, 0);
  const most = Math.max(1, ...entries.map(([, count]) => count));
  return (
    <dl class="bars">
      {entries.map(([stage, count]) => (
        <div key={stage}>
          <dt>{stage}</dt>
          <dd>
            <svg class="bar-fill" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
              <rect class={stage === 'lapsed' ? 'lapsed' : ''} width={(100 * count) / most} height="10" />
            </svg>
            <span class="bar-count">{formatCount(count)}</span>
            <span class="bar-share">{formatPercent(sum === 0 ? null : count / sum)}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}
