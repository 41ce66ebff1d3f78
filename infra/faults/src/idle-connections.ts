/** Connections that are opened and never used. Ingest may close them; that it serves the others is what is looked at. */
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const withinMs = 60_000;
/** At once, or the queue of the listening socket overflows and the kernel makes each of them wait for a second. */
const atOnce = 250;

/** @returns how many were established, and a function that closes them */
export async function openIdleConnections(
  url: string,
  count: number,
): Promise<{ opened: number; close: () => void }> {
  const { hostname, port } = new URL(url);
  const sockets: Socket[] = [];
  let opened = 0;
  for (let number = 0; number < count; number++) {
    const socket = connect(Number(port), hostname);
    sockets.push(socket);
    socket.on('connect', () => opened++);
    socket.on('error', () => {});
    if (number % atOnce === atOnce - 1) await delay(20);
  }
  const deadline = Date.now() + withinMs;
  while (opened < count && Date.now() < deadline) await delay(20);
  return {
    opened,
    close: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}
