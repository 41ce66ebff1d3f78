import { globSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { longFiles } from '../src/longest-first.ts';

test('each of the long files exists once', () => {
  const cwd = resolve(import.meta.dirname, '../../..');
  const files = globSync('{services,packages,infra}/*/test/**/*.test.ts', {
    cwd,
    exclude: ['**/node_modules/**'],
  });
  for (const part of longFiles)
    expect(
      files.filter((file) => file.includes(part)),
      part,
    ).toHaveLength(1);
});
