import { isBlockedIdentifier } from '@throughline/contracts';
import type { LongWork } from '@throughline/runtime';
import { describe, expect, test } from 'vitest';
import { nativeRoute } from '../../src/core/ingest-route.ts';
import { noSignals } from '../../src/core/privacy/decide-privacy.ts';
import { decideItems } from '../../src/receive/decide-items.ts';
import { MalformedLine, UnparsedLine, type ReceivedRequest } from '../../src/receive/received-request.ts';

const shared = {
  dialect: 'native',
  routeType: null,
  mapItem: undefined,
  digest: (text: string) => text,
  keyedHash: (text: string) => text,
  isBot: () => false,
  signals: noSignals,
  source: 'website',
  trust: 'public',
  settings: {},
  timeZone: 'UTC',
  isBlocked: isBlockedIdentifier,
  traffic: 'bulk',
  receivedAtMs: 1_772_366_400_000,
  receivedAt: '2026-03-01T12:00:00.000Z',
} as const;

function requestOf(items: readonly unknown[], work?: LongWork): ReceivedRequest {
  return {
    route: nativeRoute,
    requestId: 'req_1',
    source: 'website',
    trust: 'public',
    receivedAtMs: shared.receivedAtMs,
    items,
    exactItems: () => items,
    ...(work === undefined ? {} : { work }),
  };
}

const page = (id: string) => ({ type: 'page', id, userId: 'u1' });

describe('the items of a request', () => {
  test('are decided with a pause wherever a slice is used up, and the turn ends with them', async () => {
    const seen: string[] = [];
    let decided = 0;
    const work: LongWork = {
      isDue: () => decided++ % 2 === 1,
      pause: () => {
        seen.push(`pause before item ${decided - 1}`);
        return Promise.resolve();
      },
      end: () => void seen.push('end'),
    };
    const { answer } = await decideItems(
      requestOf([page('a'), page('b'), page('c'), page('d')], work),
      shared,
    );
    expect(answer.accepted).toBe(4);
    expect(seen).toEqual(['pause before item 1', 'pause before item 3', 'end']);
  });

  test('end the turn also when the request is refused', async () => {
    let ended = 0;
    const work: LongWork = { isDue: () => false, pause: () => Promise.resolve(), end: () => void ended++ };
    const tooDeep = new UnparsedLine('['.repeat(6_000));
    await expect(decideItems(requestOf([page('a'), tooDeep], work), shared)).rejects.toMatchObject({
      code: 'nesting_too_deep',
    });
    expect(ended).toBe(1);
  });

  test('that are lines are parsed one by one, and a bad line is kept as its text', async () => {
    const lines = [JSON.stringify(page('a')), '{"type": "page"', JSON.stringify(page('b'))];
    const { answer, records } = await decideItems(
      requestOf(lines.map((line) => new UnparsedLine(line))),
      shared,
    );
    expect(answer).toMatchObject({ accepted: 2, rejected: [{ index: 1, code: 'malformed_line' }] });
    const kept = JSON.parse(records[2]?.value ?? '') as { body: string };
    expect(Buffer.from(kept.body, 'base64').toString()).toBe(lines[1]);
    const again = await decideItems(requestOf([new MalformedLine('x')]), shared);
    expect(again.answer.rejected).toMatchObject([{ code: 'malformed_line' }]);
  });

  test('are not walked to their end when they are too large, and the field that is too long is named', async () => {
    const empty = Array.from({ length: 100_000 }, () => ({}));
    const { answer } = await decideItems(
      requestOf([
        { ...page('many'), properties: { values: empty } },
        { ...page('long'), properties: { text: '"'.repeat(40_000) } },
        { ...page('later'), properties: { values: empty, text: 'x'.repeat(40_000) } },
      ]),
      shared,
    );
    expect(answer.rejected).toMatchObject([
      { id: 'many', code: 'item_too_large', field: '' },
      { id: 'long', code: 'property_too_large', field: 'properties.text' },
      { id: 'later', code: 'item_too_large', field: '' },
    ]);
  });
});
