/**
 * Writes the types and the fetch clients from the committed documents: `node tools/generate.ts`, after
 * `pnpm vitest run packages/client/test/openapi-documents -u` has renewed those. A test compares the result.
 */
import { createClient } from '@hey-api/openapi-ts';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export const apis = ['ingest', 'identity', 'metrics'] as const;

const root = path.resolve(import.meta.dirname, '..');

/** @param directory gets a folder for each API, replaced whole */
export async function generateClients(directory: string): Promise<void> {
  for (const api of apis) {
    await createClient({
      input: path.join(root, 'openapi', `${api}.json`),
      output: { path: path.join(directory, api), module: { extension: '.ts' } },
      plugins: ['@hey-api/typescript', '@hey-api/client-fetch', '@hey-api/sdk'],
      logs: { level: 'silent', file: false },
    });
    // The runtime that comes with the clients; the types and the functions are checked.
    for (const file of globSync(path.join(directory, api, '{client,core}/*.ts'))) {
      writeFileSync(
        file,
        `// @ts-nocheck -- shipped by the generator, not made for exactOptionalPropertyTypes\n${readFileSync(file, 'utf8')}`,
      );
    }
  }
}

if (import.meta.main) await generateClients(path.join(root, 'src/generated'));
