/** What erasures leave of touchpoints that arrive after them, and who is kept out. Before anything is resolved or stored. */
import type { AcceptedTouchpoint, Identifier } from '@throughline/contracts';
import { remainderOf } from '../core/erasure.ts';
import { redactTouchpoint } from '../core/redact-touchpoint.ts';
import { isKeptOut } from '../core/suppression.ts';
import type { LoadedErasures } from '../db/load-erasures.ts';
import { type DecodedTouchpoint, decodeTouchpoint } from './decode-touchpoint.ts';
import type { IdentityContext } from './identity-context.ts';
import { createJudge, formerNames } from './judge-identifiers.ts';

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
    const { incoming, accepted } = one;
    const namedBy = createJudge(context, accepted);
    const isSuppressed = loaded.suppressions.some((suppression) =>
      isKeptOut({ receivedAt: incoming.receivedAt, identifiers: namedBy(suppression.rules) }, suppression),
    );
    if (isSuppressed) {
      honoured.keptOut.push(one);
      continue;
    }
    const { trust, occurredAt, receivedAt } = incoming;
    const remainder = remainderOf({ trust, occurredAt, receivedAt, struck: [], namedBy }, loaded.erasures);
    if (remainder === null) {
      honoured.kept.push(one);
      continue;
    }
    const { places, struck, taken, mentioned, erasedAt } = remainder;
    if (places.length === 0) {
      const values = [...one.values, ...formerNames(context, accepted)];
      const left = { identifiers: [], taken, mentioned, erasedAt };
      honoured.dropped.push({ ...one, values, incoming: { ...incoming, ...left } });
      continue;
    }
    const redacted = decodeRedacted(context, accepted, new Set(places));
    honoured.kept.push({
      ...redacted,
      traceparent: one.traceparent,
      incoming: { ...redacted.incoming, taken, struck: struck.map(({ id }) => id) },
    });
  }
  return honoured;
}

/** @param places of the identifiers that are left */
export function decodeRedacted(
  { ids, rules }: DecodingContext,
  accepted: AcceptedTouchpoint,
  places: ReadonlySet<number>,
): DecodedTouchpoint {
  const keyOf = ({ type, value }: Identifier): string => `${type}:${value}`;
  const struck = new Set(
    accepted.touchpoint.identifiers.flatMap((one, place) => (places.has(place) ? [] : [keyOf(one)])),
  );
  const redacted = redactTouchpoint(accepted, (one) => struck.has(keyOf(one)));
  return decodeTouchpoint({ text: JSON.stringify(redacted), accepted: redacted }, ids, rules.current);
}
