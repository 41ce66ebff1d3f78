import { describe, expect, test } from 'vitest';
import { itemsOf, pagesOfChanges, ThroughlineProblem } from '../src/index.ts';

describe('the items of a list', () => {
  test('are those of all its pages, each asked for when it is wanted', async () => {
    const asked: unknown[] = [];
    const pages = [
      { items: [1, 2], nextCursor: 'a' },
      { items: [], nextCursor: 'b' },
      { items: [3], nextCursor: null },
    ];
    const items = itemsOf<number>((cursor) => {
      asked.push(cursor);
      return Promise.resolve({ data: pages[asked.length - 1] ?? { items: [], nextCursor: null } });
    });
    expect((await items.next()).value).toBe(1);
    expect(asked).toEqual([{}]);
    const rest: number[] = [];
    for await (const item of items) rest.push(item);
    expect(rest).toEqual([2, 3]);
    expect(asked).toEqual([{}, { cursor: 'a' }, { cursor: 'b' }]);
  });
});

describe('the pages of the change feed', () => {
  test('begin at the kept cursor and continue from each page, also from an empty one', async () => {
    const asked: unknown[] = [];
    const pages = pagesOfChanges<number>((cursor) => {
      asked.push(cursor);
      return Promise.resolve({ data: { items: [], nextCursor: `c${asked.length}`, caughtUp: true } });
    }, 'kept');
    for await (const { nextCursor } of pages) if (nextCursor === 'c3') break;
    expect(asked).toEqual([{ cursor: 'kept' }, { cursor: 'c1' }, { cursor: 'c2' }]);
  });
});

describe('a problem', () => {
  test('has the code, the status and the field that were answered', () => {
    const body = {
      type: 'about:blank',
      status: 404,
      code: 'profile_not_found',
      title: 'No profile',
      detail: 'none',
      field: 'ref',
    };
    const problem = new ThroughlineProblem(404, body);
    expect(problem).toMatchObject({
      status: 404,
      code: 'profile_not_found',
      field: 'ref',
      message: 'No profile: none',
      body,
    });
  });

  test('has no code of its own where something else answered', () => {
    expect(new ThroughlineProblem(502, '<html>')).toMatchObject({
      status: 502,
      code: 'unknown',
      field: null,
      message: 'answered 502',
    });
  });
});
