/** Which days are shown: as many back from today, or from one day to another. */
import { useDeployment } from '../../shell/session.ts';
import { useAddress } from '../../shell/use-address.ts';
import { addDays, isDay } from '../../text/days.ts';

export interface Range {
  from: string;
  to: string;
}

const spans = [30, 90, 365, 1_095];
const defaultSpan = 90;

/** @param span days that are shown at first */
export function useRange(span = defaultSpan): Range {
  const { today } = useDeployment();
  const { query } = useAddress();
  const to = isDay(query['to']) ? query['to'] : today;
  const from = isDay(query['from']) ? query['from'] : addDays(to, 1 - span);
  return from <= to ? { from, to } : { from: to, to };
}

export function RangeChoice({ from, to }: Range) {
  const { today } = useDeployment();
  const { change } = useAddress();
  return (
    <div class="range">
      <fieldset class="spans">
        <legend class="unseen">Days shown</legend>
        {spans.map((days) => {
          const first = addDays(today, 1 - days);
          const isChosen = first === from && to === today;
          return (
            <button
              key={days}
              type="button"
              aria-pressed={isChosen}
              onClick={() => change({ from: first, to: today })}
            >
              {days === 1_095 ? '3 years' : days === 365 ? '1 year' : `${days} days`}
            </button>
          );
        })}
      </fieldset>
      <label class="choice">
        <span>From</span>
        <input
          type="date"
          value={from}
          max={to}
          onChange={(event) =>
            isDay(event.currentTarget.value) && change({ from: event.currentTarget.value, to })
          }
        />
      </label>
      <label class="choice">
        <span>To</span>
        <input
          type="date"
          value={to}
          min={from}
          onChange={(event) =>
            isDay(event.currentTarget.value) && change({ from, to: event.currentTarget.value })
          }
        />
      </label>
    </div>
  );
}
