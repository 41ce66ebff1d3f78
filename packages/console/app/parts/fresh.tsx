import type { Freshness } from '../api/metrics-answers.ts';
import { formatAge, formatCount, formatMoment } from '../text/format.ts';

/** How much of what was received the figures hold. */
export function Fresh({ freshness }: { freshness: Freshness }) {
  const { processedThrough, pendingRecords } = freshness;
  const isCurrent = pendingRecords === 0;
  return (
    <p class="fresh">
      <span class={`dot ${isCurrent ? 'good' : 'warn'}`} aria-hidden="true" />
      {pendingRecords === null
        ? 'The event log does not answer: how much is pending is not known.'
        : isCurrent
          ? 'Everything received is counted'
          : `${formatCount(pendingRecords)} records pending`}
      {processedThrough === null ? null : (
        <span class="muted" title={formatMoment(processedThrough)}>
          {' '}
          · last received {formatAge(processedThrough, Date.now())}
        </span>
      )}
    </p>
  );
}
