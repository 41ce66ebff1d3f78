/** Keys of JSON objects that no part of the system carries: assigned to an object, they would reach its prototype. */

/** `__proto__`, however it was escaped, and a `constructor` with a `prototype` in it. */
export function isForbiddenKey(key: string, member: unknown): boolean {
  if (key === '__proto__') return true;
  return (
    key === 'constructor' &&
    typeof member === 'object' &&
    member !== null &&
    Object.hasOwn(member, 'prototype')
  );
}
