/** A touchpoint of another person without identifiers that an erasure has struck out, wherever it repeats their values. */
import { type AcceptedTouchpoint, foldMention, type Identifier } from '@throughline/contracts';

export function redactTouchpoint(
  accepted: AcceptedTouchpoint,
  isStruck: (identifier: Identifier) => boolean,
): AcceptedTouchpoint {
  const { touchpoint, verifiedIdentifiers } = accepted;
  const struck = touchpoint.identifiers.filter(isStruck);
  if (struck.length === 0) return accepted;
  const values = new Set(
    struck.flatMap(({ value, original = value }) => [foldMention(value), foldMention(original)]),
  );
  const { identifiers, id, source, amends, ...content } = touchpoint;
  const redacted = withoutValues(content, values) as typeof content;
  return {
    ...accepted,
    touchpoint: {
      id,
      source,
      ...redacted,
      identifiers: identifiers.filter((identifier) => !isStruck(identifier)),
      ...(amends === undefined ? {} : { amends }),
    },
    ...(verifiedIdentifiers === undefined
      ? {}
      : { verifiedIdentifiers: verifiedIdentifiers.filter((identifier) => !isStruck(identifier)) }),
  };
}

/** Names whose value is one of these go; in a list it becomes null, so that the others keep their places. */
function withoutValues(json: unknown, values: ReadonlySet<string>): unknown {
  if (Array.isArray(json)) {
    return json.map((one) => (isOneOf(one, values) ? null : withoutValues(one, values)));
  }
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(
    Object.entries(json).flatMap(([name, value]) =>
      isOneOf(value, values) ? [] : [[name, withoutValues(value, values)]],
    ),
  );
}

function isOneOf(value: unknown, values: ReadonlySet<string>): boolean {
  if (typeof value !== 'string' && typeof value !== 'number') return false;
  return values.has(foldMention(String(value)));
}
