/** Parameters that several routes take, and what is the same in their answers. */
import { cursorMaxLength } from '@throughline/runtime';
import { z } from 'zod';

export const maxPageSize = 100;

/** A check whose failure says what would have been right. */
function expecting<T extends z.ZodType<string>>(
  schema: T,
  test: (value: string) => boolean,
  expected: string,
) {
  return schema.refine(test, { error: `expected ${expected}`, params: { expected } });
}

const limitExpectation = `a whole number from 1 to ${maxPageSize}`;

export const limitParameter = expecting(
  z.string(),
  (value) => /^\d{1,3}$/.test(value) && Number(value) >= 1 && Number(value) <= maxPageSize,
  limitExpectation,
).meta({ description: `Items on a page: ${limitExpectation}. Default 50.`, examples: ['20'] });

export function parseLimit(limit: string | undefined): number {
  return limit === undefined ? 50 : Number(limit);
}

export const cursorParameter = z
  .string()
  .min(1)
  .max(cursorMaxLength)
  .describe('`nextCursor` of the page before.');

/** Postgres cannot hold U+0000, so nothing stored has it. */
export function textParameter(maxLength: number) {
  return expecting(
    z.string().min(1).max(maxLength),
    (value) => !value.includes('\u0000'),
    'text without U+0000',
  );
}

const instantPattern =
  /^(\d{4}-\d\d-\d\d)[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)$/;
const instantExpectation = 'an RFC 3339 instant with a zone, such as 2026-03-01T00:00:00Z';

export const instantParameter = expecting(
  z.string(),
  (value) => toInstant(value, 'down') !== null,
  instantExpectation,
).meta({ description: `Inclusive; ${instantExpectation}.`, examples: ['2026-03-01T00:00:00Z'] });

/** RFC 3339 in any zone to UTC with milliseconds; null when it is no real instant of the years 1 to 9999. */
export function toInstant(text: string, round: 'up' | 'down'): string | null {
  const match = instantPattern.exec(text);
  if (match === null) return null;
  const [, date = '', , fraction = ''] = match;
  const ms = Date.parse(text.toUpperCase());
  // Date.parse rolls 30 February over into March.
  if (Number.isNaN(ms)) return null;
  const midnight = new Date(`${date}T00:00:00Z`);
  if (Number.isNaN(midnight.getTime()) || !midnight.toISOString().startsWith(date)) return null;
  const hasRest = /[1-9]/.test(fraction.slice(3));
  const instant = new Date(ms + (round === 'up' && hasRest ? 1 : 0)).toISOString();
  return /^\d{4}-/.test(instant) && !instant.startsWith('0000') ? instant : null;
}

/** What a route that reads a JSON body may answer beside its own problems. */
export const bodyCodes = [
  'invalid_parameter',
  'malformed_json',
  'empty_body',
  'request_timeout',
  'payload_too_large',
  'unsupported_media_type',
] as const;
