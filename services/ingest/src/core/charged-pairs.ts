/**
 * What identity makes of a touchpoint grows with the pairs of its identifiers, each of which may become a link: 190 for
 * twenty of them. The items of honest clients name few; what is beyond that is charged to a public key.
 */

/** Pairs of three identifiers, such as a user, an e-mail address and a device. */
const freePairs = 3;

export function chargedPairs(identifiers: number): number {
  return Math.max(0, (identifiers * (identifiers - 1)) / 2 - freePairs);
}
