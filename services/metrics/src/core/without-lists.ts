/**
 * Properties without their lists: the products of an order or the lines of a receipt are most of their bytes, no filter asks
 * for a place in a list, and identity keeps the whole touchpoint. What figures need of them is read before.
 */
export function withoutLists(
  properties: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> | null {
  const names = Object.keys(properties);
  const kept = names.filter((name) => !Array.isArray(properties[name]));
  if (kept.length === names.length) return names.length === 0 ? null : properties;
  if (kept.length === 0) return null;
  return Object.fromEntries(kept.map((name) => [name, properties[name]]));
}
