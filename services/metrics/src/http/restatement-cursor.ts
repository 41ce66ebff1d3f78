/** Where the next page of restatements begins, as the text of a cursor. */
import { readCursor, writeCursor } from '@throughline/runtime';
import type { RestatementPosition } from '../db/read-restatements.ts';
import { firstDay, lastDay } from './query.ts';

/** In a generation: behind a restatement, at its newest one, or among what its rebuild changed behind a day. */
export type GenerationPosition = { generation: number } & (
  RestatementPosition | { epoch: null } | { rebuilt: number }
);

export function formatRestatementCursor(position: GenerationPosition): string {
  const { generation } = position;
  if ('rebuilt' in position) return writeCursor(generation, 'rebuilt', position.rebuilt);
  if (position.epoch === null) return writeCursor(generation, 'newest');
  if (!('cause' in position)) return writeCursor(generation, position.epoch);
  return writeCursor(generation, position.epoch, position.cause, position.from);
}

/** @throws AppError invalid_parameter for what `formatRestatementCursor` cannot have written */
export function parseRestatementCursor(cursor: string): GenerationPosition {
  return readCursor(cursor, (parts) => {
    const text = parts.join(' ');
    const other = /^(\d{1,5}) (?:newest|rebuilt (-?\d{1,7}))$/.exec(text);
    if (other !== null) {
      const generation = Number(other[1]);
      const rebuilt = Number(other[2]);
      if (other[2] === undefined) return { generation, epoch: null };
      return rebuilt >= firstDay - 1 && rebuilt <= lastDay ? { generation, rebuilt } : null;
    }
    const match = /^(\d{1,5}) (\d{1,15})(?: ([a-z_]{1,30}) (-?\d{1,7}))?$/.exec(text);
    if (match === null) return null;
    const [generation, epoch, from] = [Number(match[1]), Number(match[2]), Number(match[4])];
    const cause = match[3];
    if (cause === undefined) return { generation, epoch };
    return from >= firstDay && from <= lastDay ? { generation, epoch, cause, from } : null;
  });
}
