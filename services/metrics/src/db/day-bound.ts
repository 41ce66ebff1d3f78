/** Days are four bytes in the database: infinite ones are its first and last. */
export function dayBound(day: number): number {
  return Math.min(2_147_483_647, Math.max(-2_147_483_648, day));
}
