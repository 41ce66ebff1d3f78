/** Purchases as records of `resolved.v1`: in the order of the file, or in disorder that changes nothing about what they say. */
import { createHash } from 'node:crypto';
import type {
  Membership,
  MembershipChanged,
  ProfileErased,
  ResolvedRecord,
  TouchpointResolved,
} from '@throughline/contracts';
import type { Purchase } from './purchase-files.ts';

/** The same for the same text. */
export function idOf(text: string): string {
  const hash = createHash('sha256').update(text).digest('hex');
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-4${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}

export const profileOf = (customer: string): string => idOf(`customer ${customer}`);

export function orderedRecords(purchases: readonly Purchase[]): ResolvedRecord[] {
  return purchases.map((purchase, row) => recordOf(purchase, `row-${row}`, profileOf(purchase.customer)));
}

/**
 * Shuffled; a fifth twice; each customer under two identifiers that a late identify joins; a tenth erased and sent again under
 * others.
 */
export function disorderedRecords(purchases: readonly Purchase[], random: () => number): ResolvedRecord[] {
  const other = (customer: string) => idOf(`other ${customer}`);
  const again = (customer: string) => idOf(`again ${customer}`);
  const records: ResolvedRecord[] = [];
  const erased: string[] = [];
  for (const [row, purchase] of purchases.entries()) {
    const { customer } = purchase;
    const record = recordOf(purchase, `row-${row}`, random() < 0.5 ? profileOf(customer) : other(customer));
    records.push(record);
    if (random() < 0.2) records.push(record);
    if (random() < 0.1) {
      erased.push(record.touchpoint.key);
      records.push(recordOf(purchase, `again-${row}`, again(customer)));
    }
  }
  for (let start = 0; start < erased.length; start += 200)
    records.push(erasureOf(erased.slice(start, start + 200), start));
  for (const customer of new Set(purchases.map((one) => one.customer)))
    records.push(joinOf(profileOf(customer), [other(customer), again(customer)]));
  const ranked = records.map((record) => ({ record, rank: random() }));
  return ranked.sort((left, right) => left.rank - right.rank).map(({ record }) => record);
}

function recordOf({ day, cents, store }: Purchase, id: string, identifier: string): TouchpointResolved {
  const occurredAt = `${day}T12:00:00.000Z`;
  return {
    kind: 'touchpoint.resolved',
    shard: '0',
    sequence: 0,
    touchpoint: {
      key: idOf(`touchpoint ${id}`),
      id,
      source: 'file',
      type: 'receipt',
      name: null,
      channel: 'store',
      occurredAt,
      receivedAt: occurredAt,
      trust: 'server',
      properties: { total: (cents / 100).toFixed(2), currency: 'USD', ...(store === null ? {} : { store }) },
    },
    identifier,
    assignmentVersion: 0,
    assignmentCause: null,
    memberships: [membershipOf(identifier, identifier, 0)],
    transaction: idOf(`transaction ${id}`),
    amends: null,
    requestId: 'real-data',
  };
}

function membershipOf(identifier: string, profile: string, version: number): Membership {
  return { identifier, version, root: identifier, profile, identifying: true, type: 'user_id' };
}

function joinOf(profile: string, identifiers: readonly string[]): MembershipChanged {
  const memberships = identifiers.map((identifier) => membershipOf(identifier, profile, 1));
  return {
    kind: 'membership.changed',
    shard: '0',
    sequence: 0,
    cause: 'merge',
    reason: 'late identify',
    memberships,
  };
}

function erasureOf(touchpoints: string[], number: number): ProfileErased {
  const at = '2026-01-01T00:00:00.000Z';
  const erasure = idOf(`erasure ${number}`);
  return { kind: 'profile.erased', shard: '0', sequence: 0, erasure, at, touchpoints, identifiers: [] };
}
