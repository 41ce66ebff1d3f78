/**
 * A year of touchpoints in the order of time, three of ten a purchase, and before them one profile with a visit on each day of ten
 * years. What a touchpoint is depends on its number alone, so that a fill begins anywhere.
 */
import type { TouchpointResolved } from '@throughline/contracts';
import { uuidOf } from '../synthetic-records.ts';

/** Days since 1970: 2025-11-08. */
export const lastDay = 20_400;
export const yearDays = 365;
export const dailyDays = 3_650;
export const dailyVisitor = uuidOf('daily visitor');

const dayMs = 86_400_000;

export interface YearSize {
  touchpoints: number;
  profiles: number;
}

export function personOf(number: number): string {
  return uuidOf(`person ${number}`);
}

/** @param index from -`dailyDays`: those below 0 are of the daily visitor */
export function yearlyRecord(index: number, { touchpoints, profiles }: YearSize): TouchpointResolved {
  if (index < 0) return visitOf(dailyVisitor, lastDay + 1 + index, `daily ${index}`);
  const day = lastDay - yearDays + 1 + Math.floor((index * yearDays) / touchpoints);
  const person = personOf(Math.floor(fractionOf(index, 1) * profiles));
  return fractionOf(index, 2) < 0.3 ? purchaseOf(person, day, index) : visitOf(person, day, `visit ${index}`);
}

export function visitOf(person: string, day: number, name: string): TouchpointResolved {
  const record = recordOf(person, day, name);
  const properties = { path: '/home', title: 'Home' };
  return { ...record, touchpoint: { ...record.touchpoint, type: 'page', name: 'Home', properties } };
}

function purchaseOf(person: string, day: number, index: number): TouchpointResolved {
  const record = recordOf(person, day, `purchase ${index}`);
  const isInStore = fractionOf(index, 3) < 0.5;
  const place = isInStore ? { store: `Store ${index % 20}` } : {};
  const properties = { order_id: `o-${index}`, revenue: 19.99, currency: 'EUR', ...place };
  const channel = isInStore ? 'store' : 'web';
  return {
    ...record,
    touchpoint: { ...record.touchpoint, type: 'track', name: 'Order Completed', channel, properties },
    transaction: uuidOf(`order ${index}`),
  };
}

function recordOf(identifier: string, day: number, name: string): TouchpointResolved {
  const key = uuidOf(name);
  const timeOfDay = Math.floor((Number.parseInt(key.slice(0, 8), 16) / 2 ** 32) * dayMs);
  const at = new Date(day * dayMs + timeOfDay).toISOString();
  return {
    kind: 'touchpoint.resolved',
    touchpoint: {
      key,
      id: name,
      source: 'server',
      type: 'page',
      name: null,
      channel: 'web',
      occurredAt: at,
      receivedAt: at,
      trust: 'server',
    },
    identifier,
    assignmentVersion: 0,
    assignmentCause: null,
    memberships: [
      { identifier, version: 0, root: identifier, profile: identifier, identifying: true, type: 'user_id' },
    ],
    transaction: null,
    amends: null,
    requestId: 'bench',
  };
}

/** From 0 to 1, by the number alone (the finalizer of MurmurHash3). */
function fractionOf(number: number, salt: number): number {
  let hash = (number ^ Math.imul(salt, 0x9e3779b9)) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35) >>> 0;
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
