/** Finds a taken port before anything is started, and says which setting moves it. */
import { portVariable, type ServiceName, serviceNames } from '@throughline/contracts';
import { ConfigError } from '@throughline/runtime/settings';
import { createServer } from 'node:net';
import { poll } from './poll.ts';
import type { StackConfig } from './config.ts';

/** A process that has just been killed may hold its port a moment longer. */
const releaseGraceMs = 2_000;

/** @throws ConfigError that names the port and its variable. */
export async function assertPortsFree({ host, ports }: Pick<StackConfig, 'host' | 'ports'>): Promise<void> {
  for (const service of serviceNames) {
    const free = await poll(() => isFree(host, service, ports[service]), {
      withinMs: releaseGraceMs,
      everyMs: 100,
    });
    if (free) continue;
    throw new ConfigError(
      `Port ${ports[service]} on ${host} is taken by another program; ${service} cannot listen on it. ` +
        `Stop that program, or set ${portVariable(service)} to a free port.`,
    );
  }
}

function isFree(host: string, service: ServiceName, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(new ConfigError(explainListenError(error, host, service, port)));
    });
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

function explainListenError(
  error: NodeJS.ErrnoException,
  host: string,
  service: ServiceName,
  port: number,
): string {
  if (error.code === 'EACCES') {
    return `This user may not listen on port ${port}; set ${portVariable(service)} to one above 1023.`;
  }
  return `${service} cannot listen on ${host}, port ${port} (${error.code}); see THROUGHLINE_HOST.`;
}
