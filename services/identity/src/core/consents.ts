/** The consents that a touchpoint states in its context: by category, whether the customer agrees. */

const categoryMaxLength = 200;
const maxConsents = 50;

type Json = Readonly<Record<string, unknown>>;

/** Categories with a boolean; Segment's clients put them under `categoryPreferences`. Null where none is stated. */
export function consentsOf(context: Json | undefined): Record<string, boolean> | null {
  const given = context?.['consent'];
  if (!isObject(given)) return null;
  const preferences = given['categoryPreferences'];
  const categories = Object.entries(isObject(preferences) ? preferences : given).filter(
    (entry): entry is [string, boolean] =>
      typeof entry[1] === 'boolean' && entry[0].length <= categoryMaxLength,
  );
  return categories.length === 0 ? null : Object.fromEntries(categories.slice(0, maxConsents));
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
