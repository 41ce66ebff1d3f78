/** The two tables that operators rely on: every event of the logs, every code of an error. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { deadLetterCodes, itemCodes, problemCodes } from '@throughline/contracts';
import { describe, expect, test } from 'vitest';

const checkout = path.resolve(import.meta.dirname, '../../..');
const read = (file: string): string => readFileSync(path.join(checkout, file), 'utf8');

const sources = globSync('{packages,services,infra}/*/src/**/*.ts', {
  cwd: checkout,
  exclude: ['**/node_modules/**', '**/fixtures/**'],
});

/** First cells of the tables' rows that are code. */
const rowsOf = (document: string): string[] =>
  [...read(document).matchAll(/^\| `([a-z_.]+)`/gm)].map(([, name = '']) => name);

function eventsIn(text: string): string[] {
  const named = [...text.matchAll(/\bevent: ((?:'[a-z_.]+'(?: \| )?)+)/g)].flatMap(([, names = '']) =>
    [...names.matchAll(/'([^']+)'/g)].map(([, name = '']) => name),
  );
  // Batches of touchpoints are logged through functions that are given the event's name.
  return [...named, ...[...text.matchAll(/'(touchpoints\.[a-z_]+)'/g)].map(([, name = '']) => name)];
}

describe('logs.md', () => {
  const documented = rowsOf('infra/docs/logs.md');
  // `topics` names the log's topics, which look like events.
  const used = new Map(
    sources
      .filter((file) => !file.endsWith('contracts/src/topics.ts'))
      .flatMap((file) => eventsIn(read(file)).map((event) => [event, file] as const)),
  );

  test('finds the events of the sources', () => {
    expect(
      eventsIn("logger.info({ event: 'a.b', x: 1 }); log('touchpoints.c'); event: 'd.e' | 'f.g'"),
    ).toEqual(['a.b', 'd.e', 'f.g', 'touchpoints.c']);
    expect(used.size).toBeGreaterThan(20);
  });

  test('lists every event that a source logs', () => {
    const missing = [...used].filter(([event]) => !documented.includes(event));
    expect(missing).toEqual([]);
  });

  test('lists no event twice, and none that nothing logs', () => {
    const events = documented.filter((name) => name.includes('.') || name === 'unnamed');
    expect(events.filter((event, index) => events.indexOf(event) !== index)).toEqual([]);
    expect(events.filter((event) => !used.has(event))).toEqual([]);
  });
});

describe('errors.md', () => {
  const documented = new Set(rowsOf('infra/docs/errors.md'));

  test.each([
    ['problem', Object.keys(problemCodes)],
    ['item', Object.keys(itemCodes)],
    ['dead letter', Object.keys(deadLetterCodes)],
  ])('lists every %s code', (_kind, codes) => {
    expect(codes.filter((code) => !documented.has(code))).toEqual([]);
  });

  test('gives each problem the status of the table', () => {
    const text = read('infra/docs/errors.md');
    for (const [code, { status }] of Object.entries(problemCodes)) {
      expect(text).toMatch(new RegExp(`^\\| \`${code}\`\\s*\\| ${status} `, 'm'));
    }
  });
});
