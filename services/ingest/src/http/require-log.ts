/** Refuses what a scope of routes would take while the log is away. Preflights are routes of their own, and pass. */
import type { HttpApp } from '@throughline/runtime';
import type { Receiver } from '../receive/receive-items.ts';

export function requireLog(scope: HttpApp, receiver: Pick<Receiver, 'requireLog'>): void {
  // Before the keys of the routes: whose request is refused makes no difference, and a key may be in the body.
  scope.addHook('onRequest', (_request, _reply, done) => {
    try {
      receiver.requireLog();
      done();
    } catch (error) {
      done(error as Error);
    }
  });
}
