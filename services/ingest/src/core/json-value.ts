/** JSON as `JSON.parse` gives it. */
export type JsonObject = { [key: string]: unknown };

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Clients say "absent" with null, with an empty string or by leaving the field out. */
export function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

/** Absent, or text of nothing but blanks: what an empty form field leaves. */
export function isBlank(value: unknown): boolean {
  return isAbsent(value) || (typeof value === 'string' && value.trim() === '');
}

/** PHP writes an empty map as `[]`. */
export function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}
