/** Decides items as the service would, with the shipped rules; tests change what they are about. */
import { isBlockedIdentifier, type Touchpoint } from '@throughline/contracts';
import { decideTouchpoint, type Decision, type ItemContext } from '../../src/core/decide-touchpoint.ts';
import { noSignals } from '../../src/core/privacy/decide-privacy.ts';
import type { Rejection } from '../../src/core/rejection.ts';

export const receivedAt = '2026-11-21T12:00:00.000Z';

export const track = {
  type: 'track',
  event: 'Seen',
  userId: 'u1',
  messageId: 'm1',
  timestamp: '2026-11-20T10:00:00Z',
};

export const itemContext: ItemContext = {
  dialect: 'native',
  routeType: null,
  source: 'website',
  trust: 'server',
  settings: {},
  isBlocked: isBlockedIdentifier,
  digest: (text) => `digest of ${text.length}`,
  keyedHash: (text) => text.length.toString(16).padStart(64, '0'),
  isBot: (userAgent) => userAgent.includes('bot'),
  signals: noSignals,
  receivedAtMs: Date.parse(receivedAt),
  receivedAt,
  fallbackId: 'made-by-the-server',
};

export function decide(item: unknown, changes: Partial<ItemContext> = {}): Decision {
  return decideTouchpoint(item, { ...itemContext, ...changes });
}

export function accepted(item: unknown, changes: Partial<ItemContext> = {}): Touchpoint {
  const decision = decide(item, changes);
  if (!decision.ok) throw new Error(`rejected: ${JSON.stringify(decision.rejection)}`);
  return decision.touchpoint;
}

export function rejected(item: unknown, changes: Partial<ItemContext> = {}): Rejection {
  const decision = decide(item, changes);
  if (decision.ok) throw new Error('accepted');
  return decision.rejection;
}

/** As `type:value`, strongest first. */
export function identifiersOf(item: unknown, changes: Partial<ItemContext> = {}): string[] {
  return accepted(item, changes).identifiers.map(({ type, value }) => `${type}:${value}`);
}
