/**
 * The last active days of those that are active today and, without another one, will not be on one of the next `within` days.
 * A profile with the last active day d is active until d + window - 1.
 *
 * @param within at most the window
 * @returns both days included
 */
export function atRiskDays(today: number, window: number, within: number): { from: number; to: number } {
  return { from: today - window + 1, to: today - window + within };
}
