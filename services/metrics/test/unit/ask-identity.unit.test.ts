import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { createFindProfile } from '../../src/ask-identity.ts';

const id = '4c6a1c0e-7a55-4d5f-9d0b-0a8f5a1f2b3c';
const servers: Server[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done)))));

/** @returns what was asked, with the address */
async function identityThat(answers: { status: number; body: object }) {
  const asked: { key: string | undefined; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      asked.push({ key: request.headers.authorization, body });
      response.writeHead(answers.status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answers.body));
    });
  });
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe('identity, asked for a profile', () => {
  test('is asked with the key of the caller, and names the profile', async () => {
    const { asked, url } = await identityThat({ status: 200, body: { profiles: { 'user_id:42': { id } } } });
    expect(await createFindProfile(url)('user_id:42', 'Bearer rk_mine')).toBe(id);
    expect(asked).toEqual([{ key: 'Bearer rk_mine', body: '{"refs":["user_id:42"]}' }]);
  });

  test('that holds none gives none', async () => {
    const { url } = await identityThat({ status: 200, body: { profiles: { 'user_id:42': null } } });
    expect(await createFindProfile(url)('user_id:42', undefined)).toBeNull();
  });

  test.each([
    [403, {}, 'forbidden'],
    [500, {}, 'identity_unavailable'],
    [200, { profiles: [] }, 'identity_unavailable'],
  ])('that answers %i with %j is a problem', async (status, body, code) => {
    const { url } = await identityThat({ status, body });
    await expect(createFindProfile(url)('user_id:42', undefined)).rejects.toMatchObject({ code });
  });

  test('that cannot be reached is a problem that says what to do', async () => {
    const find = createFindProfile('http://127.0.0.1:1');
    await expect(find('user_id:42', undefined)).rejects.toMatchObject({
      code: 'identity_unavailable',
      message: expect.stringContaining('ask with an id'),
    });
  });
});
