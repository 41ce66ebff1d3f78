/** What a reader of the resolved stream knows: of each identifier the newest membership, of each touchpoint its identifier. */
import type { Membership } from '@throughline/contracts';

export class PublishedStream {
  readonly memberships = new Map<string, Membership>();
  readonly assignments = new Map<string, { identifier: string; version: number }>();

  addMemberships(memberships: readonly Membership[]): void {
    for (const membership of memberships) {
      const known = this.memberships.get(membership.identifier);
      if (!known || known.version < membership.version)
        this.memberships.set(membership.identifier, membership);
    }
  }

  addAssignment(touchpoint: string, assignment: { identifier: string; version: number }): void {
    const known = this.assignments.get(touchpoint);
    if (!known || known.version < assignment.version) this.assignments.set(touchpoint, assignment);
  }

  /** Profile -> touchpoints, and whether it is identified. */
  profiles(): Map<string, { touchpoints: string[]; identified: boolean }> {
    const profiles = new Map<string, { touchpoints: string[]; identified: boolean }>();
    const profileOf = (id: string) => {
      const root = this.memberships.get(id)?.root ?? id;
      return this.memberships.get(root)?.profile ?? root;
    };
    for (const [key, { identifier }] of this.assignments) {
      const profile = profileOf(identifier);
      const entry = profiles.get(profile) ?? { touchpoints: [], identified: false };
      entry.touchpoints.push(key);
      profiles.set(profile, entry);
    }
    for (const membership of this.memberships.values()) {
      const entry = profiles.get(profileOf(membership.identifier));
      if (entry && membership.identifying) entry.identified = true;
    }
    for (const entry of profiles.values()) entry.touchpoints.sort();
    return profiles;
  }
}
