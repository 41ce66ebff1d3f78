/** The last trait of each identifier and name within a batch, so that one statement never writes a row twice. */
import { compareText } from '../core/evidence.ts';
import type { TraitWrite } from '../db/save-traits.ts';
import type { DecodedTouchpoint } from './decode-touchpoint.ts';

export function lastTraits(
  touchpoints: readonly DecodedTouchpoint[],
  primaryOf: ReadonlyMap<string, string>,
): TraitWrite[] {
  const last = new Map<string, TraitWrite>();
  for (const { accepted, incoming } of touchpoints) {
    const { traits } = accepted.touchpoint;
    const identifier = primaryOf.get(incoming.key);
    if (traits === undefined || identifier === undefined) continue;
    for (const [name, value] of Object.entries(traits)) {
      const write: TraitWrite = {
        identifier,
        name,
        value: JSON.stringify(value),
        trust: incoming.trust,
        at: incoming.occurredAt,
        source: incoming.source,
        touchpointId: incoming.id,
      };
      const key = `${identifier} ${name}`;
      const current = last.get(key);
      if (current === undefined || compareWrites(write, current) > 0) last.set(key, write);
    }
  }
  return [...last.values()];
}

function compareWrites(left: TraitWrite, right: TraitWrite): number {
  return (
    compareText(left.trust, right.trust) ||
    compareText(left.at, right.at) ||
    compareText(left.source, right.source) ||
    compareText(left.touchpointId, right.touchpointId)
  );
}
