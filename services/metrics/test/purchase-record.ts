/** A purchase as identity sends it: of an identified customer with one identifier, by a server, on time. */
import type { TouchpointResolved } from '@throughline/contracts';
import { idOf } from './resolved-histories.ts';

type Content = TouchpointResolved['touchpoint'];

export interface PurchaseOptions extends Partial<Omit<TouchpointResolved, 'kind' | 'touchpoint'>> {
  /** By which it has its key and its id; every purchase of a test has its own. */
  number: number;
  identifier: string;
  /** When it occurred and was received, ms since 1970 or RFC 3339. */
  at: number | string;
  touchpoint?: Partial<Content>;
}

export function purchaseRecord({
  number,
  identifier,
  at,
  touchpoint,
  ...others
}: PurchaseOptions): TouchpointResolved {
  const instant = typeof at === 'number' ? new Date(at).toISOString() : at;
  return {
    kind: 'touchpoint.resolved',
    touchpoint: {
      key: idOf('d', number),
      id: `order-${number}`,
      source: 'web',
      type: 'track',
      name: 'Order Completed',
      occurredAt: instant,
      receivedAt: instant,
      trust: 'server',
      ...touchpoint,
    },
    identifier,
    assignmentVersion: 0,
    assignmentCause: null,
    memberships: [
      { identifier, version: 0, root: identifier, profile: identifier, identifying: true, type: 'user_id' },
    ],
    transaction: null,
    amends: null,
    requestId: 'request',
    ...others,
  };
}
