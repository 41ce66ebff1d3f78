/** Asks again for what may come at any moment, such as a touchpoint that was sent a moment ago. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Asked } from './use-answer.ts';

/** Most is there within a tenth of a second. */
const firstPauseMs = 40;
const longestPauseMs = 320;
/** For some seconds: what is not there then is asked for by hand. */
const maxRounds = 12;

/** Whether it is asked again: until it is there, or was asked for long enough. */
export function useRepeated(isMissing: boolean, { isPending, reload }: Asked<unknown>): boolean {
  const rounds = useRef(0);
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    if (isPending) return;
    if (!isMissing) rounds.current = 0;
    else if (rounds.current >= maxRounds) setOver(true);
    else {
      const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** rounds.current);
      const timer = setTimeout(() => {
        rounds.current += 1;
        reload();
      }, pauseMs);
      return () => clearTimeout(timer);
    }
    return;
  }, [isMissing, isPending, reload]);
  // While it is asked again, neither an answer nor its absence is known.
  return !isOver && (isMissing || (isPending && rounds.current > 0));
}
