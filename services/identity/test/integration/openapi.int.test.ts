import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HttpHarness, keys, poll, startHttpHarness, touchpoint, user } from './http-harness.ts';

interface Operation {
  operationId?: string;
  description?: string;
  parameters?: { name: string; in: string; required?: boolean; example?: string }[];
  requestBody?: {
    content: Record<string, { example?: unknown; examples?: Record<string, { value: unknown }> }>;
  };
  responses: Record<string, { content?: Record<string, unknown> }>;
}

let harness: HttpHarness;
let operations: { method: string; path: string; operation: Operation }[];
let servers: { url: string }[];

beforeAll(async () => {
  harness = await startHttpHarness();
  const ids = ['42', 'second'];
  await harness.send([
    ...ids.map((id) => touchpoint([user(id)])),
    touchpoint([{ type: 'email', value: 'ada@example.org' }]),
    touchpoint([{ type: 'loyalty_id', value: '7001' }], { id: 'order-1001' }),
  ]);
  const { body } = await harness.call('GET', '/openapi.json', { key: null });
  servers = body.servers;
  operations = Object.entries<Record<string, Operation>>(body.paths)
    // Dead letters have the routes of every service.
    .filter(([path]) => path.startsWith('/v1/') && !path.startsWith('/v1/dead-letters'))
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        method: method.toUpperCase(),
        path,
        operation,
      })),
    );
});
afterAll(() => harness.close());

function bodyExamples(operation: Operation): unknown[] {
  const { example, examples } = operation.requestBody?.content['application/json'] ?? {};
  return example === undefined ? Object.values(examples ?? {}).map(({ value }) => value) : [example];
}

/** The path with the examples of its parameters, and of its query: what is required, or all when wanted. */
function examplePath(
  { path, operation }: { path: string; operation: Operation },
  withQuery: boolean,
): string {
  let filled = path;
  const query: string[] = [];
  for (const { name, in: place, required, example } of operation.parameters ?? []) {
    if (place === 'path') filled = filled.replace(`{${name}}`, encodeURIComponent(example ?? ''));
    // A cursor is an answer's, not an example.
    else if (example !== undefined && (withQuery || required === true))
      query.push(`${name}=${encodeURIComponent(example)}`);
  }
  return query.length > 0 ? `${filled}?${query.join('&')}` : filled;
}

async function send(
  method: string,
  path: string,
  init: { headers?: Record<string, string>; body?: string } = {},
) {
  const response = await fetch(`${harness.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${keys.admin}`, ...init.headers },
    ...(init.body === undefined ? {} : { body: init.body }),
  });
  await response.arrayBuffer();
  return { status: response.status, type: (response.headers.get('content-type') ?? '').split(';')[0] ?? '' };
}

/** A version of the rules that is in work excludes others. */
async function discardWork(): Promise<void> {
  await poll(async () => {
    const { body } = await harness.call('GET', '/v1/identity/policies?limit=1');
    const [{ version, state }] = body.items;
    if (state === 'evaluating' || state === 'evaluated')
      await harness.call('DELETE', `/v1/identity/policies/${version}`);
    return ['in_force', 'discarded'].includes(state);
  });
}

const json = { 'content-type': 'application/json' };

describe('the OpenAPI document', () => {
  test('names a server, and of each operation an id, the key that it needs and examples of what it requires', () => {
    expect(servers).toEqual([expect.objectContaining({ url: '/' })]);
    const named = operations.map(({ operation }) => operation.operationId);
    expect(new Set(named).size).toBe(operations.length);
    expect(named).not.toContain(undefined);
    for (const { method, path, operation } of operations) {
      expect(operation.description, `${method} ${path}`).toMatch(/Needs an? (read|admin) key/);
      for (const parameter of operation.parameters ?? []) {
        if (parameter.in === 'path') expect(parameter.example, `${path} ${parameter.name}`).toBeDefined();
      }
      if (operation.requestBody !== undefined) expect(bodyExamples(operation)).not.toEqual([]);
    }
    const described = JSON.stringify(operations);
    for (const type of ['user_id', 'external.<namespace>', 'receipt_id']) expect(described).toContain(type);
  });

  test('has examples that can be sent as they are', async () => {
    // An erasure that is put back is not unknown any more.
    const putLast = operations.toSorted(
      (left, right) => Number(left.method === 'PUT') - Number(right.method === 'PUT'),
    );
    for (const one of putLast) {
      const path = examplePath(one, false);
      const isUnknownId =
        one.method !== 'PUT' && /\/(decisions|withdrawals|erasures)\/|\/profiles\/0f8fad5b/.test(path);
      // What was in force once is not discarded or put in force again.
      const isPast = one.method !== 'GET' && path.includes('/policies/');
      for (const body of one.operation.requestBody ? bodyExamples(one.operation) : [undefined]) {
        const answer = await send(
          one.method,
          path,
          body === undefined ? {} : { headers: json, body: JSON.stringify(body) },
        );
        if (isUnknownId) expect(answer.status, path).toBe(404);
        else if (isPast) expect([202, 409], path).toContain(answer.status);
        else {
          const sent = `${one.method} ${path} ${JSON.stringify(body)}`;
          expect([200, 201, 202], sent).toContain(answer.status);
        }
        await discardWork();
      }
      if (one.method === 'GET' && !isUnknownId) {
        expect((await send('GET', examplePath(one, true))).status, examplePath(one, true)).toBeLessThan(300);
      }
    }
  });

  test('has every status and content type that is answered', async () => {
    for (const one of operations) {
      const path = examplePath(one, false);
      const hasBody = one.operation.requestBody !== undefined;
      const answers = [
        await send(
          one.method,
          path,
          hasBody ? { headers: json, body: JSON.stringify(bodyExamples(one.operation)[0] ?? {}) } : {},
        ),
        await send(one.method, path, { headers: { authorization: 'Bearer nonsense' } }),
        await send(one.method, path, { headers: { authorization: `Bearer ${keys.write}` } }),
        await send(one.method, `${path}${path.includes('?') ? '&' : '?'}no-such-parameter=1`),
        await send(one.method, path.replace('user_id%3A42', 'no-reference')),
        await send(
          one.method,
          path.replace('user_id%3A42', 'user_id%3Anot-there').replace('order-1001', 'not-there'),
        ),
        ...(hasBody
          ? [
              await send(one.method, path, { headers: json, body: '{' }),
              await send(one.method, path, { headers: json, body: '' }),
              await send(one.method, path, { headers: json, body: '[]' }),
              await send(one.method, path, {
                headers: json,
                body: '{"refs":["user_id:not-there","x"],"kind":"merge"}',
              }),
              await send(one.method, path, { headers: { 'content-type': 'text/csv' }, body: 'a,b' }),
              await send(one.method, path, { headers: json, body: `{"refs":["${'x'.repeat(600_000)}"]}` }),
            ]
          : []),
      ];
      for (const { status, type } of answers) {
        const documented = one.operation.responses[String(status)];
        expect(documented, `${one.method} ${path} answers ${status}`).toBeDefined();
        expect(Object.keys(documented?.content ?? {}), `${one.method} ${path} ${status}`).toContain(type);
      }
    }
  });
});
