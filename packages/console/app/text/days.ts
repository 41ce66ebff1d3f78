/** Days by number, for axes and ranges: 0 is 1 January 1970. */

const dayMs = 86_400_000;

export function dayNumber(text: string): number {
  return Math.round(Date.parse(`${text}T00:00:00Z`) / dayMs);
}

export function dayText(number: number): string {
  return new Date(number * dayMs).toISOString().slice(0, 10);
}

export function addDays(text: string, days: number): string {
  return dayText(dayNumber(text) + days);
}

export function isDay(text: string | undefined): text is string {
  return text !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(dayNumber(text));
}
