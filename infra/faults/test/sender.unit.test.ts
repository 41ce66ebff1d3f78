import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { seededRandom } from '@throughline/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSender } from '../src/sender.ts';
import type { Sent } from '../src/workload.ts';

const server = createServer((_request, response) => response.writeHead(503).end('{}'));
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => new Promise((resolve) => server.close(resolve)));

const sent: Sent = { id: '1', item: {}, person: null, day: 1, isPurchase: false };

describe('the sender of fault runs', () => {
  test('rejects a wait for a share as soon as it is stopped', async () => {
    const { port } = server.address() as AddressInfo;
    const urls = [`http://127.0.0.1:${port}`];
    const options = { urls, key: 'sk_test', batches: [[sent]], seconds: 1, random: seededRandom(1) };
    const sender = startSender(options);
    const reached = sender.reached(1);
    sender.stop();
    await expect(reached).rejects.toThrow('the sender was stopped');
  });
});
