/** Opens the service to requests, as the last step of its start, and stops all of it in order. */
import type { HttpApp } from '../http/http-app.ts';
import type { ListenConfig } from '../listen-config.ts';
import type { RunningService } from '../run-service.ts';
import type { ServiceResources } from './open-resources.ts';

export interface RunServerOptions {
  app: HttpApp;
  listen: Pick<ListenConfig, 'host' | 'port'>;
  resources: ServiceResources;
  /** What runs behind the server, in the order in which it must stop. */
  stopInOrder: readonly (() => Promise<void> | void)[];
}

export type RunningServer = RunningService & { url: string };

export async function runServer(options: RunServerOptions): Promise<RunningServer> {
  const { app, resources } = options;
  const { host, port } = options.listen;
  const url = await app.listen({ host, port });
  return {
    url,
    ready: { url, port: Number(new URL(url).port) },
    async stop() {
      // Requests in flight first: the log must still take their records.
      await app.close();
      for (const stop of options.stopInOrder) await stop();
      await resources.log.close();
      await resources.tracing?.stop();
      await Promise.all([resources.apiPool.end(), resources.consumerPool.end(), resources.pool.end()]);
    },
  };
}
