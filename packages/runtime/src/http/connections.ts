/** The connections of a server: how many there may be, and how they end when it stops. */
import type { Logger } from '../logger.ts';
import type { HttpApp } from './http-app.ts';

/** Each costs about 15 KiB, idle or not. */
const maxConnections = 10_000;
/** Above this, connections without a request are closed: their clients open another when they need one. */
const sweepAbove = 2_000;
const sweepIntervalMs = 1_000;
const closingSweepMs = 50;

/** `sweepAbove` idle connections leave the service as it is; many more leave it at that. */
export function boundConnections(app: HttpApp, logger: Logger): void {
  const { server } = app;
  server.maxConnections = maxConnections;
  let open = 0;
  let sweep: NodeJS.Timeout | undefined;
  server.on('connection', (socket) => {
    open++;
    socket.once('close', () => open--);
    if (open <= sweepAbove || sweep !== undefined) return;
    sweep = setTimeout(() => {
      sweep = undefined;
      const before = open;
      server.closeIdleConnections();
      logger.warn({ event: 'connections.swept', open: before }, 'many connections: idle ones were closed');
    }, sweepIntervalMs);
    sweep.unref();
  });
  app.addHook('onClose', (_app, done) => {
    clearTimeout(sweep);
    done();
  });
}

/** Requests in flight are finished when the server closes, and no connection is kept alive after its last answer. */
export function closeConnectionsInOrder(app: HttpApp): void {
  let closing = false;
  let idleTimer: NodeJS.Timeout | undefined;
  app.addHook('preClose', (done) => {
    closing = true;
    // Closing looks for idle connections once; one whose answer was just being written becomes idle after that.
    idleTimer = setInterval(() => app.server.closeIdleConnections(), closingSweepMs);
    done();
  });
  app.addHook('onClose', (_app, done) => {
    clearInterval(idleTimer);
    done();
  });
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (closing) reply.header('connection', 'close');
    done();
  });
}
