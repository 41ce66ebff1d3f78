import { expect, test } from 'vitest';
import { createTimeParser, findFormatFault, type TimeFormat } from '../../src/core/local-time.ts';

const utc = { zone: 'UTC' };

test.each<[string, TimeFormat, string]>([
  ['5-Jan-2026 1:05 PM', { format: 'd-MMM-yyyy h:mm a', ...utc }, '2026-01-05T13:05:00.000Z'],
  ['05/01/26 12:00 am', { format: 'dd/MM/yy hh:mm a', ...utc }, '2026-01-05T00:00:00.000Z'],
  ['05/01/69 12:00 p.m.', { format: 'dd/MM/yy hh:mm a', ...utc }, '2069-01-05T12:00:00.000Z'],
  ['05/01/70 1:30\u202fPM', { format: 'dd/MM/yy h:mm a', ...utc }, '1970-01-05T13:30:00.000Z'],
  ['SEPT. 3, 2026', { format: 'MMM d, yyyy', at: '12:00', ...utc }, '2026-09-03T12:00:00.000Z'],
  ['3. März 2026', { format: 'd. MMMM yyyy', locale: 'de', at: '12:00', ...utc }, '2026-03-03T12:00:00.000Z'],
  ['3 марта 2026', { format: 'd MMMM yyyy', locale: 'ru', at: '12:00', ...utc }, '2026-03-03T12:00:00.000Z'],
  [
    '3 de marzo de 2026',
    { format: "d 'de' MMMM 'de' yyyy", locale: 'es', at: '09:00', ...utc },
    '2026-03-03T09:00:00.000Z',
  ],
  ["03.01.2026 at 8 o'clock", { format: "dd.MM.yyyy 'at' H 'o''clock'", ...utc }, '2026-01-03T08:00:00.000Z'],
])('%s is read by its pattern', (text, format, expected) => {
  expect(findFormatFault(format)).toBeNull();
  expect(createTimeParser(format)(text)).toBe(expected);
});

test.each<[string, TimeFormat]>([
  ['5-Foo-2026', { format: 'd-MMM-yyyy', at: '12:00', ...utc }],
  ['31-Feb-2026', { format: 'd-MMM-yyyy', at: '12:00', ...utc }],
  ['01/02/2026 13:00 PM', { format: 'dd/MM/yyyy hh:mm a', ...utc }],
  ['01/02/2026 0:30 AM', { format: 'dd/MM/yyyy h:mm a', ...utc }],
])('%s is no time', (text, format) => {
  expect(() => createTimeParser(format)(text)).toThrow('is not a time');
});

test.each<[TimeFormat, string]>([
  [{ format: 'd MMM', ...utc }, 'year'],
  [{ format: 'dd.MM.yyyy hh:mm', ...utc }, 'AM or PM'],
  [{ format: 'dd.MM.yyyy HH:mm a', ...utc }, 'hours of twelve'],
  [{ format: 'dd.MM.yyyy HH h a', ...utc }, 'once'],
  [{ format: 'd MMM yyyy', at: '12:00', locale: 'no-such-language-at-all', ...utc }, 'locale'],
  [{ format: 'd MMM yyyy', ...utc }, 'time of day'],
])('%j is refused with what is wrong with it', (format, expected) => {
  expect(findFormatFault(format)).toContain(expected);
});
