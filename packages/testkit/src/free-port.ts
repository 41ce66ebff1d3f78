/** Ports for servers whose address others have to know before they listen. */
import { createServer } from 'node:net';

/**
 * Below the range that connections take their own ports from (from 32768 on Linux, from 49152 elsewhere): a connection that is
 * opened before the server listens would take the port.
 */
const lowest = 10_000;
const highest = 30_000;
const attempts = 100;
const given = new Set<number>();

/** A port of loopback that nothing listens on now, and that this process was not given before. @throws when there is none */
export async function findFreePort(): Promise<number> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error(`no free port between ${lowest} and ${highest} was found`);
}

async function isFree(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
