/** What a request may be; what an item may be is in `core/item-limits.ts`. */
import { AppError } from '@throughline/contracts';

export const requestMaxBytes = 512 * 1024;
export const importMaxBytes = 5 * 1024 * 1024;
const requestMaxItems = 2_500;

/** @throws AppError too_many_items */
export function checkItemCount(count: number): void {
  if (count <= requestMaxItems) return;
  throw new AppError('too_many_items', `a request has at most ${requestMaxItems} items`, {
    expected: `at most ${requestMaxItems} items`,
  });
}
