import { describe, expect, test } from 'vitest';
import { changedMembers } from '../../src/core/changed-members.ts';
import { defaultLimits, type IdentifierState, newIdentifier } from '../../src/core/identifier-state.ts';

const seen = (id: string, over: Partial<IdentifierState> = {}): IdentifierState => ({
  ...newIdentifier(id, 'email', false),
  firstSeenAt: '2026-03-01T00:00:00.000Z',
  firstPublicAt: '2026-03-01T00:00:00.000Z',
  ...over,
});
const changed = (original: IdentifierState | null, state: IdentifierState): string[] =>
  changedMembers([{ state, original }], defaultLimits);

describe('the identifiers that a resolution names to the change feed', () => {
  test('are new ones, but no orders and receipts', () => {
    expect(changed(null, seen('a'))).toEqual(['a']);
    expect(changed(null, seen('a', { type: 'order_id' }))).toEqual([]);
    expect(
      changed(seen('a', { type: 'receipt_id.x' }), seen('a', { type: 'receipt_id.x', root: 'b' })),
    ).toEqual([]);
  });

  test('are those that moved, with what held them', () => {
    expect(changed(seen('a', { profile: 'p' }), seen('a', { profile: 'q' }))).toEqual(['a', 'p']);
    const attached = { type: 'anonymous_id' as const, root: 'r', profile: 'a' };
    expect(changed(seen('a', attached), seen('a', { ...attached, root: 's' }))).toEqual(['a', 'r']);
  });

  test('are not those that were counted, or linked to another of their profile', () => {
    const later = { touchpointCount: 5, lastSeenAt: '2026-03-09T00:00:00.000Z', linked: true, version: 3 };
    expect(changed(seen('a'), seen('a', later))).toEqual([]);
    expect(changed(seen('a'), seen('a', { degrees: { user_id: [1, 1, 1] } }))).toEqual([]);
  });

  test('are those that make their profile identified, or do so no more', () => {
    expect(changed(seen('a'), seen('a', { degrees: { user_id: [6, 6, 6] } }))).toEqual(['a']);
    expect(changed(seen('a', { firstSeenAt: null, firstPublicAt: null }), seen('a'))).toEqual(['a']);
  });
});
