import type { AcceptedTouchpoint } from '@throughline/contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { writeAccepted } from '../../src/core/write-accepted.ts';
import { decide } from './item-decisions.ts';

const delivery = { trust: 'server', bodyHash: 'hash'.padEnd(43, '.'), requestId: 'req_1' } as const;

/** The record of an item, beside what it is to say. */
function write(item: unknown): { text: string; value: AcceptedTouchpoint; canonicalBody: string } {
  const decision = decide(item);
  if (!decision.ok) throw new Error(`rejected: ${JSON.stringify(decision.rejection)}`);
  const { touchpoint, canonicalBody, members = [] } = decision;
  const value: AcceptedTouchpoint = { touchpoint, ...delivery };
  return { text: writeAccepted(value, canonicalBody, members), value, canonicalBody };
}

/** As a reader sees it. */
const read = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const item = { type: 'track', event: 'Viewed', messageId: 'm1', userId: 'u1' };

describe('the record of an accepted touchpoint', () => {
  test('says what the touchpoint says, whatever an item holds', () => {
    const text = fc.string({ unit: 'binary' });
    const scalar = fc.oneof(
      text,
      fc.integer(),
      fc.double({ min: -1e9, max: 1e9, noNaN: true }),
      fc.boolean(),
      fc.constant(null),
    );
    const map = fc.dictionary(text, fc.oneof(scalar, fc.array(scalar), fc.dictionary(text, scalar)));
    const items = fc.record(
      {
        type: fc.constantFrom('track', 'identify', 'page', 'group'),
        event: fc.constant('Viewed'),
        messageId: fc.uuid(),
        userId: fc.uuid(),
        category: fc.string(),
        groupId: fc.string(),
        traits: map,
        properties: map,
        context: map,
      },
      { requiredKeys: ['type', 'event', 'messageId', 'userId'] },
    );
    let compared = 0;
    fc.assert(
      fc.property(items, (made) => {
        const decision = decide(made);
        if (!decision.ok) return;
        const { text: written, value } = write(made);
        expect(JSON.parse(written)).toEqual(read(value));
        compared++;
      }),
    );
    expect(compared).toBeGreaterThan(50);
  });

  test('takes properties, context and traits from the canonical body, with sorted keys', () => {
    const { text } = write({
      ...item,
      traits: { b: 1, a: [2] },
      properties: { z: 1, y: 2 },
      context: { q: 1, p: { d: 1, c: 2 } },
    });
    expect(text).toContain(
      '"traits":{"a":[2],"b":1},"properties":{"y":2,"z":1},"context":{"p":{"c":2,"d":1},"q":1}',
    );
  });

  test('writes what was repaired, and what was gathered from several fields, as it is now', () => {
    const repaired = write({ ...item, properties: { broken: 'a\u0000b' } });
    expect(repaired.text).toContain('"broken":"a\ufffdb"');
    const gathered = write({ ...item, type: 'page', name: 'Home', category: 'Shop', properties: { a: 1 } });
    expect(JSON.parse(gathered.text)).toMatchObject({
      touchpoint: { properties: { category: 'Shop', a: 1 } },
    });
  });
});
