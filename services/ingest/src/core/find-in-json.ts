/** Finds where in an item something is: the slow look, taken only once it is known to be there. */
import { itemMaxDepth } from './item-limits.ts';
import { isJsonObject } from './json-value.ts';

/** An item of half a megabyte may hold 250,000 values, and where the fault is only helps its sender. */
const maxValues = 20_000;

/**
 * Path of the first scalar that satisfies the test, such as `properties.items[0].price`. Null where there is none among the
 * values that are looked at: the first 20,000, and none deeper than an item may be.
 */
export function findInJson(value: unknown, test: (scalar: unknown) => boolean): string | null {
  return find(value, '', 0, { test, left: maxValues });
}

interface Search {
  readonly test: (scalar: unknown) => boolean;
  left: number;
}

function find(value: unknown, path: string, depth: number, search: Search): string | null {
  search.left--;
  if (Array.isArray(value)) {
    if (depth >= itemMaxDepth) return null;
    for (let index = 0; index < value.length && search.left > 0; index++) {
      const found = find(value[index], `${path}[${index}]`, depth + 1, search);
      if (found !== null) return found;
    }
    return null;
  }
  if (!isJsonObject(value)) return search.test(value) ? path : null;
  if (depth >= itemMaxDepth) return null;
  for (const key of Object.keys(value)) {
    if (search.left <= 0) return null;
    const found = find(value[key], path === '' ? key : `${path}.${key}`, depth + 1, search);
    if (found !== null) return found;
  }
  return null;
}
