/** Towns of customers at the size of a deployment, from a seed: what they do in a year, and which of them live together. */
import type { Identifier } from '@throughline/contracts';
import type { WorldTouchpoint } from '../reference/world.ts';
import type { Random } from './seeded-random.ts';

const startMs = Date.parse('2026-01-01T00:00:00.000Z');

function touchpointAt(
  serial: number,
  random: Random,
  { identifiers, trust }: Pick<WorldTouchpoint, 'identifiers' | 'trust'>,
): WorldTouchpoint {
  const at = new Date(startMs + random.below(365 * 86_400) * 1_000).toISOString();
  return {
    source: trust === 'server' ? 'shop' : 'website',
    id: `t${serial}`,
    type: 'track',
    name: null,
    trust,
    occurredAt: at,
    receivedAt: at,
    identifiers,
  };
}

/**
 * Ten touchpoints and about three identifiers a person. One in twenty says who they are only now and then; one touchpoint in a
 * hundred is on a device that several share; twenty tills and kiosks meet everyone.
 */
export function townOf(random: Random, touchpoints: number): WorldTouchpoint[] {
  const people = Math.max(1, Math.floor(touchpoints / 10));
  return Array.from({ length: touchpoints }, (_, serial) => {
    const person = random.below(people);
    const user: Identifier = { type: 'user_id', value: `u${person}` };
    const email: Identifier = { type: 'email', value: `p${person}@example.org` };
    const cookie: Identifier = { type: 'anonymous_id', value: `c${person}` };
    const isLate = person % 20 === 0;
    if (random.chance(0.01)) {
      const shared: Identifier = { type: 'device_id', value: `shared${person % Math.ceil(people / 40)}` };
      return touchpointAt(serial, random, { identifiers: [email, shared], trust: 'public' });
    }
    if (random.chance(0.05)) {
      const till: Identifier = { type: 'device_id', value: `till${random.below(20)}` };
      return touchpointAt(serial, random, { identifiers: [user, till], trust: 'server' });
    }
    if (random.chance(isLate ? 0.05 : 0.3)) {
      return touchpointAt(serial, random, { identifiers: [user, email, cookie], trust: 'server' });
    }
    if (random.chance(0.3))
      return touchpointAt(serial, random, { identifiers: [email, cookie], trust: 'public' });
    return touchpointAt(serial, random, { identifiers: [cookie], trust: 'public' });
  });
}

/** Households of one to five, with a tablet that all of them use; a third have once signed in on another household's. */
export function householdsOf(
  random: Random,
  people: number,
): { touchpoints: WorldTouchpoint[]; homeOf: Map<string, number> } {
  const touchpoints: WorldTouchpoint[] = [];
  const homeOf = new Map<string, number>();
  const tablet = (home: number): Identifier => ({ type: 'device_id', value: `tablet${home}` });
  for (let person = 0, home = 0; person < people; home += 1) {
    for (let size = 1 + random.below(5); size > 0 && person < people; size -= 1, person += 1) {
      const user: Identifier = { type: 'user_id', value: `u${person}` };
      const email: Identifier = { type: 'email', value: `p${person}@example.org` };
      for (const { value } of [user, email]) homeOf.set(value, home);
      const own = [
        { identifiers: [user, email], trust: 'server' as const },
        { identifiers: [user, tablet(home)], trust: 'server' as const },
        { identifiers: [email, tablet(home)], trust: 'public' as const },
      ];
      const elsewhere = { identifiers: [user, tablet(random.below(home + 1))], trust: 'public' as const };
      for (const one of random.chance(1 / 3) ? [...own, elsewhere] : own) {
        touchpoints.push(touchpointAt(touchpoints.length, random, one));
      }
    }
  }
  return { touchpoints, homeOf };
}
