/** Short histories that are played in several orders, each held to the reference model. */
import type { Identifier } from '@throughline/contracts';
import {
  defaultWorldLimits,
  identifierIdForTests,
  type Operation,
  seededRandom,
  shuffledOperations,
  worldAfter,
  type WorldLimits,
  type WorldTouchpoint,
} from '@throughline/testkit';
import { expectReference } from './expect-reference.ts';
import { MemoryIdentity } from './memory-identity.ts';
import { play } from './play-history.ts';

export const user = (value: string): Identifier => ({ type: 'user_id', value });
export const email = (value: string): Identifier => ({ type: 'email', value });
export const cookie = (value: string): Identifier => ({ type: 'anonymous_id', value });
export const device = (value: string): Identifier => ({ type: 'device_id', value });
export const order = (value: string): Identifier => ({ type: 'order_id', value });

let serial = 0;

/** Of a server, unless `over` says otherwise. */
export function seen(
  identifiers: Identifier[],
  over: Partial<WorldTouchpoint> = {},
): Extract<Operation, { kind: 'touchpoint' }> {
  serial += 1;
  const day = String((serial % 27) + 1).padStart(2, '0');
  const at = `2026-03-${day}T10:00:00.000Z`;
  const touchpoint: WorldTouchpoint = {
    source: 'website',
    id: `t${serial}`,
    type: 'track',
    name: null,
    trust: 'server',
    occurredAt: at,
    receivedAt: at,
    identifiers,
    ...over,
  };
  return { kind: 'touchpoint', touchpoint };
}

export const byBrowser = { trust: 'public' as const };

interface PlayOptions {
  inTheirOrder?: boolean;
  orders?: number;
  limits?: WorldLimits;
}

/** Profile by identifier, the same in each order. */
export function profilesOf(
  operations: readonly Operation[],
  { inTheirOrder = false, orders = 10, limits = defaultWorldLimits }: PlayOptions = {},
): (one: Identifier) => string {
  const random = seededRandom(7);
  let first: MemoryIdentity | null = null;
  for (let round = 0; round < orders; round += 1) {
    const played = round === 0 || inTheirOrder ? operations : shuffledOperations(operations, random);
    const identity = new MemoryIdentity(limits);
    for (const operation of played) play(identity, [operation], () => identity.settle());
    expectReference(identity, worldAfter(played, limits));
    first ??= identity;
  }
  return ({ type, value }) => first?.profileOf(identifierIdForTests(type, value)) ?? '';
}
