/** Quantity times price in minor units, exactly: a product of floats is off by a unit where it matters, at the halves. */

export interface ExtendedPrice {
  /** Half away from zero. */
  rounded: number;
  /** No fraction was rounded away. */
  isExact: boolean;
  /** The next minor units below and above; both are `rounded` when it is exact. */
  lower: number;
  upper: number;
}

/** @param quantity with at most 6 decimals */
export function extendedPrice(unitPrice: number, quantity: number): ExtendedPrice {
  const [whole = '0', fraction = ''] = String(Math.abs(quantity)).split('.');
  const scale = 10n ** BigInt(fraction.length);
  const product = BigInt(unitPrice) * BigInt(whole + fraction);
  const down = product / scale;
  const rest = product % scale;
  const up = rest === 0n ? down : down + 1n;
  const nearest = rest * 2n >= scale ? up : down;
  const isNegative = quantity < 0;
  const sign = (value: bigint): number => {
    const number = Number(value);
    return isNegative && number !== 0 ? -number : number;
  };
  return {
    rounded: sign(nearest),
    isExact: rest === 0n,
    lower: sign(isNegative ? up : down),
    upper: sign(isNegative ? down : up),
  };
}

/** The sum of numbers of at most 6 decimals, without the dust of adding floats. */
export function sumOfQuantities(quantities: readonly number[]): number {
  const millionths = quantities.reduce((sum, quantity) => sum + Math.round(quantity * 1_000_000), 0);
  return millionths / 1_000_000;
}
