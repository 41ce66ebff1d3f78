/**
 * A proxy before a service that answers some requests wrongly, late or not at all, as networks and busy servers do, and
 * remembers what was sent, so that a test knows every id that a client tried to deliver.
 */
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * `rateLimited` and `failed` answer 429 and 500; `requestLost` closes the connection before the service has the request,
 * `answerLost` after it; `late` gives the right answer after a second; `held` reaches the service when the test lets it; `none` meets
 * no fault.
 */
export type ProxyFault = 'none' | 'held' | 'rateLimited' | 'failed' | 'requestLost' | 'answerLost' | 'late';

export interface ProxiedRequest {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: Buffer;
  /** What the client saw; null for a connection that was closed. */
  status: number | null;
  /** Whether the service had it. */
  isForwarded: boolean;
}

export interface FaultProxy {
  url: string;
  /** In the order in which they came, preflights left out. */
  requests: readonly ProxiedRequest[];
  /** The next requests that can meet a fault meet these, in order. */
  inject(faults: readonly ProxyFault[]): void;
  /** Lets the requests that are held reach the service, and those that were still to be held. */
  release(): void;
  /** Faults that have not been met yet. */
  pendingFaults(): number;
  /** Sends all that the service had once more, byte by byte, without faults; the statuses of the answers. */
  sendAgain(): Promise<number[]>;
  stop(): Promise<void>;
}

export interface FaultProxyOptions {
  target: string;
  /** Which requests can meet a fault; by default those that send a body. */
  canFail?: (request: IncomingMessage) => boolean;
}

const lateMs = 1_000;

export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const { target, canFail = ({ method }) => method === 'POST' } = options;
  const requests: ProxiedRequest[] = [];
  let faults: ProxyFault[] = [];
  let gate = Promise.withResolvers<void>();
  const server = createServer((incoming, outgoing) => {
    void answer(incoming, outgoing).catch(() => outgoing.destroy());
  });

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const fault = canFail(incoming) ? faults.shift() : undefined;
    const sent: ProxiedRequest = {
      method: incoming.method ?? 'GET',
      path: incoming.url ?? '/',
      headers: incoming.headers,
      body: await readAll(incoming),
      status: null,
      isForwarded: false,
    };
    if (sent.method !== 'OPTIONS') requests.push(sent);
    if (fault === 'held') await gate.promise;
    if (fault === 'requestLost') {
      incoming.socket.destroy();
      return;
    }
    if (fault === 'rateLimited' || fault === 'failed') {
      sent.status = fault === 'failed' ? 500 : 429;
      sendFault(incoming, outgoing, sent.status);
      return;
    }
    sent.isForwarded = true;
    const reply = await forward(target, sent);
    if (fault === 'answerLost') {
      incoming.socket.destroy();
      return;
    }
    sent.status = reply.status;
    const send = (): void => void outgoing.writeHead(reply.status, reply.headers).end(reply.body);
    if (fault === 'late') setTimeout(send, lateMs);
    else send();
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    inject: (more) => void faults.push(...more),
    release() {
      faults = faults.filter((fault) => fault !== 'held');
      gate.resolve();
      gate = Promise.withResolvers();
    },
    pendingFaults: () => faults.length,
    sendAgain: async () =>
      await Promise.all(
        requests
          .filter(({ isForwarded }) => isForwarded)
          .map(async (sent) => (await forward(target, sent)).status),
      ),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Reply {
  status: number;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

function forward(target: string, { method, path, headers, body }: ProxiedRequest): Promise<Reply> {
  // The host stays the proxy's, as behind a load balancer: the service names itself by it.
  const { connection: _connection, 'transfer-encoding': _encoding, ...rest } = headers;
  return new Promise((resolve, reject) => {
    const forwarded = httpRequest(target + path, {
      method,
      headers: { ...rest, 'content-length': String(body.length) },
      agent: false,
    });
    forwarded.on('error', reject);
    forwarded.on('response', (response) => {
      readAll(response)
        .then((whole) =>
          resolve({ status: response.statusCode ?? 502, headers: response.headers, body: whole }),
        )
        .catch(reject);
    });
    forwarded.end(body);
  });
}

/** A page can read it, as it could read the service's own. */
function sendFault(incoming: IncomingMessage, outgoing: ServerResponse, status: number): void {
  const { origin } = incoming.headers;
  outgoing
    .writeHead(status, {
      'content-type': 'application/problem+json',
      'retry-after': '1',
      ...(origin === undefined
        ? {}
        : {
            'access-control-allow-origin': origin,
            'access-control-allow-credentials': 'true',
            'access-control-expose-headers': 'Retry-After',
          }),
    })
    .end(JSON.stringify({ status }));
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
