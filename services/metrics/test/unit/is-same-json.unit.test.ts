import { expect, test } from 'vitest';
import { isSameJson } from '../../src/core/is-same-json.ts';

test.each([
  [
    'the order of keys says nothing',
    { a: 1, b: { c: [1, 2], d: null } },
    { b: { d: null, c: [1, 2] }, a: 1 },
  ],
  ['a member that is undefined is none', { a: 1, b: undefined }, { a: 1 }],
  ['texts and numbers are compared by value', ['x', 0.5, true, null], ['x', 0.5, true, null]],
])('%s', (_name, left, right) => {
  expect(isSameJson(left, right)).toBe(true);
  expect(isSameJson(right, left)).toBe(true);
});

test.each([
  ['the order of a list counts', [1, 2], [2, 1]],
  ['a list is no object with the same members', ['x'], { 0: 'x' }],
  ['null is no empty object', null, {}],
  ['a number is no text', { window: 7 }, { window: '7' }],
  ['a member more is a difference, at any depth', { a: { b: 1 } }, { a: { b: 1, c: false } }],
  ['a member of another name is a difference', { a: 1 }, { b: 1 }],
  ['a member of the prototype is no member', JSON.parse('{"__proto__":{}}'), { a: {} }],
])('%s', (_name, left, right) => {
  expect(isSameJson(left, right)).toBe(false);
  expect(isSameJson(right, left)).toBe(false);
});
