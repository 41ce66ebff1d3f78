/**
 * Random histories of `resolved.v1`, and what must come of them. Memberships and assignments are tables of versions, so a
 * record may carry any version and arrive at any time; what counts in the end is the newest that was delivered.
 */
import type {
  Membership,
  MembershipChanged,
  ResolvedRecord,
  TouchpointResolved,
} from '@throughline/contracts';
import { membershipCauses } from '@throughline/contracts';
import fc from 'fast-check';

export const firstDay = 20_000;
export const historyDays = 40;
const dayMs = 86_400_000;

const persons = [0, 1, 2, 3].map((index) => idOf('a', index));
const attached = [0, 1, 2, 3].map((index) => idOf('b', index));
const transactions = [0, 1, 2].map((index) => idOf('c', index));
const identifiers = [...persons, ...attached, ...transactions];

export function idOf(kind: string, index: number): string {
  return `${kind}0000000-0000-4000-8000-${index.toString(16).padStart(12, '0')}`;
}

const kinds = {
  purchase: { type: 'track', name: 'Order Completed' },
  order: {
    type: 'track',
    name: 'Order Completed',
    channel: 'web',
    properties: { currency: 'EUR', revenue: 20.1, tax: 3.2, products: [{ quantity: 2 }, { quantity: 0.5 }] },
  },
  receipt: { type: 'receipt', name: null, properties: { revenue: '12.50' } },
  till: {
    type: 'receipt',
    name: null,
    channel: 'store',
    properties: {
      currency: 'JPY',
      total: '300',
      cost: '90',
      discount: '5',
      units: 3,
      store: 'S1',
      register: '2',
    },
  },
  negative: { type: 'receipt', name: null, properties: { revenue: '-12.50' } },
  refund: { type: 'receipt', name: null, properties: { refundOf: 'r-1' } },
  returned: {
    type: 'receipt',
    name: null,
    channel: 'booth 7',
    properties: { kind: 'return', currency: 'JPY', total: '-100', cost: '30', units: 1, store: 'S1' },
  },
  returnedWhole: {
    type: 'receipt',
    name: null,
    properties: { kind: 'return', currency: 'JPY', total: '300' },
  },
  moneyBack: { type: 'track', name: 'Order Refunded', properties: { currency: 'EUR', total: '-20.1' } },
  refunded: { type: 'track', name: 'Order Refunded', properties: { currency: 'EUR', value: '5' } },
  void: { type: 'receipt', name: null, properties: { kind: 'void' } },
  cancelled: { type: 'track', name: 'Order Cancelled' },
  thanks: { type: 'page', name: 'Order Completed' },
  page: { type: 'page', name: 'Home', channel: 'web' },
  view: { type: 'track', name: 'Product Viewed', channel: 'app' },
  review: { type: 'track', name: 'Product Reviewed', sentiment: 0.8 },
  complaint: { type: 'track', name: 'Product Reviewed', channel: 'booth 7', sentiment: -0.5 },
  promoter: { type: 'feedback', name: 'NPS', channel: 'email', sentiment: 0, properties: { score: 9 } },
  detractor: { type: 'feedback', name: null, properties: { survey: 'visit', metric: 'nps', score: '6' } },
  effort: { type: 'feedback', name: 'after call', properties: { metric: 'ces', score: 8 } },
  spaced: {
    type: 'feedback',
    name: 'CSAT',
    channel: 'booth 7',
    properties: { survey: ' CES ', score: ' 7.00 ' },
  },
  unnamed: { type: 'feedback', name: 'nps', properties: { metric: 5, score: 5 } },
  identify: { type: 'identify', name: null },
  free: { type: 'identify', name: null, traits: { plan: 'free' } },
  paying: {
    type: 'track',
    name: 'Plan Changed',
    channel: 'app',
    traits: { plan: 2 },
    consent: { ads: true },
  },
  refusing: { type: 'page', name: 'Consent', channel: 'web', consent: { ads: false, mail: true } },
  secondStore: {
    type: 'receipt',
    name: null,
    channel: 'store',
    properties: { currency: 'JPY', total: '70', store: 'S2' },
  },
  other: { type: 'track', name: 'Something Else' },
} as const;

interface Content {
  hour: number;
  kind: keyof typeof kinds;
  trust: 'public' | 'server';
  source: 'till' | 'web';
  transaction: string | null;
  amends: string | null;
  late: boolean;
}

const contentArbitrary: fc.Arbitrary<Content> = fc.record({
  // Few days, so that touchpoints of one profile meet on one.
  hour: fc
    .tuple(fc.constantFrom(0, 1, 2, 5, 9, 14, 15, 28, historyDays - 1), fc.integer({ min: 0, max: 23 }))
    .map(([day, hour]) => day * 24 + hour),
  kind: fc.oneof(
    {
      weight: 2,
      arbitrary: fc.constantFrom('purchase' as const, 'receipt' as const, 'order' as const, 'till' as const),
    },
    { weight: 1, arbitrary: fc.constantFrom(...(Object.keys(kinds) as (keyof typeof kinds)[])) },
  ),
  trust: fc.constantFrom('public', 'server'),
  source: fc.constantFrom('till', 'web'),
  transaction: fc.option(fc.constantFrom(...transactions)),
  amends: fc.option(fc.constantFrom(...transactions)),
  late: fc.boolean(),
});

