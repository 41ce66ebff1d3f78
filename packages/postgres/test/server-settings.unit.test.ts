import { expect, test } from 'vitest';
import { serverSettings } from '../src/embedded/server-settings.ts';

const gigabyte = 1024 ** 3;

test.each([
  [2 * gigabyte, '256MB'],
  [8 * gigabyte, '512MB'],
  [256 * gigabyte, '1024MB'],
])('of %d bytes of memory the embedded server buffers %s', (memory, buffers) => {
  expect(serverSettings(5432, memory)).toMatchObject({ port: '5432', shared_buffers: buffers });
});
