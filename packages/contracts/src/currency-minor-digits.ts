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
