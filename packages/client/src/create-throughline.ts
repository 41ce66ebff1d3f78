/** The clients of the three services, with a key, retries, and problems as errors. */
import { type Client, createClient, createConfig } from './generated/identity/client/index.ts';
import { ThroughlineProblem } from './problem.ts';
import { createRetryFetch, type RetryOptions } from './retry-fetch.ts';

export interface ThroughlineOptions {
  /** Sent as `Authorization: Bearer`. */
  key: string;
  /** Addresses; by default those of a local start. */
  ingest?: string;
  identity?: string;
  metrics?: string;
  retry?: RetryOptions;
}

/** To be given to the generated functions as `client`. */
export interface Throughline {
  ingest: Client;
  identity: Client;
  metrics: Client;
}

export function createThroughline(options: ThroughlineOptions): Throughline {
  const send = createRetryFetch(options.retry);
  const connect = (baseUrl: string): Client => {
    const client = createClient(
      createConfig({
        baseUrl,
        fetch: send,
        headers: { authorization: `Bearer ${options.key}` },
        throwOnError: true,
      }),
    );
    // No response: the connection failed, and the error says how.
    client.interceptors.error.use((error, response) =>
      response === undefined ? error : new ThroughlineProblem(response.status, error),
    );
    return client;
  };
  return {
    ingest: connect(options.ingest ?? 'http://127.0.0.1:8080'),
    identity: connect(options.identity ?? 'http://127.0.0.1:8081'),
    metrics: connect(options.metrics ?? 'http://127.0.0.1:8082'),
  };
}
