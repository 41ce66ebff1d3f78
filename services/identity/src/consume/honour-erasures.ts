/** What erasures leave of touchpoints that arrive after them, and who is kept out. Before anything is resolved or stored. */
import type { AcceptedTouchpoint, Identifier } from '@throughline/contracts';
import { remainderOf } from '../core/erasure.ts';
import { redactTouchpoint } from '../core/redact-touchpoint.ts';
import { isKeptOut } from '../core/suppression.ts';
import type { LoadedErasures } from '../db/load-erasures.ts';
import { type DecodedTouchpoint, decodeTouchpoint } from './decode-touchpoint.ts';
import type { IdentityContext } from './identity-context.ts';

type DecodingContext = Pick<IdentityContext, 'ids' | 'rules'>;

export interface HonouredTouchpoints {
  /** To be stored, some without identifiers that were struck out. */
  kept: DecodedTouchpoint[];
  /** Of an erased person: they count towards degrees, and nothing but their key is stored. */
  dropped: DecodedTouchpoint[];
  /** Of a person who is kept out: nothing but their key is stored. */
  keptOut: DecodedTouchpoint[];
}

/** @param loaded null when no erasure concerns any of them */
export function honourErasures(
  context: DecodingContext,
  touchpoints: readonly DecodedTouchpoint[],
  loaded: LoadedErasures | null,
): HonouredTouchpoints {
  if (loaded === null) return { kept: [...touchpoints], dropped: [], keptOut: [] };
  const honoured: HonouredTouchpoints = { kept: [], dropped: [], keptOut: [] };
  for (const one of touchpoints) {
    if (isKeptOut(one.incoming, loaded.suppressions)) {
      honoured.keptOut.push(one);
      continue;
    }
    const remainder = remainderOf(one.incoming, loaded.erasures);
    if (remainder === null || remainder.identifiers.length === one.incoming.identifiers.length) {
      honoured.kept.push(one);
    } else if (remainder.identifiers.length === 0) {
      honoured.dropped.push({
        ...one,
        incoming: { ...one.incoming, ...remainder, counted: one.incoming.identifiers },
      });
    } else {
      honoured.kept.push(strikeOut(context, one, new Set(remainder.identifiers.map(({ id }) => id))));
    }
  }
  return honoured;
}

function strikeOut(
  context: DecodingContext,
  one: DecodedTouchpoint,
  remaining: ReadonlySet<string>,
): DecodedTouchpoint {
  const struck = decodeRedacted(context, one.accepted, remaining);
  return {
    ...struck,
    traceparent: one.traceparent,
    incoming: { ...struck.incoming, counted: one.incoming.identifiers },
  };
}

/** The touchpoint without all but these of its identifiers. */
export function decodeRedacted(
  { ids, rules }: DecodingContext,
  accepted: AcceptedTouchpoint,
  remaining: ReadonlySet<string>,
): DecodedTouchpoint {
  const isStruck = ({ type, value, region }: Identifier): boolean =>
    !remaining.has(ids.identifierId(type, value, region));
  const redacted = redactTouchpoint(accepted, isStruck);
  return decodeTouchpoint({ text: JSON.stringify(redacted), accepted: redacted }, ids, rules.current);
}
