import { describe, expect, test } from 'vitest';
import { isAllowedRequest } from '../../src/http/console/allowed-requests.ts';

describe('the console', () => {
  test.each([
    ['identity', 'GET', '/v1/profiles/user_id%3A42/links'],
    ['identity', 'POST', '/v1/identity/decisions'],
    ['identity', 'DELETE', '/v1/identity/decisions/0f8fad5b-d9cb-469f-a165-70867728950e'],
    ['ingest', 'POST', '/v1/rejected/0f8fad5b/replay'],
    ['metrics', 'GET', '/v1/metrics/stages/transitions'],
  ] as const)('may ask %s to %s %s', (service, method, path) => {
    expect(isAllowedRequest(service, method, path)).toBe(true);
  });

  test.each([
    ['identity', 'DELETE', '/v1/profiles/0f8fad5b-d9cb-469f-a165-70867728950e'],
    ['identity', 'GET', '/docs'],
    ['identity', 'GET', '/v1/profiles/a/b/c'],
    ['identity', 'GET', '/x/v1/freshness'],
    ['ingest', 'POST', '/v1/touchpoints'],
    ['ingest', 'POST', '/v1/keys'],
    ['ingest', 'GET', '/v1/rejected/counts/more'],
    ['metrics', 'POST', '/v1/metrics/verifications'],
    ['metrics', 'GET', '/console/session'],
    ['metrics', 'PUT', '/v1/metrics/growth'],
  ] as const)('may not ask %s to %s %s', (service, method, path) => {
    expect(isAllowedRequest(service, method, path)).toBe(false);
  });
});
