/**
 * Whether a text has the form of a contact at all. Forms, spreadsheets and call centres put anything into contact fields
 * (`call me`, `4,91512E+11`, an address without a domain); what is no contact links no two people. Deliberately looser than
 * the standards: it asks whether a message could arrive, not whether the text is well formed.
 */
import type { IdentifierType } from './identifier-type.ts';

const emailLocalMaxLength = 64;
// One at sign, no blanks or brackets, a dotted domain whose last label is not a number.
const emailPattern =
  /^([^\s@"(),:;<>[\]\\]+)@(?:[^\s@"(),:;<>[\]\\./]+\.)+(?!\d+$)[^\s@"(),:;<>[\]\\./]{2,}$/;

// E.164 has at most 15 digits; up to three more are a prefix for dialling out of the country. Below five it is an extension.
const phonePattern = /^\+?\d{5,18}$/;

/** True for every value of types that are no contacts. @param value normalized */
export function hasContactForm(type: IdentifierType, value: string): boolean {
  if (type === 'phone') return phonePattern.test(value);
  if (type !== 'email') return true;
  const local = emailPattern.exec(value)?.[1];
  return (
    local !== undefined &&
    local.length <= emailLocalMaxLength &&
    !local.startsWith('.') &&
    !local.endsWith('.')
  );
}
