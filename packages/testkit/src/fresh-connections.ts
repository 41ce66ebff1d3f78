/**
 * Files of one worker share Node's pool of HTTP connections. A server of the next file may listen on a port that one of the file
 * before had, and a connection that is kept to that one is closed when it is used: so each file ends with a new pool.
 */
import { afterAll } from 'vitest';

interface Dispatcher {
  constructor: new () => Dispatcher;
  close(): Promise<void>;
}

/** Where Node's `fetch` keeps it. */
const place = Symbol.for('undici.globalDispatcher.1');

afterAll(() => {
  const shared = globalThis as unknown as Record<symbol, Dispatcher | undefined>;
  const used = shared[place];
  if (used === undefined) return;
  shared[place] = new used.constructor();
  void used.close();
});
