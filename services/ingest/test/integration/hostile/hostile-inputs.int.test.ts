/** Each hostile input gets its answer, and the table in the documentation is what was answered. */
import path from 'node:path';
import { topics } from '@throughline/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startIngestServer, type IngestServer } from '../ingest-server.ts';
import { answerOf, send, type HostileCase } from './hostile-case.ts';
import { hostileItems } from './hostile-items.ts';
import { hostileProtocols } from './hostile-protocols.ts';
import { hostileRequests } from './hostile-requests.ts';

const cases: readonly HostileCase[] = [...hostileRequests, ...hostileItems, ...hostileProtocols];
let server: IngestServer;

beforeAll(async () => {
  server = await startIngestServer();
});
afterAll(() => server.stop());

test.each(cases.map((sent) => [`${sent.group}: ${sent.input}`, sent] as const))(
  '%s gets its answer',
  async (_name, sent) => {
    expect(await answerOf(await send(server.url, sent))).toBe(sent.answer);
  },
);

test('the service is ready after all of them, and a right touchpoint is accepted', async () => {
  expect((await server.get('/readyz')).status).toBe(200);
  const right = { type: 'track', event: 'Seen', userId: 'u1', messageId: 'after' };
  expect((await server.post('/v1/touchpoints', right)).json).toEqual({ accepted: 1, rejected: [] });
  expect((await server.records(topics.touchpoints)).some(({ touchpoint }) => touchpoint.id === 'after')).toBe(
    true,
  );
});

test('the table in the documentation lists them with their answers, one hundred at least', async () => {
  expect(cases.length).toBeGreaterThanOrEqual(100);
  expect(new Set(cases.map(({ group, input }) => `${group} ${input}`)).size).toBe(cases.length);
  const file = path.resolve(import.meta.dirname, '../../../../../infra/docs/hostile-input.md');
  await expect(tableOf(cases)).toMatchFileSnapshot(file);
});

function tableOf(all: readonly HostileCase[]): string {
  const groups = [...Map.groupBy(all, ({ group }) => group)].map(([group, ofGroup]) => {
    const rows = ofGroup.map(({ input, answer }) => `| ${cell(input)} | ${cell(shorten(answer))} |`);
    return [`## ${group}`, '', '| input | answer |', '| --- | --- |', ...rows].join('\n');
  });
  return `${[introduction, ...groups].join('\n\n')}\n`;
}

const introduction = `# Hostile input

What ingest answers to input that is wrong, or meant to do harm. Made by the test that sends all of it
(\`pnpm vitest run services/ingest/test/integration/hostile --update\` writes this file again), so it is what the service does.

A request that cannot be read is refused with a problem; its code is in [errors.md](errors.md). An item that cannot be used
is rejected alone: the request is answered 200, its neighbours are unharmed, and the item is kept with its reason.`;

function cell(text: string): string {
  return text
    .replaceAll('|', String.raw`\|`)
    .replaceAll('<', '&lt;')
    .replaceAll('*', String.raw`\*`)
    .replaceAll('_', String.raw`\_`);
}

function shorten(answer: string): string {
  return answer.length > 100 ? `${answer.slice(0, 100)}…` : answer;
}
