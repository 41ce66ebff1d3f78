/** The figures as they stood at a moment, or as they are now. The moment is in UTC, so that an address means the same everywhere. */
import { useEffect, useState } from 'preact/hooks';
import { useAddress } from '../../shell/use-address.ts';
import { formatMoment } from '../../text/format.ts';

/** Undefined for now. */
export function useAsOf(): string | undefined {
  const { query } = useAddress();
  const moment = query['asOf'] ?? '';
  return Number.isNaN(Date.parse(moment)) ? undefined : moment;
}

export function AsOfChoice({ asOf }: { asOf: string | undefined }) {
  const { change } = useAddress();
  const shown = asOf === undefined ? '' : new Date(asOf).toISOString().slice(0, 16);
  const [text, setText] = useState(shown);
  useEffect(() => setText(shown), [shown]);
  return (
    <form
      class="range"
      onSubmit={(event) => {
        event.preventDefault();
        change({ asOf: text === '' ? undefined : `${text}:00Z` });
      }}
    >
      <label class="choice">
        <span>As it stood at (UTC)</span>
        <input type="datetime-local" value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </label>
      <button type="submit" disabled={text === shown}>
        Show
      </button>
      {asOf === undefined ? null : (
        <>
          <button type="button" onClick={() => change({ asOf: undefined })}>
            Now
          </button>
          <p class="as-of" role="status">
            <span class="tag warn">as of {formatMoment(asOf)}</span>
          </p>
        </>
      )}
    </form>
  );
}
