/** An export that the service does not end: nothing may be taken for complete. */
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startCommand } from './service-process.ts';

test('an export that breaks off, or ends without saying that it is complete, ends with 1 and leaves no file', async () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'throughline-export-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = path.join(directory, 'broken.json');
  for (const isCut of [true, false]) {
    const server = createServer((_request, response) => {
      response.write('{"profile":{"id":"1"},');
      if (isCut) setImmediate(() => response.destroy());
      else response.end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const command = startCommand(['export', 'user_id:x', '--out', file, '--identity-url', url]);
    expect(await command.ended).toBe(1);
    expect(command.said()).toContain('not complete');
    expect([existsSync(file), existsSync(`${file}.partial`)]).toEqual([false, false]);
    server.close();
  }
});
