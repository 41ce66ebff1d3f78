/**
 * What of a profile is linked by more than public evidence: what a server, a proof or a decision has linked. A public key
 * could have attached the rest, so erasing that needs a confirmation.
 */
import { publicLevel } from './evidence.ts';
import { forestFrom } from './forest.ts';
import type { Join } from './person-layer.ts';

/** @returns the founder, and the person identifiers that lead to it without public links */
export function firmPersons(founder: string, joined: readonly Join[]): string[] {
  const firm = joined.filter((join) => join.kind === 'merge' || join.level > publicLevel);
  return [founder, ...forestFrom(founder, firm).keys()];
}
