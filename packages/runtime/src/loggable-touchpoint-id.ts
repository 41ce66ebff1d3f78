/** A touchpoint is followed through the logs by its id; but clients choose ids, and some choose an e-mail address. */
import { hash } from 'node:crypto';
import { anyKeyPrefix } from '@throughline/contracts';

const plainPattern = /^[A-Za-z0-9_.:-]{1,100}$/;
const phonePattern = /^[+0-9().\s-]{7,20}$/;
const keyPattern = new RegExp(`(?:^|[^A-Za-z0-9])${anyKeyPrefix}`);

/**
 * The id itself when it is plain, else `sha256:` and 16 hexadecimal digits of its digest, so that a reader with the id
 * can still search for it. E-mail addresses hold an `@`, hence are never plain; what could be a phone number or a key
 * is hashed as well.
 */
export function loggableTouchpointId(id: string): string {
  if (plainPattern.test(id) && !phonePattern.test(id) && !keyPattern.test(id)) return id;
  return `sha256:${hash('sha256', id, 'hex').slice(0, 16)}`;
}
