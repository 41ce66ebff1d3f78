import { expect, test } from 'vitest';
import { isCountOnly } from '../../src/core/change-of-identifier.ts';
import { type IdentifierState, newIdentifier } from '../../src/core/identifier-state.ts';

const id = '6f1c2b1e-1b2c-8d3e-9f40-a1b2c3d4e5f6';
const stored = newIdentifier(id, 'user_id', false);
const at = '2026-11-20T10:00:00.000Z';

/** Every field but the identifier itself, with another value. */
const changes: Required<Omit<IdentifierState, 'id' | 'type' | 'blocked'>> = {
  original: '+49 30 901820',
  firstServerAt: at,
  firstPublicAt: at,
  firstSeenAt: at,
  lastSeenAt: at,
  touchpointCount: 1,
  firstTouchpointAt: at,
  lastTouchpointAt: at,
  known: true,
  degrees: { email: [1, 0, 0] },
  vouched: true,
  linked: true,
  parent: id,
  root: 'another',
  profile: 'another',
  boundStage: 1,
  version: 1,
  published: true,
};
const counting = Object.keys(changes).slice(0, 8);

test.each(Object.entries(changes))('a change of %s concerns the graph, or only counts', (field, value) => {
  expect(isCountOnly({ ...stored, [field]: value }, stored)).toBe(counting.includes(field));
});
