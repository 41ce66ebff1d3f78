/** The connections of a server: how many there may be, and how they end when it stops. */
import type { Socket } from 'node:net';
import type { Logger } from '../logger.ts';
import type { HttpApp } from './http-app.ts';

/** Each costs about 15 KiB, idle or not. */
const maxConnections = 10_000;
/** Above this, connections without a request are closed: their clients open another when they need one. */
const sweepAbove = 2_000;
const sweepIntervalMs = 1_000;
/** A connection that has just been opened, or used, may have a request on its way. */
const sparedMs = 2_000;
const closingSweepMs = 50;

/** `sweepAbove` idle connections leave the service as it is; many more leave it at that. */
export function boundConnections(app: HttpApp, logger: Logger): void {
  const { server } = app;
  server.maxConnections = maxConnections;
  const connections = new Map<Socket, Use>();
  let sweep: NodeJS.Timeout | undefined;
  server.on('connection', (socket: Socket) => {
    connections.set(socket, { requests: 0, since: performance.now() });
    socket.once('close', () => connections.delete(socket));
    if (connections.size <= sweepAbove || sweep !== undefined) return;
    sweep = setTimeout(() => {
      sweep = undefined;
      logger.warn(
        { event: 'connections.swept', open: connections.size },
        'many connections: idle ones were closed',
      );
      closeIdle(connections);
    }, sweepIntervalMs);
    sweep.unref();
  });
  server.on('request', ({ socket }, response) => {
    const use = connections.get(socket);
    if (use === undefined) return;
    use.requests++;
    response.once('close', () => {
      use.requests--;
      use.since = performance.now();
    });
  });
  app.addHook('onClose', (_app, done) => {
    clearTimeout(sweep);
    done();
  });
}

interface Use {
  /** Under way. */
  requests: number;
  /** When it was opened, or its last request ended. */
  since: number;
}

/** Not by the server's own method, which closes what was opened a moment ago, before its request can arrive. */
function closeIdle(connections: ReadonlyMap<Socket, Use>): void {
  const before = performance.now() - sparedMs;
  for (const [socket, { requests, since }] of connections)
    if (requests === 0 && since < before) socket.destroy();
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
