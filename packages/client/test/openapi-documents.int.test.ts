/** The committed documents are what the services serve: the client is generated from them. */
import { type StartedServices, startServices } from '@throughline/testkit';
import { compactJson } from './compact-json.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

let services: StartedServices;
beforeAll(async () => {
  services = await startServices();
});
afterAll(() => services.stop());

describe('the committed OpenAPI documents', () => {
  test.each(['ingest', 'identity', 'metrics'] as const)('are what %s serves', async (name) => {
    const document: unknown = await (await fetch(`${services.urls[name]}/openapi.json`)).json();
    await expect(`${compactJson(document)}\n`).toMatchFileSnapshot(`../openapi/${name}.json`);
  });
});
