/**
 * When a receipt was made, from the clock of a register. That clock may be hours off and its receipts may come days later;
 * only what it showed at a known moment says which of the two it is.
 */
import { instantExpectation, localToInstant, parseIsoTime } from '@throughline/contracts';
import { rejectionOf, type Rejection } from '../rejection.ts';
import type { SettingsOfSource } from '../source-settings.ts';
import type { Receipt } from './receipt-schema.ts';

export type ReceiptTime =
  | {
      ok: true;
      /** RFC 3339 in UTC. */
      timestamp: string;
      /** What the register's clock showed on receipt, to be compared with the time of receipt; null where it is not said. */
      sentAt: string | null;
      /** `timestamp` has been corrected. */
      isCorrected: boolean;
    }
  | { ok: false; rejection: Rejection };

const latencyMs = 60_000;

export function decideReceiptTime(receipt: Receipt, zone: string): ReceiptTime {
  const read = (field: 'time' | 'registerTime' | 'uploadedAt'): number | null | Rejection => {
    const text = receipt[field];
    if (text === undefined) return null;
    return (
      instantOf(text, zone) ?? rejectionOf('invalid_time', field, `${instantExpectation}, or without one`)
    );
  };
  const [time, registerTime, uploadedAt] = [read('time'), read('registerTime'), read('uploadedAt')];
  for (const result of [time, registerTime, uploadedAt]) {
    if (result !== null && typeof result !== 'number') return { ok: false, rejection: result };
  }
  const [timeMs, shownMs, rightMs] = [time, registerTime, uploadedAt] as (number | null)[];
  const isWaited = typeof shownMs === 'number' && typeof rightMs === 'number';
  const skewMs = isWaited ? rightMs - shownMs : 0;
  const isCorrected = Math.abs(skewMs) > latencyMs;
  return {
    ok: true,
    timestamp: new Date((timeMs ?? 0) + (isCorrected ? skewMs : 0)).toISOString(),
    sentAt: typeof shownMs === 'number' && !isWaited ? new Date(shownMs).toISOString() : null,
    isCorrected,
  };
}

/** From the receipt, else the source's settings by register, store and source, else the deployment. */
export function zoneOfReceipt(
  receipt: Receipt,
  settings: SettingsOfSource,
  zoneOfDeployment: string,
): string {
  const { pos } = settings;
  const ofStore = ownValue(pos?.stores, receipt.store);
  return (
    receipt.timeZone ??
    ownValue(ofStore?.registers, receipt.register)?.timeZone ??
    ofStore?.timeZone ??
    pos?.timeZone ??
    zoneOfDeployment
  );
}

function ownValue<T>(
  record: Readonly<Record<string, T>> | undefined,
  name: string | undefined,
): T | undefined {
  return record !== undefined && name !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}

function instantOf(text: string, zone: string): number | null {
  const time = parseIsoTime(text);
  if (time === null || !time.hasTime) return null;
  if (time.offsetMinutes !== null) return time.wallMs - time.offsetMinutes * 60_000;
  return localToInstant(time.wallMs, zone);
}
