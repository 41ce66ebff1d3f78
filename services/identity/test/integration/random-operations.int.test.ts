/**
 * Merges, splits, withdrawals of decisions and of evidence, changes of the policy and erasures between touchpoints, on a real Postgres,
 * against the reference model. THROUGHLINE_TEST_OPERATIONS says how many operations a history has, THROUGHLINE_TEST_RUNS how many
 * histories.
 */
import { type Identifier, isBlockedIdentifier, type IdentifierType } from '@throughline/contracts';
import {
  defaultWorldLimits,
  nameBy,
  randomHistory,
  seededRandom,
  shuffledOperations,
  testSeeds,
  type WorldDecision,
  type WorldNaming,
  type WorldNormalization,
} from '@throughline/testkit';
import { test } from 'vitest';
import { policySchema } from '../../src/core/policy.ts';
import { ErasurePlayer } from './erasure-player.ts';
import { expectWorld } from './expect-world.ts';
import { startHarness } from './identity-harness.ts';

const operations = Number(process.env['THROUGHLINE_TEST_OPERATIONS'] ?? 12);
const { firstSeed, count } = testSeeds(1);
type Random = ReturnType<typeof seededRandom>;

const crm = 'external.crm' satisfies IdentifierType;
const shop = 'external.shop' satisfies IdentifierType;

/** As the policy document says it, and as the reference does. */
function drawPolicy(random: Random, known: readonly Identifier[]) {
  const isFolded = random.chance(0.5);
  const isAttached = random.chance(0.3);
  const normalization: WorldNormalization = {
    folded: isFolded ? [crm, shop] : [],
    attached: isAttached ? { [shop]: 'device_id.shop' } : {},
  };
  const letters = isFolded ? 'small' : 'keep';
  const isPlain = ({ type, value }: Identifier) => type === 'user_id' && value === value.toLowerCase();
  const blocked = random.chance(0.4) ? random.shuffled(known.filter(isPlain)).slice(0, 2) : [];
  const degrees = {
    sharedDegree: random.pick([1, 2, 5]),
    attachedDegree: random.pick([1, 2, 20]),
    crowdDegree: random.pick([2, 3, 500]),
  };
  const perType = {
    loyalty_id: random.pick([1, 3]),
    email: random.pick([1, 2, 5]),
    phone: random.pick([1, 5]),
    external: 1,
  };
  const policy = policySchema.parse({
    ...degrees,
    limits: perType,
    blocked: { block: { user_id: blocked.map(({ value }) => value) } },
    types: { [crm]: { letters }, [shop]: { letters, layer: isAttached ? 'attached' : 'person' } },
  });
  const naming: Required<WorldNaming> = {
    nameOf: (identifier) => nameBy(normalization, identifier),
    isBlocked: (type, value) =>
      isBlockedIdentifier(type, value) ||
      (type === 'user_id' && blocked.some((one) => one.value === value.toLowerCase())),
  };
  return { policy, rules: { limits: { ...defaultWorldLimits, ...degrees, perType }, naming } };
}

test.for(Array.from({ length: count }, (_, index) => firstSeed + index))(
  'profiles are those of the reference model after operations of every kind between touchpoints: seed %i',
  { timeout: 7_200_000 },
  async (seed, { expect, onTestFinished }) => {
    const service = await startHarness({ partitions: 3, members: 1 + (seed % 2) });
    onTestFinished(() => service.close());
    const random = seededRandom(seed);
    const player = new ErasurePlayer(service);
    const history = randomHistory(seed, { operations: operations * 6 });
    const touchpoints = shuffledOperations(history.operations, random).flatMap((one) =>
      one.kind === 'touchpoint' ? [one.touchpoint] : [],
    );
    const decided: string[] = [];
    const each = Math.max(1, Math.floor(touchpoints.length / operations));
    for (let place = 0; place < operations; place += 1) {
      for (const touchpoint of touchpoints.slice(place * each, (place + 1) * each)) {
        await player.send(touchpoint, random.chance(0.1) ? 2 : 1);
      }
      const known = player.known();
      if (known.length === 0) continue;
      const some = (): Identifier[] => random.shuffled(known).slice(0, 1 + random.below(3));
      const kind = random.below(100);
      // Some arrive while it is carried out.
      if (random.chance(0.5)) await player.settle();
      if (kind < 40) {
        const isMerge = random.chance(0.6);
        const decision: WorldDecision = {
          id: `d${place}`,
          kind: isMerge ? 'merge' : 'split',
          madeAt: '',
          sides: isMerge ? [random.shuffled(known).slice(0, 2)] : [some(), some()],
        };
        await player.decide(decision);
        decided.push(decision.id);
      } else if (kind < 60) await player.withdraw(random.pick(decided.length === 0 ? ['none'] : decided));
      else if (kind < 70) await player.erase(some(), { includesPublic: random.chance(0.7) });
      else if (kind < 82) await player.withdrawEvidence(drawWithdrawal(random, player));
      else if (kind < 87) await player.undoWithdrawals(random.pick(player.world.touchpoints).source);
      else {
        const { policy, rules } = drawPolicy(random, known);
        await player.changePolicy(policy, rules);
      }
      if (place % 50 !== 49) continue;
      await player.settle();
      await expectWorld(expect, service, player.world);
    }
    await player.settle();
    await expectWorld(expect, service, player.world);
  },
);

function drawWithdrawal(random: Random, { world }: ErasurePlayer) {
  const touchpoint = random.pick(world.touchpoints);
  const by = random.pick(['occurredAt', 'receivedAt'] as const);
  const [one, other] = random.shuffled(touchpoint.identifiers);
  const isOfOne = random.chance(0.4);
  const link = random.chance(0.5) && one && other ? ([one, other] as [Identifier, Identifier]) : null;
  return {
    source: touchpoint.source,
    by,
    from: isOfOne ? null : touchpoint[by],
    to: null,
    touchpoint: isOfOne ? touchpoint.id : null,
    link,
  };
}
