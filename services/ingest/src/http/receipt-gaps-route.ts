/** `GET /v1/pos/gaps`: which receipts of a store's day never came, which numbers came twice, which were refused. */
import type { KeyKind } from '@throughline/contracts';
import {
  cursorMaxLength,
  problemAnswers,
  readCursor,
  writeCursor,
  type HttpApp,
  type RequestHook,
} from '@throughline/runtime';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { z } from 'zod';
import { findReceiptGaps, numberAfter, sizeOf, type NumberRange } from '../core/pos/find-receipt-gaps.ts';
import type { SourceDirectory } from '../core/source-directory.ts';
import type { ReceiptNumbering } from '../core/source-settings.ts';
import {
  findDayBefore,
  findReceivedRanges,
  findRejectedNumbers,
  findRepeatedNumbers,
  type RegisterDay,
} from '../db/find-received-numbers.ts';
import { findReceiptRegisters, type ReceiptRegister } from '../db/find-receipt-registers.ts';

export interface ReceiptGapsRouteParts {
  database: NodePgDatabase;
  sources: SourceDirectory;
  requireKey: (...kinds: readonly KeyKind[]) => RequestHook;
}

/** Of each list of a register; beyond it the answer says that there are more. */
const listMax = 1_000;

const range = z.object({ from: z.int(), to: z.int(), count: z.int() });

const registerGaps = z.object({
  source: z.string(),
  register: z.string(),
  first: z.int().describe('The number that the day began with, as far as is known.'),
  last: z.int(),
  missing: z.array(range).describe('Numbers that never came, ascending.'),
  missingCount: z.int(),
  repeated: z
    .array(z.object({ sequence: z.int(), receipts: z.int() }))
    .describe('Numbers that different receipts have. The same receipt sent twice is no repetition.'),
  rejected: z.array(z.int()).describe('Numbers that came, but only in receipts that were rejected.'),
  truncated: z
    .boolean()
    .describe(`A list has more than ${listMax} entries; the counts are of what is listed.`),
});

const gapsSchema = {
  operationId: 'receiptGaps',
  tags: ['points of sale'],
  summary: 'Missing, repeated and rejected receipt numbers of a store and business day, register by register',
  description:
    'Needs a read key. Training receipts, voids and cancellations take numbers, so they are received like any other. What ' +
    'begins or ends a day is known by the `numbering` of the source; without it numbers are looked at from the smallest to ' +
    'the largest that came. Visible within seconds of the acknowledgement.',
  querystring: z.strictObject({
    store: z
      .string()
      .min(1)
      .max(40)
      .meta({ examples: ['Berlin 7'] }),
    day: z.iso.date().meta({ examples: ['2026-03-01'] }),
    limit: z.coerce.number().int().min(1).max(100).default(20),
    cursor: z.string().max(cursorMaxLength).exactOptional(),
  }),
  response: {
    200: z.object({
      store: z.string(),
      day: z.string(),
      registers: z.array(registerGaps),
      nextCursor: z.string().nullable(),
    }),
    ...problemAnswers('invalid_parameter'),
  },
};

export function addReceiptGapsRoute(app: HttpApp, parts: ReceiptGapsRouteParts): void {
  const { database, requireKey } = parts;
  app.get('/v1/pos/gaps', { onRequest: requireKey('read'), schema: gapsSchema }, async (request) => {
    const { store, day, limit, cursor } = request.query;
    const after = cursor === undefined ? null : parseRegisterCursor(cursor);
    const registers = await findReceiptRegisters(database, { store, day }, after, limit);
    const last = registers.length === limit ? registers.at(-1) : undefined;
    const found: z.infer<typeof registerGaps>[] = [];
    // One after the other: a page must not take all connections.
    for (const register of registers) found.push(await findGaps(parts, { store, day, ...register }));
    return {
      store,
      day,
      registers: found,
      nextCursor: last === undefined ? null : writeCursor(last.source, last.register),
    };
  });
}

async function findGaps(
  { database, sources }: ReceiptGapsRouteParts,
  registerDay: RegisterDay,
): Promise<z.infer<typeof registerGaps>> {
  const numbering = sources.settingsOf(registerDay.source).pos?.numbering;
  const ranges = await findReceivedRanges(database, registerDay, listMax + 1);
  const repeated = await findRepeatedNumbers(database, registerDay, listMax + 1);
  const rejected = await findRejectedNumbers(database, registerDay, listMax + 1);
  const expectedFirst = await findExpectedFirst(database, registerDay, numbering);
  const { missing, first, last } = findReceiptGaps(ranges, numbering, expectedFirst);
  const listed = missing.slice(0, listMax).map((gap) => ({ ...gap, count: sizeOf(gap) }));
  return {
    source: registerDay.source,
    register: registerDay.register,
    first,
    last,
    missing: listed,
    missingCount: listed.reduce((sum, { count }) => sum + count, 0),
    repeated: repeated.slice(0, listMax),
    rejected: rejected.slice(0, listMax),
    truncated: [ranges, repeated, rejected, missing].some((list) => list.length > listMax),
  };
}

async function findExpectedFirst(
  database: NodePgDatabase,
  registerDay: RegisterDay,
  numbering: ReceiptNumbering | undefined,
): Promise<number | null> {
  if (numbering?.days === 'daily') return numbering.first;
  if (numbering?.days !== 'continuous') return null;
  const dayBefore = await findDayBefore(database, registerDay);
  if (dayBefore === null) return null;
  const ranges: NumberRange[] = await findReceivedRanges(
    database,
    { ...registerDay, day: dayBefore },
    listMax + 1,
  );
  return ranges.length === 0 ? null : numberAfter(findReceiptGaps(ranges, numbering, null).last, numbering);
}

const cursorParts = z.tuple([z.string().max(100), z.string().max(100)]);

/** @throws AppError invalid_parameter */
function parseRegisterCursor(cursor: string): ReceiptRegister {
  return readCursor(cursor, (values) => {
    const { data } = cursorParts.safeParse(values);
    return data === undefined ? null : { source: data[0], register: data[1] };
  });
}
