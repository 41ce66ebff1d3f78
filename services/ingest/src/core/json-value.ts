/** JSON as `JSON.parse` gives it. */
export type JsonObject = { [key: string]: unknown };

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Clients say "absent" with null, with an empty string or by leaving the field out. */
export function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}
