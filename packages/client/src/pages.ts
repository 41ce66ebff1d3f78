/** Lists that are answered page by page, as one sequence. */

export interface Page<T> {
  items: T[];
  /** Null on the last page. */
  nextCursor: string | null;
}

/** What is after a page of the change feed; `nextCursor` is to be kept once the items are stored. */
export interface ChangesPage<T> {
  items: T[];
  nextCursor: string;
  caughtUp: boolean;
}

type Ask<P> = (cursor: { cursor?: string }) => Promise<{ data: P }>;

/**
 * The items of all pages, each page asked for when its first item is wanted.
 *
 * @param ask with `{}` for the first page
 */
export async function* itemsOf<T>(ask: Ask<Page<T>>): AsyncGenerator<T, void, undefined> {
  let cursor: { cursor?: string } = {};
  for (;;) {
    const { data } = await ask(cursor);
    yield* data.items;
    if (data.nextCursor === null) return;
    cursor = { cursor: data.nextCursor };
  }
}

/**
 * The pages of the change feed, for ever: `ask` is to wait for changes (`wait`), and the caller to break.
 *
 * @param from the cursor that was kept; null begins with all profiles
 */
export async function* pagesOfChanges<T>(
  ask: Ask<ChangesPage<T>>,
  from: string | null = null,
): AsyncGenerator<ChangesPage<T>, never, undefined> {
  let cursor: { cursor?: string } = from === null ? {} : { cursor: from };
  for (;;) {
    const { data } = await ask(cursor);
    yield data;
    cursor = { cursor: data.nextCursor };
  }
}
