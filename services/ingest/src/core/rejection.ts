/** Why an item cannot be used: an expected outcome, so a value and not an exception. */
import { itemCodes, type ItemCode } from '@throughline/contracts';

export interface Rejection {
  code: ItemCode;
  /** Path in the item, such as `properties.revenue`; empty when the item as a whole is at fault. */
  field: string;
  message: string;
  expected: string;
}

export function rejectionOf(code: ItemCode, field: string, expected: string): Rejection {
  return { code, field, message: itemCodes[code], expected };
}
