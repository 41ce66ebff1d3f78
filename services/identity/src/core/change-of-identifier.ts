/** Whether a change of an identifier concerns the graph, or only counts what mentions it: most touchpoints change no link. */
import type { IdentifierState } from './identifier-state.ts';

/** What a touchpoint of identifiers that are known and linked already changes. */
const countingFields: ReadonlySet<keyof IdentifierState> = new Set([
  'original',
  'firstServerAt',
  'firstPublicAt',
  'firstSeenAt',
  'lastSeenAt',
  'touchpointCount',
  'firstTouchpointAt',
  'lastTouchpointAt',
]);

/** True when nothing else differs. */
export function isCountOnly(state: IdentifierState, original: IdentifierState): boolean {
  for (const field of Object.keys(state) as (keyof IdentifierState)[]) {
    if (countingFields.has(field)) continue;
    if (state[field] !== original[field]) return false;
  }
  return true;
}
