/**
 * How many decimal digits the minor unit of a currency has, by ISO 4217 (list one, with its amendments up to 2026-01-01).
 * Pinned here and not asked of `Intl`, whose CLDR data says how many digits are usually printed (0 for COP, HUF, IDR, PKR,
 * RSD and others) and changes with the Node version: stored amounts must not.
 * @see https://www.iso.org/iso-4217-currency-codes.html
 */

const currenciesByDigits: readonly (readonly [digits: number, currencies: string])[] = [
  [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'],
  [3, 'BHD IQD JOD KWD LYD OMR TND'],
  [4, 'CLF UYW'],
];

const exceptions: ReadonlyMap<string, number> = new Map(
  currenciesByDigits.flatMap(([digits, currencies]) =>
    currencies.split(' ').map((currency) => [currency, digits] as const),
  ),
);

/**
 * Digits of a currency's minor unit. All others of the list have two; so do, here, codes that have no minor unit (gold,
 * XAU) and codes that the list does not have (withdrawn ones, such as DEM).
 * @param currency ISO 4217 code in capitals
 */
export function minorDigitsOf(currency: string): number {
  return exceptions.get(currency) ?? 2;
}

/** The other currencies of list one, which have two digits, and those that were withdrawn since 2017: tills may be late. */
const withTwoDigits = `
  AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU
  CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES
  KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR
  NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP
  TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
  ANG BGN BYR CUC HRK LTL MRO SLL STD VEF ZWL`;

const known: ReadonlySet<string> = new Set([...exceptions.keys(), ...withTwoDigits.trim().split(/\s+/)]);

/** Whether amounts can be in it: neither a misspelt code, nor a metal, nor one of ISO 4217's codes for no currency. */
export function isCurrency(code: string): boolean {
  return known.has(code);
}
