/** Finds where in an item something is: the slow look, taken only once it is known to be there. */
import { isJsonObject } from './json-value.ts';

/** Path of the first scalar that satisfies the test, such as `properties.items[0].price`, or null. */
export function findInJson(value: unknown, test: (scalar: unknown) => boolean, path = ''): string | null {
  if (Array.isArray(value)) {
    for (const [index, element] of value.entries()) {
      const found = findInJson(element, test, `${path}[${index}]`);
      if (found !== null) return found;
    }
    return null;
  }
  if (!isJsonObject(value)) return test(value) ? path : null;
  for (const key of Object.keys(value)) {
    const found = findInJson(value[key], test, path === '' ? key : `${path}.${key}`);
    if (found !== null) return found;
  }
  return null;
}
