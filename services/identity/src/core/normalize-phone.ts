/**
 * Telephone numbers as E.164, by the numbering plans of libphonenumber. Only a number that exists in its plan is rewritten:
 * anything else keeps its spelling, and so links to nothing but itself.
 */
import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max';

/** Numbers move with the numbering plans, so their version is part of what a database was written with. */
export const phonePlans = 'libphonenumber-js 1.13.16';

const digits = /^\+?\d{5,18}$/;

/**
 * @param value as `normalizeIdentifier` leaves it
 * @param region of a number without a country code; null for none
 */
export function normalizePhone(value: string, region: string | null): string {
  if (!digits.test(value)) return value;
  const country = region !== null && isSupportedCountry(region) ? region : null;
  if (country === null && !value.startsWith('+')) return value;
  const number = parsePhoneNumberFromString(value, optionsFor(country));
  return number?.isValid() === true ? number.number : value;
}

function optionsFor(country: CountryCode | null): { extract: false; defaultCountry?: CountryCode } {
  return country === null ? { extract: false } : { extract: false, defaultCountry: country };
}
