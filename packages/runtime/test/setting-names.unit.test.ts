import { expect, test } from 'vitest';
import { findUnknownSettings, settingNames } from '../src/setting-names.ts';

test('settings that exist are not reported, nor variables of others', () => {
  const environment = Object.fromEntries(settingNames.map((name) => [name, '1']));
  expect(findUnknownSettings({ ...environment, PATH: '/bin', KAFKA_HEAP_OPTS: '-Xmx1g' })).toEqual([]);
});

test.each([
  ['THROUGHLINE_TIMEZONE', 'THROUGHLINE_TIME_ZONE'],
  ['THROUGHLINE_WINDOW', 'THROUGHLINE_WINDOWS'],
  ['THROUGHLINE_ADMINKEY', 'THROUGHLINE_ADMIN_KEY'],
  ['throughline_home', 'THROUGHLINE_HOME'],
])('%s is reported, with %s as what it may have been meant to be', (name, nearest) => {
  expect(findUnknownSettings({ [name]: 'x' })).toEqual([{ name, nearest }]);
});

test('a name that is like no other is reported without a guess', () => {
  expect(findUnknownSettings({ THROUGHLINE_FAVOURITE_COLOUR: 'blue' })).toEqual([
    { name: 'THROUGHLINE_FAVOURITE_COLOUR', nearest: null },
  ]);
});