const versionsArbitrary = (identifier: string): fc.Arbitrary<Membership[]> => {
  const isPerson = persons.includes(identifier);
  const isTransaction = transactions.includes(identifier);
  return fc
    .array(
      fc.record({
        root: isPerson ? fc.constant(identifier) : fc.constantFrom(identifier, identifier, ...persons),
        profile: fc.constantFrom(identifier, ...persons),
        identifying: isTransaction ? fc.constant(false) : fc.constantFrom(true, true, false),
        ambiguous: fc.constantFrom(undefined, 'public' as const, 'server' as const),
      }),
      { minLength: 1, maxLength: 4 },
    )
    .map((rows) =>
      rows.map(({ root, profile, identifying, ambiguous }, version) => ({
        identifier,
        version,
        root,
        profile: root === identifier ? (isPerson ? profile : identifier) : null,
        identifying,
        type: isPerson
          ? ('user_id' as const)
          : isTransaction
            ? ('order_id' as const)
            : ('device_id' as const),
        ...(isTransaction && ambiguous !== undefined ? { ambiguous } : {}),
      })),
    );
};

/** What is delivered, before order, repeats and batches are chosen. */
export const deliveredRecords: fc.Arbitrary<ResolvedRecord[]> = fc
  .record({
    memberships: fc.tuple(...identifiers.map(versionsArbitrary)),
    touchpoints: fc.array(
      fc.record({
        content: contentArbitrary,
        assignments: fc.array(fc.constantFrom(...identifiers), { minLength: 1, maxLength: 3 }),
      }),
      { minLength: 1, maxLength: 14 },
    ),
    seed: fc.nat(),
    changes: fc.array(
      fc.record({
        cause: fc.constantFrom(...membershipCauses),
        members: fc.uniqueArray(fc.nat({ max: identifiers.length - 1 }), { minLength: 1, maxLength: 4 }),
      }),
      { maxLength: 8 },
    ),
  })
  .map(({ memberships, touchpoints, seed, changes }) => {
    const pick = createRandom(seed);
    const table = new Map(memberships.map((versions) => [versions[0]?.identifier ?? '', versions]));
    const anyVersion = (identifier: string): Membership => {
      const versions = table.get(identifier) ?? [];
      return versions[pick() % versions.length] as Membership;
    };
    const resolved = touchpoints.flatMap(({ content, assignments }, index) =>
      assignments.map((identifier, version): TouchpointResolved => {
        const own = anyVersion(identifier);
        return {
          ...touchpointRecord(content, index),
          identifier,
          assignmentVersion: version,
          assignmentCause: version === 0 ? null : 'shared_identifier',
          memberships: own.root === identifier ? [own] : [own, anyVersion(own.root)],
        };
      }),
    );
    const changed = changes.map(({ cause, members }, index): MembershipChanged => ({
      kind: 'membership.changed',
      shard: '0',
      sequence: 0,
      cause,
      reason: `decision-${index}`,
      memberships: members.map((member) => anyVersion(identifiers[member] as string)),
    }));
    return [...resolved, ...changed];
  });

function touchpointRecord(content: Content, index: number) {
  const at = firstDay * dayMs + content.hour * 3_600_000;
  return {
    kind: 'touchpoint.resolved' as const,
    shard: '0',
    sequence: 0,
    touchpoint: {
      key: idOf('d', index),
      id: `t${index}`,
      source: content.source,
      ...kinds[content.kind],
      occurredAt: new Date(at).toISOString(),
      receivedAt: new Date(at + (content.late ? 30 * dayMs : 1_000)).toISOString(),
      trust: content.trust,
    },
    transaction: content.transaction,
    amends: null,
    requestId: 'request',
  };
}

export interface Delivery {
  delivered: ResolvedRecord[];
  /** What each partition gets, batch by batch; every record of `delivered` at least once. */
  partitions: ResolvedRecord[][][];
}

export const deliveries: fc.Arbitrary<Delivery> = deliveredRecords.chain((delivered) =>
  fc
    .record({
      repeats: fc.subarray(delivered),
      seed: fc.nat(),
      batch: fc.integer({ min: 1, max: 9 }),
    })
    .map(({ repeats, seed, batch }) => {
      const order = createRandom(seed);
      const ranked = [...delivered, ...repeats].map((record) => ({ record, rank: order() }));
      const shuffled = ranked.sort((left, right) => left.rank - right.rank);
      const partitions = [0, 1].map((partition) => {
        const records = shuffled
          .filter(({ rank }) => (rank >> 8) % 2 === partition)
          .map(({ record }) => record);
        const batches: ResolvedRecord[][] = [];
        for (let start = 0; start < records.length; start += batch)
          batches.push(records.slice(start, start + batch));
        return batches;
      });
      return { delivered, partitions };
    }),
);

/** A linear congruential generator: deterministic, so that shrinking and replaying work. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 4;
  };
}
