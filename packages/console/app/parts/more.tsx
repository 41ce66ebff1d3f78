/** The end of a list that may have more. */
import type { Problem } from '../api/ask.ts';
import { Failed } from './states.tsx';

interface MoreProps {
  readMore: (() => void) | null;
  isPending: boolean;
  problem: Problem | null;
}

export function More({ readMore, isPending, problem }: MoreProps) {
  if (problem !== null)
    return <Failed message={problem.message} {...(readMore === null ? {} : { retry: readMore })} />;
  if (readMore === null) return null;
  return (
    <button type="button" class="quiet" disabled={isPending} onClick={readMore}>
      {isPending ? 'Loading …' : 'Show more'}
    </button>
  );
}
