import { topics } from '@throughline/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startIngestServer, testKeys, until, type IngestServer } from './ingest-server.ts';

let server: IngestServer;

beforeAll(async () => {
  server = await startIngestServer({
    environment: {
      THROUGHLINE_TIME_ZONE: 'Europe/Berlin',
      THROUGHLINE_SOURCES: JSON.stringify({ server: { pos: { numbering: { days: 'daily', first: 1 } } } }),
    },
  });
});
afterAll(() => server.stop());

const day = '2026-03-01';

function receipt(sequence: number, changes: object = {}): object {
  return {
    store: 'A',
    register: '1',
    businessDay: day,
    sequence,
    time: '2026-03-01T12:00:00',
    currency: 'EUR',
    total: 100,
    ...changes,
  };
}

async function gapsOf(store: string, query = ''): Promise<Record<string, unknown>[]> {
  const { json, status } = await server.get(`/v1/pos/gaps?store=${store}&day=${day}${query}`, testKeys.read);
  expect(status).toBe(200);
  return json.registers as Record<string, unknown>[];
}

describe('POST /v1/pos/receipts', () => {
  test('takes one receipt, a list and one a line, and puts them into the log as touchpoints', async () => {
    expect((await server.post('/v1/pos/receipts', receipt(1, { store: 'Log' }))).json).toEqual({
      accepted: 1,
      keptApart: 0,
      rejected: [],
    });
    const list = [receipt(2, { store: 'Log' }), receipt(3, { store: 'Log', training: true })];
    expect((await server.post('/v1/pos/receipts', list)).json).toMatchObject({ accepted: 1, keptApart: 1 });
    const lines = `${JSON.stringify(receipt(4, { store: 'Log' }))}\n{"store":\n`;
    const answer = await server.post('/v1/pos/receipts', lines, {
      raw: true,
      headers: { 'content-type': 'application/x-ndjson' },
    });
    expect(answer.json).toMatchObject({ accepted: 1, rejected: [{ index: 1, code: 'malformed_line' }] });
    const ofLog = (await server.records(topics.touchpoints)).filter(({ touchpoint }) =>
      touchpoint.id.startsWith('Log:'),
    );
    const times = Object.fromEntries(ofLog.map(({ touchpoint }) => [touchpoint.id, touchpoint.occurredAt]));
    expect(times).toEqual({
      'Log:1:2026-03-01:1': '2026-03-01T11:00:00.000Z',
      'Log:1:2026-03-01:2': '2026-03-01T11:00:00.000Z',
      'Log:1:2026-03-01:4': '2026-03-01T11:00:00.000Z',
    });
  });

  test('keeps a training receipt among the rejects, so that it can be found', async () => {
    await server.post('/v1/pos/receipts', receipt(7, { store: 'Kept', training: true, total: 5 }));
    await until(async () => {
      const { json } = await server.get('/v1/rejected?code=training_receipt', testKeys.admin);
      return json.items.some(({ id }: { id: string }) => id === 'Kept:1:2026-03-01:7');
    });
  });

  test('answers a receipt that contradicts itself with the difference, and decides it again on request', async () => {
    const wrong = receipt(8, { store: 'Wrong', lines: [{ unitPrice: 90 }] });
    const { json } = await server.post('/v1/pos/receipts', wrong);
    expect(json).toMatchObject({
      accepted: 0,
      rejected: [{ code: 'amounts_disagree', field: 'total', id: 'Wrong:1:2026-03-01:8' }],
    });
    await until(async () => {
      const page = await server.get('/v1/rejected?code=amounts_disagree', testKeys.admin);
      const [item] = page.json.items;
      if (item === undefined) return false;
      const again = await server.post(`/v1/rejected/${item.rejectionId}/replay`, {}, { key: testKeys.admin });
      expect(again.json).toMatchObject({ accepted: 0, rejected: [{ code: 'amounts_disagree' }] });
      return true;
    });
  });

  test.each([
    [testKeys.write, 403],
    [testKeys.read, 403],
    [null, 401],
  ])('refuses any key but one of a server: %s', async (key, status) => {
    expect((await server.post('/v1/pos/receipts', receipt(1), { key })).status).toBe(status);
  });
});

describe('GET /v1/pos/gaps', () => {
  test('lists what is missing, repeated and rejected, and a receipt that comes twice is none of it', async () => {
    const upload = [
      receipt(6),
      receipt(2),
      receipt(2),
      receipt(3, { total: 300 }),
      receipt(3, { id: 'other', total: 301 }),
      receipt(9, { training: true }),
      receipt(9, { training: true, registerTime: '2026-03-01T12:00:00' }),
      receipt(8, { lines: [{ unitPrice: 1 }] }),
      receipt(40, { register: '2', lines: [{ unitPrice: 1 }] }),
      receipt(40, { register: '2' }),
    ];
    for (const half of [upload.slice(5), upload.slice(0, 5), upload]) {
      expect((await server.post('/v1/pos/receipts', half)).status).toBe(200);
    }
    await until(async () => (await gapsOf('A')).length === 2);
    await until(async () => (await gapsOf('A'))[0]?.['last'] === 9);
    expect(await gapsOf('A')).toEqual([
      {
        source: 'server',
        register: '1',
        first: 2,
        last: 9,
        missing: [
          { from: 1, to: 1, count: 1 },
          { from: 4, to: 5, count: 2 },
          { from: 7, to: 7, count: 1 },
        ],
        missingCount: 4,
        repeated: [{ sequence: 3, receipts: 2 }],
        rejected: [8],
        truncated: false,
      },
      expect.objectContaining({
        register: '2',
        missing: [{ from: 1, to: 39, count: 39 }],
        repeated: [],
        rejected: [],
      }),
    ]);
  });

  test('is paged by register', async () => {
    const registers = ['r1', 'r2', 'r3'];
    await server.post(
      '/v1/pos/receipts',
      registers.map((register) => receipt(1, { store: 'P', register })),
    );
    await until(async () => (await gapsOf('P')).length === 3);
    const seen: string[] = [];
    let cursor = '';
    do {
      const { json } = await server.get(`/v1/pos/gaps?store=P&day=${day}&limit=2${cursor}`, testKeys.read);
      seen.push(...json.registers.map(({ register }: { register: string }) => register));
      cursor = json.nextCursor === null ? '' : `&cursor=${json.nextCursor}`;
    } while (cursor !== '');
    expect(seen).toEqual(registers);
  });

  test('refuses a day that is none and a cursor of another list', async () => {
    for (const query of ['store=A&day=2026-02-30', 'store=A', `store=A&day=${day}&cursor=x`]) {
      expect((await server.get(`/v1/pos/gaps?${query}`, testKeys.read)).json).toMatchObject({
        code: 'invalid_parameter',
      });
    }
    expect((await server.get(`/v1/pos/gaps?store=A&day=${day}`, testKeys.server)).status).toBe(403);
  });
});
