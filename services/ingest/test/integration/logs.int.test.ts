import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startIngestServer, testKeys, type IngestServer } from './ingest-server.ts';

let server: IngestServer;

beforeAll(async () => {
  server = await startIngestServer();
});
afterAll(() => server.stop());

const events = () => server.logged().map((line) => JSON.parse(line) as Record<string, unknown>);

describe('the log', () => {
  test('follows touchpoints by their ids, a hundred a line, with the request that brought them', async () => {
    const batch = Array.from({ length: 150 }, (_, index) => ({
      type: 'track',
      event: 'E',
      userId: 'u',
      messageId: `followed-${index}`,
    }));
    const answer = await server.post('/v1/batch', {
      batch: [...batch, { type: 'track', messageId: 'no-good' }],
    });
    const requestId = answer.headers.get('x-request-id');
    const lines = events().filter((line) => line['requestId'] === requestId);
    const accepted = lines.filter(({ event }) => event === 'touchpoints.accepted');
    expect(accepted.map((line) => (line['touchpoints'] as string[]).length)).toEqual([100, 50]);
    expect(accepted[0]).toMatchObject({
      level: 'info',
      service: 'ingest',
      source: 'server',
      route: '/v1/batch',
    });
    expect(accepted[0]?.['touchpoints']).toContain('followed-0');
    expect(lines.find(({ event }) => event === 'touchpoints.rejected')).toMatchObject({
      touchpoints: ['no-good'],
      codes: { missing_field: 1 },
    });
  });

  test('never holds a key, an e-mail address, a phone number or a query string, whatever is sent', async () => {
    const secret = 'wk_unknown_0123456789abcdef0123456789';
    const naughty = JSON.parse(
      readFileSync(new URL('naughty-strings.json', import.meta.url), 'utf8'),
    ) as string[];
    const ids = ['ada@example.org', '+49 30 123456', '004930123456', testKeys.write, ...naughty];
    for (const messageId of ids) {
      const person = {
        userId: 'ada@example.org',
        traits: { email: 'ada@example.org', phone: '+4930123456' },
      };
      await server.post('/v1/identify', { ...person, messageId });
      await server.post('/v1/track', { ...person, messageId, writeKey: testKeys.write }, { key: null });
    }
    for (const path of [
      '/v1/track',
      '/v1/nothing',
      '/v1/rejected',
      '/v1/%zz',
      '/v1/rejected/ada@example.org',
    ]) {
      for (const key of [secret, testKeys.admin, testKeys.server]) {
        await server.post(
          `${path}?writeKey=${secret}&email=ada@example.org`,
          { userId: 'ada@example.org' },
          { key },
        );
        await server.get(`${path}?writeKey=${secret}&email=ada@example.org`, key);
      }
    }
    await server.post('/v1/batch', `{"ada@example.org": ${secret}}`, { raw: true });
    await server.pool.query("select 'ada@example.org'::uuid").catch(() => {});
    await server.stop();

    const text = server.logged().join('');
    for (const key of [secret, ...Object.values(testKeys)]) expect(text).not.toContain(key);
    expect(text).not.toMatch(/@example|ada@|%40/);
    expect(text).not.toMatch(/123456(?![0-9a-f])/);
    expect(text).not.toMatch(/writeKey=|\?/);
    for (const line of events()) {
      expect(line).toMatchObject({
        service: 'ingest',
        event: expect.stringMatching(/^[a-z_]+(\.[a-z_]+)+$/),
      });
      expect(line['time']).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/);
    }
    expect(events().map(({ event }) => event)).toContain('service.summary');
    server = await startIngestServer();
  });
});
