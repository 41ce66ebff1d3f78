/** Compares all that the resolver stores and publishes with the reference model. */
import { referenceProfiles, type World } from '@throughline/testkit';
import { expect } from 'vitest';
import type { MemoryIdentity } from './memory-identity.ts';

export function expectReference(identity: MemoryIdentity, world: World): void {
  const reference = referenceProfiles(world);
  const mine = [...identity.profiles()]
    .map(([id, { identifiers, touchpoints, count: touchpointCount }]) => ({
      id,
      identifiers,
      touchpoints,
      touchpointCount,
    }))
    .toSorted((left, right) => (left.id < right.id ? -1 : 1));
  const theirs = reference.profiles.map(({ id, identifiers, touchpoints, touchpointCount }) => ({
    id,
    identifiers,
    touchpoints: touchpoints.toSorted(),
    touchpointCount,
  }));
  expect(mine).toEqual(theirs);
  for (const [id, expected] of reference.identifiers) {
    const { parent, profile, root, firstSeenAt, lastSeenAt, sharedLevel, ambiguous } = expected;
    const state = identity.identifiers.get(id);
    expect({
      id,
      parent: state?.parent,
      root: state?.root,
      seen: [state?.firstSeenAt, state?.lastSeenAt],
    }).toEqual({
      id,
      parent,
      root,
      seen: [firstSeenAt, lastSeenAt],
    });
    const holder = root === id ? profile : root;
    const held = identity.held.get(id) ?? (identity.isTransaction(id) ? holder : id);
    expect({ id, holder: held }).toEqual({ id, holder });
    expect(identity.sharedLevelOf(id)).toBe(sharedLevel);
    expect({ id, ambiguous: identity.published.memberships.get(id)?.ambiguous ?? null }).toEqual({
      id,
      ambiguous,
    });
  }
  const published = [...identity.published.profiles()]
    .map(([id, { touchpoints, identified }]) => ({ id, touchpoints, identified }))
    .toSorted((left, right) => (left.id < right.id ? -1 : 1));
  const expectedProfiles = reference.profiles
    .filter(({ touchpointCount }) => touchpointCount > 0)
    .map(({ id, touchpoints, identified }) => ({ id, touchpoints: touchpoints.toSorted(), identified }));
  expect(published).toEqual(expectedProfiles);
}
