/** Groupings as a setting or an operator names them: `acquisitionChannel`, `homeStore+relationship`. */
import { groupDimensions, isGroupDimension } from './group-dimension.ts';

const maxGroupings = 6;

export const groupingsExpectation = `at most ${maxGroupings} groupings by ${groupDimensions}, or by two of them such as homeStore+relationship`;

/** Each once, whatever the order of its dimensions; null for what cannot be kept. */
export function parseGroupings(names: readonly string[]): string[][] | null {
  const groupings = [
    ...new Map(
      names
        .map((name) => name.split('+').map((dimension) => dimension.trim()))
        .filter((dimensions) => dimensions.join('') !== '')
        .map((dimensions) => [dimensions.toSorted().join('+'), dimensions] as const),
    ).values(),
  ];
  const isKept = (dimensions: readonly string[]): boolean =>
    dimensions.length <= 2 &&
    new Set(dimensions).size === dimensions.length &&
    // A question separates two dimensions by a comma.
    dimensions.every((name) => isGroupDimension(name) && !name.includes(','));
  return groupings.length <= maxGroupings && groupings.every(isKept) ? groupings : null;
}
