import type { FunnelAnswer } from '../../api/journey-answers.ts';
import { formatCount, formatPercent } from '../../text/format.ts';

/** Profiles by the steps that they reached, each as a share of those at the first. */
export function Funnel({ answer }: { answer: FunnelAnswer }) {
  const first = Math.max(1, answer.steps[0]?.profiles ?? 0);
  return (
    <>
      <dl class="bars">
        {answer.steps.map(({ stage, profiles, conversion }) => (
          <div key={stage}>
            <dt>{stage}</dt>
            <dd>
              <svg class="bar-fill" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
                <rect width={Math.min(100, (100 * profiles) / first)} height="10" />
              </svg>
              <span class="bar-count">{formatCount(profiles)}</span>
              <span class="bar-share">{formatPercent(conversion)}</span>
            </dd>
          </div>
        ))}
      </dl>
      <p class="definition">
        {answer.definition} Within {answer.window} days.
        {answer.partial ? ' The window of the last day is not over yet: more may follow.' : ''}
      </p>
    </>
  );
}
