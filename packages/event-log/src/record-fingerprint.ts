/** What distinguishes one record from another, to be kept beside an offset: the same offset of another log holds another record. */
import { hash } from 'node:crypto';
import type { LogRecord } from './port.ts';

/** SHA-256 of key and value, 43 characters. */
export function recordFingerprint(record: Pick<LogRecord, 'key' | 'value'>): string {
  return hash('sha256', JSON.stringify([record.key, record.value]), 'base64url');
}
