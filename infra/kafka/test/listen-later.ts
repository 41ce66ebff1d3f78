/** Servers that are not Kafka, and addresses where something listens only later. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

const servers: Server[] = [];

export function closeServers(): void {
  for (const server of servers.splice(0)) server.close();
}

export async function listen(onSocket: (socket: Socket) => void): Promise<string> {
  const [address, begin] = await listenLater(onSocket);
  await begin();
  return address;
}

/** An address where nothing listens yet, and what changes that. */
export async function listenLater(
  onSocket: (socket: Socket) => void,
): Promise<[string, () => Promise<void>]> {
  const take = async (port: number): Promise<Server> => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      onSocket(socket);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    return server;
  };
  const placeholder = await take(0);
  const { port } = placeholder.address() as AddressInfo;
  await new Promise((resolve) => {
    placeholder.close(resolve);
  });
  return [`127.0.0.1:${port}`, async () => void servers.push(await take(port))];
}
