/** Changes of the rules among the operations of a history: other limits, blocked values, withdrawn evidence. */
import type { Identifier } from '@throughline/contracts';
import { isBlockedValue } from '../reference/blocked-values.ts';
import { defaultWorldLimits, type WorldTouchpoint, type WorldWithdrawal } from '../reference/world.ts';
import type { Operation, WorldRules } from './history.ts';
import type { Random } from './seeded-random.ts';

/** Draws on the touchpoints of the history, whichever come later: a withdrawal may be made before what it selects arrives. */
export function withRuleChanges(operations: readonly Operation[], random: Random): Operation[] {
  const touchpoints = operations.flatMap((one) => (one.kind === 'touchpoint' ? [one.touchpoint] : []));
  const changed = [...operations];
  if (touchpoints.length === 0) return changed;
  for (let count = 1 + random.below(3); count > 0; count -= 1) {
    const place = random.below(changed.length + 1);
    changed.splice(place, 0, { kind: 'rules', rules: rulesOf(touchpoints, random) });
  }
  return changed;
}

function rulesOf(touchpoints: readonly WorldTouchpoint[], random: Random): WorldRules {
  const some = <T>(most: number, draw: () => T): T[] =>
    Array.from({ length: random.below(most + 1) }, () => draw());
  const blocked = some(2, () => random.pick(random.pick(touchpoints).identifiers));
  return {
    limits: {
      ...defaultWorldLimits,
      sharedDegree: random.pick([1, 2, 5]),
      attachedDegree: random.pick([1, 2, 20]),
      crowdDegree: random.pick([2, 3, 500]),
      boundPersons: random.pick([2, 4, 50]),
      perType: {
        loyalty_id: random.pick([1, 3]),
        email: random.pick([1, 2, 5]),
        phone: random.pick([1, 5]),
        external: 1,
        'external.crm': random.pick([1, 2]),
      },
    },
    blocked: blocked.filter(({ type, value }) => !isBlockedValue(type, value)),
    withdrawals: some(3, () => withdrawalOf(random.pick(touchpoints), random)),
    normalization: {
      folded: random.chance(0.5) ? ['external.crm', 'external.shop'] : [],
      attached: random.chance(0.3) ? { 'external.shop': 'device_id.shop' } : {},
    },
  };
}

function withdrawalOf(touchpoint: WorldTouchpoint, random: Random): WorldWithdrawal {
  const by = random.pick(['occurredAt', 'receivedAt'] as const);
  const isPeriod = random.chance(0.5);
  return {
    id: `w${random.below(1_000_000)}`,
    source: touchpoint.source,
    by,
    from: isPeriod && random.chance(0.7) ? touchpoint[by] : null,
    to: isPeriod && random.chance(0.7) ? touchpoint[by] : null,
    touchpoint: random.chance(0.3) ? touchpoint.id : null,
    link: random.chance(0.5) ? linkOf(touchpoint.identifiers, random) : null,
  };
}

function linkOf(identifiers: readonly Identifier[], random: Random): [Identifier, Identifier] | null {
  const [one, other] = random.shuffled(identifiers);
  return one === undefined || other === undefined ? null : [one, other];
}
