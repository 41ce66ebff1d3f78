import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { findBreakingChanges } from '../tools/find-breaking-changes.ts';
import { apis } from '../tools/generate.ts';

const directory = path.resolve(import.meta.dirname, '../openapi');
const read = (file: string): Record<string, unknown> =>
  JSON.parse(readFileSync(path.join(directory, file), 'utf8')) as Record<string, unknown>;

describe('the APIs, compared with the last release', () => {
  test.each(apis)('%s has no change that breaks a client', (api) => {
    expect(findBreakingChanges(read(`released/${api}.json`), read(`${api}.json`))).toEqual([]);
  });
});

const answer = {
  type: 'object',
  required: ['id', 'state'],
  properties: {
    id: { type: 'string' },
    state: { type: 'string', enum: ['live', 'gone'] },
    tags: { type: 'array', items: { type: 'string' } },
  },
};
const parameter = { name: 'limit', in: 'query', schema: { type: 'string', enum: ['1', '2'] } };
const operation = {
  operationId: 'find',
  parameters: [parameter],
  requestBody: {
    content: { 'application/json': { schema: { type: 'object', properties: { ref: { type: 'string' } } } } },
  },
  responses: { 200: { content: { 'application/json': { schema: answer } } }, 404: { content: {} } },
};
const document = (over: object): Record<string, unknown> => ({
  paths: { '/v1/x': { post: { ...operation, ...over } } },
});
const answering = (schema: object): object => ({
  responses: { 200: { content: { 'application/json': { schema: { ...answer, ...schema } } } } },
});
const asking = (schema: object): object => ({
  requestBody: { content: { 'application/json': { schema: { type: 'object', ...schema } } } },
});

describe('a change', () => {
  test.each([
    ['another operationId', { operationId: 'look' }, 'POST /v1/x: has another operationId'],
    ['a parameter that is gone', { parameters: [] }, 'POST /v1/x query limit: is gone'],
    [
      'a parameter that is required',
      { parameters: [{ ...parameter, required: true }] },
      'POST /v1/x query limit: is required now',
    ],
    [
      'a value that is refused',
      { parameters: [{ ...parameter, schema: { type: 'string', enum: ['1'] } }] },
      'POST /v1/x query limit: enum 2 is refused now',
    ],
    ['a status that is gone', { responses: {} }, 'POST /v1/x 200: is gone'],
    [
      'a content type that is gone',
      { responses: { 200: { content: {} } } },
      'POST /v1/x 200 body application/json: is gone',
    ],
    [
      'a field that is gone',
      answering({ properties: { state: answer.properties.state, tags: answer.properties.tags } }),
      'POST /v1/x 200 body.id: is gone',
    ],
    [
      'a field that may be missing',
      answering({ required: ['id'] }),
      'POST /v1/x 200 body.state: may be missing now',
    ],
    [
      'a field of another type',
      answering({ properties: { ...answer.properties, tags: { type: 'array', items: { type: 'number' } } } }),
      'POST /v1/x 200 body.tags[]: type number is answered now',
    ],
    [
      'a state that is new',
      answering({
        properties: { ...answer.properties, state: { type: 'string', enum: ['live', 'gone', 'merged'] } },
      }),
      'POST /v1/x 200 body.state: enum merged is answered now',
    ],
    [
      'a field that is wanted',
      asking({ required: ['ref'], properties: { ref: { type: 'string' } } }),
      'POST /v1/x body.ref: is required now',
    ],
  ])('breaks: %s', (_what, over, expected) => {
    expect(findBreakingChanges(document({}), document(over))).toEqual([expected]);
  });

  test('breaks: a state that is answered whatever is asked for, though another parameter takes it', () => {
    const state = { ...answer.properties.state, enum: ['live', 'gone', '3'] };
    const over = {
      ...answering({ properties: { ...answer.properties, state } }),
      parameters: [{ ...parameter, schema: { type: 'string', enum: ['1', '2', '3'] } }],
    };
    expect(findBreakingChanges(document({}), document(over))).toEqual([
      'POST /v1/x 200 body.state: enum 3 is answered now',
    ]);
  });

  test('does not break: a value that is answered only where the parameter of that name asks for it', () => {
    const choice = (...values: string[]): object => ({
      ...answering({ properties: { ...answer.properties, limit: { type: 'string', enum: values } } }),
      parameters: [{ ...parameter, schema: { type: 'string', enum: values } }],
    });
    expect(findBreakingChanges(document(choice('1', '2')), document(choice('1', '2', '3')))).toEqual([]);
  });

  test('does not break: a number of a list of integers that may be any integer now', () => {
    const window = (schema: object): object => ({ parameters: [{ name: 'window', in: 'query', schema }] });
    const listed = document(window({ type: 'number', enum: [7, 30] }));
    expect(findBreakingChanges(listed, document(window({ type: 'integer' })))).toEqual([]);
    const halves = document(window({ type: 'number', enum: [7.5, 30] }));
    expect(findBreakingChanges(halves, document(window({ type: 'integer' })))).toEqual([
      'POST /v1/x query window: type number is refused now',
    ]);
  });

  test('breaks when the operation is gone', () => {
    expect(findBreakingChanges(document({}), { paths: {} })).toEqual(['POST /v1/x: is gone']);
  });

  test.each([
    ['a new operation', { paths: { ...(document({})['paths'] as object), '/v1/y': { get: operation } } }],
    ['a new parameter', document({ parameters: [parameter, { name: 'cursor', in: 'query' }] })],
    [
      'a new field of an answer',
      document(answering({ properties: { ...answer.properties, more: { type: 'string' } } })),
    ],
    ['a new field of a body', document(asking({ properties: { ref: { type: 'string' }, more: {} } }))],
    [
      'a value that is taken, too',
      document({ parameters: [{ ...parameter, schema: { type: 'string', enum: ['1', '2', '3'] } }] }),
    ],
    ['a field that is always there now', document(answering({ required: ['id', 'state', 'tags'] }))],
  ])('does not break: %s', (_what, after) => {
    expect(findBreakingChanges(document({}), after)).toEqual([]);
  });
});
