import { expect, test } from 'vitest';
import { createIdentifierState, LoadedIdentifiers } from '../../src/core/loaded-identifiers.ts';
import { separateIdentifiers } from '../../src/core/separate-identifiers.ts';

const update = {
  identifier: 'cookie',
  profile: 'cookie',
  identifying: false,
  ambiguous: null,
  change: { cause: 'merge', reason: null },
  record: 0,
} as const;

test('a membership that is known, or keeps the root, does not hold an identifier apart: its marks need not be read', () => {
  const identifiers = new LoadedIdentifiers();
  identifiers.add({ ...createIdentifierState('cookie'), root: 'person', version: 4, hasOwn: true });
  const apart = (version: number, root: string) => [
    ...separateIdentifiers([{ ...update, version, root }], [], identifiers),
  ];
  expect(apart(4, 'person')).toEqual([]);
  expect(apart(3, 'other')).toEqual([]);
  expect(apart(5, 'person')).toEqual([]);
  expect(apart(5, 'other')).toEqual(['cookie']);
});
