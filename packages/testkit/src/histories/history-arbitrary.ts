/** Chaotic histories for fast-check: few identifiers, low limits, so that everything collides with everything, and shrinks. */
import { type Identifier, touchpointTypes } from '@throughline/contracts';
import * as fc from 'fast-check';
import { defaultWorldLimits } from '../reference/world.ts';
import { type Draft, historyOf } from './draft.ts';
import type { History } from './history.ts';

/** A history draws its 3 to 12 identifiers from these; the last two are blocked. */
const pool: readonly Identifier[] = [
  ...['ada', 'bob', 'cyd', 'dan', 'eve', 'fay', 'gus'].map((value) => ({ type: 'user_id' as const, value })),
  ...['4001', '4002', '4003', '4004'].map((value) => ({ type: 'loyalty_id' as const, value })),
  ...['ada@example.org', 'bob@example.org', 'home@example.org', 'no@no.com'].map((value) => ({
    type: 'email' as const,
    value,
  })),
  ...['+4930111', '+4930222'].map((value) => ({ type: 'phone' as const, value })),
  { type: 'external.crm', value: 'c1' },
  { type: 'external.crm', value: 'C1' },
  { type: 'external.shop', value: 's1' },
  { type: 'external.shop', value: 'S1' },
  { type: 'order_id', value: 'o1' },
  { type: 'order_id', value: 'o2' },
  { type: 'order_id.berlin', value: 'o1' },
  // A number that cannot be guessed.
  { type: 'order_id', value: 'Vq3xK8dLm0ZtR5wYb2NcH7' },
  { type: 'receipt_id', value: 'r1' },
  { type: 'device_id', value: 'tablet' },
  { type: 'device_id', value: 'kiosk' },
  ...['a1', 'a2', 'a3'].map((value) => ({ type: 'anonymous_id' as const, value })),
  { type: 'user_id', value: 'null' },
  { type: 'email', value: 'test@test.com' },
];

const names = [null, 'Order Completed', 'Product Viewed'] as const;

/** Positions in the vocabulary of the history, taken modulo its length. */
const places = (maxLength: number): fc.Arbitrary<number[]> =>
  fc.uniqueArray(fc.nat(11), { minLength: 1, maxLength });

const touchpointDraft = fc.record({
  kind: fc.constant('touchpoint' as const),
  identifiers: places(4),
  server: fc.boolean(),
  type: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...touchpointTypes) },
    { weight: 1, arbitrary: fc.constant('alias' as const) },
  ),
  name: fc.constantFrom(...names),
  verified: fc.oneof(
    { weight: 3, arbitrary: fc.constant([] as number[]) },
    { weight: 1, arbitrary: places(4) },
  ),
  traits: fc.oneof(
    { weight: 2, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.dictionary(fc.constantFrom('name', 'city'), fc.nat(3), { maxKeys: 2 }) },
  ),
  delay: fc.constantFrom(0, 0, 0, 1, 2, 8, -1),
  jitter: fc.constantFrom(0, 0, 1, 3),
});

const draft = fc.oneof(
  { weight: 28, arbitrary: touchpointDraft },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('merge' as const), identifiers: places(4) }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('split' as const), left: places(3), right: places(3) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('withdraw' as const), decision: fc.nat(5) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('erase' as const),
      identifiers: places(2),
      whole: fc.boolean(),
    }),
  },
);

const limits = fc.record({
  sharedDegree: fc.constantFrom(defaultWorldLimits.sharedDegree, 1, 2, 2, 3),
  crowdDegree: fc.constantFrom(defaultWorldLimits.crowdDegree, 2, 3),
  attachedDegree: fc.constantFrom(defaultWorldLimits.attachedDegree, 1, 2),
  boundPersons: fc.constantFrom(defaultWorldLimits.boundPersons, defaultWorldLimits.boundPersons, 2, 3, 5),
  boundLinks: fc.constantFrom(defaultWorldLimits.boundLinks, defaultWorldLimits.boundLinks, 3, 6),
  perType: fc.constant(defaultWorldLimits.perType),
});

/** @param maxOperations at most as many operations; 40 unless given */
export function historyArbitrary({ maxOperations = 40 } = {}): fc.Arbitrary<History> {
  return fc
    .record({
      vocabulary: fc.uniqueArray(fc.nat(pool.length - 1), { minLength: 3, maxLength: 12 }),
      drafts: fc.array(draft, { minLength: 5, maxLength: maxOperations, size: 'max' }),
      limits,
    })
    .map(({ vocabulary, drafts, limits: chosen }) => {
      const identifiersAt = (positions: readonly number[]): Identifier[] =>
        positions.flatMap((position) => pool[vocabulary[position % vocabulary.length] ?? 0] ?? []);
      return historyOf(
        drafts.map((one): Draft => {
          if (one.kind === 'split')
            return { ...one, left: identifiersAt(one.left), right: identifiersAt(one.right) };
          if (one.kind === 'withdraw') return one;
          const identifiers = identifiersAt(one.identifiers);
          if (one.kind !== 'touchpoint') return { ...one, identifiers };
          return { ...one, identifiers, verified: identifiersAt(one.verified) };
        }),
        chosen,
      );
    });
}

/**
 * Runs the check on as many chaotic histories, each with a seed of its own for whatever else it draws.
 *
 * @throws Error with the smallest history that fails
 */
export function checkChaoticHistories(
  { count, maxOperations }: { count: number; maxOperations: number },
  check: (history: History, seed: number) => void,
): void {
  fc.assert(fc.property(historyArbitrary({ maxOperations }), fc.integer(), check), { numRuns: count });
}
