/** Items whose request can be read. */
import { itemCase, messageId, rawItemCase, track, withItem, type HostileCase } from './hostile-case.ts';

const value = (input: string, json: string, answer: string) =>
  rawItemCase('Values', input, withItem(`"properties":{"v":${json}}`), answer);
const id = (input: string, userId: unknown, answer: string) =>
  itemCase('Identifiers', input, { userId }, answer);
const trait = (input: string, traits: object, answer: string) =>
  itemCase('Identifiers', input, { type: 'identify', traits }, answer);
const time = (input: string, fields: object, answer: string) =>
  itemCase('Times and ids', input, fields, answer);

const tooLong = 'x'.repeat(201);
const blocked = '200, accepted with identifier_blocked';
const invisible = '200, rejected: identifier_invalid_characters at userId';

export const hostileItems: readonly HostileCase[] = [
  rawItemCase('Items', 'an item that is a text', '["x"]', '200, rejected: item_not_object'),
  rawItemCase('Items', 'an item that is null', '[null]', '200, rejected: item_not_object'),
  rawItemCase('Items', 'an item that is a list', '[[]]', '200, rejected: item_not_object'),
  rawItemCase(
    'Items',
    '__proto__',
    withItem('"properties":{"__proto__":{"admin":true}}'),
    '200, rejected: forbidden_key',
  ),
  rawItemCase(
    'Items',
    '__proto__ with escapes',
    withItem(String.raw`"properties":{"\u005f_proto__":{"admin":true}}`),
    '200, rejected: forbidden_key',
  ),
  rawItemCase(
    'Items',
    'constructor with a prototype',
    withItem('"constructor":{"prototype":{"admin":true}}'),
    '200, rejected: forbidden_key',
  ),
  rawItemCase(
    'Items',
    'a key that is given twice: the last one stands',
    withItem('"event":"Last"'),
    '200, accepted',
  ),
  rawItemCase(
    'Items',
    '65 levels',
    withItem(`"properties":${'{"a":'.repeat(65)}1${'}'.repeat(65)}`),
    '200, rejected: nesting_too_deep',
  ),
  rawItemCase(
    'Items',
    '5,001 keys',
    withItem(`"properties":{${Array.from({ length: 5_001 }, (_, index) => `"${index}":1`).join()}}`),
    '200, rejected: too_many_keys',
  ),
  itemCase(
    'Items',
    '33 KB in one text',
    { properties: { note: 'x'.repeat(33_000) } },
    '200, rejected: property_too_large at properties.note',
  ),
  itemCase(
    'Items',
    '33 KB in many texts',
    { properties: { notes: Array.from({ length: 330 }, () => 'x'.repeat(100)) } },
    '200, rejected: item_too_large',
  ),
  itemCase('Items', 'no type', { type: undefined }, '200, rejected: missing_field at type'),
  itemCase('Items', 'a type that is not known', { type: 'trak' }, '200, rejected: unknown_type at type'),
  itemCase('Items', 'a type that is a number', { type: 5 }, '200, rejected: unknown_type at type'),
  itemCase('Items', 'a track call without a name', { event: ' ' }, '200, rejected: missing_field at event'),
  itemCase('Items', 'a name of 201 characters', { event: tooLong }, '200, rejected: invalid_field at event'),
  itemCase(
    'Items',
    'properties that are a text',
    { properties: 'x' },
    '200, rejected: invalid_field at properties',
  ),
  itemCase(
    'Items',
    'properties that are an empty list, as PHP writes an empty map',
    { properties: [] },
    '200, accepted',
  ),
  itemCase('Items', 'traits that are a list', { traits: [1] }, '200, rejected: invalid_field at traits'),
  itemCase(
    'Items',
    '201 traits',
    { traits: Object.fromEntries(Array.from({ length: 201 }, (_, index) => [`t${index}`, 1])) },
    '200, rejected: too_many_traits at traits',
  ),
  itemCase(
    'Items',
    'a trait name of 201 characters',
    { traits: { [tooLong]: 1 } },
    `200, rejected: trait_name_too_long at traits.${tooLong}`,
  ),
  itemCase(
    'Items',
    'a channel of 51 characters',
    { channel: 'x'.repeat(51) },
    '200, rejected: invalid_field at channel',
  ),
  itemCase('Items', 'a sentiment of 2', { sentiment: 2 }, '200, rejected: invalid_field at sentiment'),
  itemCase('Items', 'a source of its own', { source: 'admin' }, '200, accepted'),

  value('1e400', '1e400', '200, rejected: invalid_number at properties.v'),
  value('-1e100000', '-1e100000', '200, rejected: invalid_number at properties.v'),
  value('2^53 + 1', '9007199254740993', '200, rejected: invalid_number at properties.v'),
  value('2^53 - 1', '9007199254740991', '200, accepted'),
  value('minus zero', '-0', '200, accepted'),
  value('U+0000', String.raw`"a\u0000b"`, '200, accepted with text_repaired'),
  value('half a surrogate pair', String.raw`"\ud800"`, '200, accepted with text_repaired'),
  value('a key with half a surrogate pair', String.raw`{"\udc00":1}`, '200, accepted with text_repaired'),
  value('a non-character', String.raw`"\uffff"`, '200, accepted'),
  value('emoji of several code points', '"👩‍👩‍👧‍👦"', '200, accepted'),
  value('text that turns its direction', '"\u202eabc"', '200, accepted'),
  value('a script', '"<script>alert(1)</script>"', '200, accepted'),
  value('SQL', `"'; drop table x; --"`, '200, accepted'),
  value('a template', '"{{constructor.constructor(1)()}} ${7*7}"', '200, accepted'),
  itemCase(
    'Values',
    'a revenue with a decimal comma',
    { properties: { revenue: '12,5' } },
    '200, rejected: invalid_field at properties.revenue',
  ),
  itemCase(
    'Values',
    'a revenue that is true',
    { properties: { revenue: true } },
    '200, rejected: invalid_field at properties.revenue',
  ),
  itemCase('Values', 'a negative revenue', { properties: { revenue: -1 } }, '200, accepted'),
  itemCase(
    'Values',
    'an order whose total is no amount',
    { event: 'Order Completed', properties: { total: 'free' } },
    '200, accepted with amount_ignored',
  ),

  id('none', undefined, '200, rejected: missing_identifier'),
  id('blanks', '  ', '200, rejected: missing_identifier'),
  id('the text null', 'null', blocked),
  id('undefined', 'undefined', blocked),
  id('[object Object]', '[object Object]', blocked),
  id('zeros', '00000000-0000-0000-0000-000000000000', blocked),
  id('guest', 'guest', blocked),
  id('\\N', String.raw`\N`, blocked),
  id('(not set)', '(not set)', blocked),
  id('#N/A', '#N/A', blocked),
  id('a number', 17, '200, accepted with identifier_number_as_text'),
  id('a fraction', 1.5, '200, rejected: identifier_invalid_type at userId'),
  id('true', true, '200, rejected: identifier_invalid_type at userId'),
  id('an object', { a: 1 }, '200, rejected: identifier_invalid_type at userId'),
  id('a list', ['u1'], '200, rejected: identifier_invalid_type at userId'),
  id('201 characters', tooLong, '200, rejected: identifier_too_long at userId'),
  id('a zero-width space', 'u\u200b1', invisible),
  id('text that turns its direction', 'u\u202e1', invisible),
  id('U+0000', 'u\u00001', invisible),
  id('half a surrogate pair', 'u\ud800', invisible),
  id('hasOwnProperty', 'hasOwnProperty', '200, accepted'),
  id('SQL', "'; drop table x; --", '200, accepted'),
  trait('an e-mail address without a domain', { email: 'ada@' }, blocked),
  trait('an e-mail address that is "n/a"', { email: 'n/a' }, blocked),
  trait('a phone number in the notation of a spreadsheet', { phone: '4,91512E+11' }, blocked),
  trait('an e-mail address that is an object', { email: {} }, blocked),
  itemCase(
    'Identifiers',
    'a type that is not known',
    { identifiers: [{ type: 'cookie', value: 'x' }] },
    '200, rejected: invalid_field at identifiers[0].type',
  ),
  itemCase(
    'Identifiers',
    'a scope of its own',
    { identifiers: [{ type: 'order_id.berlin', value: '1' }] },
    '200, rejected: invalid_field at identifiers[0].type',
  ),
  itemCase(
    'Identifiers',
    'a list that is a text',
    { identifiers: 'x' },
    '200, rejected: invalid_field at identifiers',
  ),
  itemCase(
    'Identifiers',
    '21 of them',
    { identifiers: Array.from({ length: 21 }, (_, index) => ({ type: 'device_id', value: `d${index}` })) },
    '200, rejected: too_many_identifiers at identifiers',
  ),
  itemCase(
    'Identifiers',
    'an alias without a previous id',
    { type: 'alias' },
    '200, rejected: missing_field at previousId',
  ),

  time('no id', { messageId: undefined }, '200, accepted with id_made'),
  time(
    'an id of 101 characters',
    { messageId: 'x'.repeat(101) },
    '200, rejected: invalid_field at messageId',
  ),
  time('an id with a line break', { messageId: 'a\nb' }, '200, rejected: invalid_field at messageId'),
  time('an id that is an object', { messageId: {} }, '200, rejected: invalid_field at messageId'),
  time('30 February', { timestamp: '2026-02-30T00:00:00Z' }, '200, rejected: invalid_time at timestamp'),
  time('no zone', { timestamp: '2026-02-01T00:00:00' }, '200, rejected: invalid_time at timestamp'),
  time('a date', { timestamp: '2026-02-01' }, '200, rejected: invalid_time at timestamp'),
  time('yesterday', { timestamp: 'yesterday' }, '200, rejected: invalid_time at timestamp'),
  time('a time that is a number', { timestamp: 1_772_357_400 }, '200, rejected: invalid_time at timestamp'),
  time(
    'the year 275760',
    { timestamp: '+275760-09-13T00:00:00Z' },
    '200, rejected: invalid_time at timestamp',
  ),
  time('1970', { timestamp: '1970-01-01T00:00:00Z' }, '200, accepted'),
  time('the year 2999', { timestamp: '2999-01-01T00:00:00Z' }, '200, accepted with time_clamped'),
  time(
    'a sentAt that cannot be read',
    { timestamp: '2026-02-01T00:00:00Z', sentAt: 'now' },
    '200, accepted with sent_at_ignored',
  ),
  {
    ...rawItemCase(
      'Times and ids',
      'a line that is no JSON, between two right ones',
      '',
      '200, rejected: malformed_line',
    ),
    headers: { 'content-type': 'application/x-ndjson' },
    body: `${JSON.stringify({ ...track, messageId: messageId() })}\n{"type"\n${JSON.stringify({ ...track, messageId: messageId() })}`,
  },
];
