/** A list that is read page by page: what was read stays, and more is asked for. */
import { useState } from 'preact/hooks';
import { Problem, send } from './ask.ts';
import { useAnswer } from './use-answer.ts';

interface PageOf<T> {
  items: readonly T[];
  nextCursor: string | null;
}

export interface Pages<T, P extends PageOf<T>> {
  first: ReturnType<typeof useAnswer<P>>;
  /** Of the pages after the first. */
  more: readonly T[];
  /** Null at the end of the list. */
  readMore: (() => void) | null;
  isPending: boolean;
  problem: Problem | null;
}

/** @param addressWith the address of a page; a change of the first page's begins the list again */
export function usePages<T, P extends PageOf<T>>(
  addressWith: (cursor: string | undefined) => string,
): Pages<T, P> {
  const begin = addressWith(undefined);
  const first = useAnswer<P>(begin);
  const [read, setRead] = useState<{ begin: string; items: readonly T[]; next: string | null } | null>(null);
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  // A page may have no items, and another behind it.
  const current = read?.begin === begin ? read : null;
  const next = current === null ? (first.data?.nextCursor ?? null) : current.next;
  const readMore = async (cursor: string): Promise<void> => {
    setPending(true);
    setProblem(null);
    try {
      const page = await send<P>(addressWith(cursor));
      setRead({ begin, items: [...(current?.items ?? []), ...page.items], next: page.nextCursor });
    } catch (error) {
      setProblem(error instanceof Problem ? error : new Problem(0, { title: String(error) }));
    }
    setPending(false);
  };
  return {
    first,
    more: current?.items ?? [],
    readMore: next === null ? null : () => void readMore(next),
    isPending: pending,
    problem,
  };
}
