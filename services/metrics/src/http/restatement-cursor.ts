/** Where the next page of restatements begins, as text for clients that they pass back as it is. */
import { AppError } from '@throughline/contracts';
import type { RestatementPosition } from '../db/read-restatements.ts';
import { firstDay, lastDay } from './query.ts';

const quarterMs = 900_000;
const dayMs = 86_400_000;

export function formatRestatementCursor(position: RestatementPosition): string {
  const quarter = String(position.quarter);
  if (!('cause' in position)) return quarter;
  return [quarter, position.cause, position.closedThrough, position.from].join('.');
}

/** @throws AppError invalid_parameter for whatever `formatRestatementCursor` cannot have written */
export function parseRestatementCursor(text: string): RestatementPosition {
  const match = /^(\d{1,15})(?:\.([a-z_]{1,30})\.(-?\d{1,7})\.(-?\d{1,7}))?$/.exec(text);
  const [quarter, closedThrough, from] = [1, 3, 4].map((group) => Number(match?.[group] ?? Number.NaN));
  if (quarter !== undefined && quarter % quarterMs === 0 && isDay(Math.floor(quarter / dayMs))) {
    const cause = match?.[2];
    if (cause === undefined) return { quarter };
    if (isDay(closedThrough) && isDay(from)) return { quarter, cause, closedThrough, from };
  }
  throw new AppError('invalid_parameter', 'cursor must be the nextCursor of an answer', { field: 'cursor' });
}

function isDay(day: number | undefined): day is number {
  return day !== undefined && day >= firstDay && day <= lastDay;
}
