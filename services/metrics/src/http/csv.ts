/** Figures as CSV (RFC 4180), asked for by `format=csv` or by `Accept: text/csv`. */
import { AppError } from '@throughline/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Freshness } from './freshness.ts';

export type CsvRow = Readonly<Record<string, string | number | boolean | null>>;

export const formats = ['json', 'csv'] as const;
export type Format = (typeof formats)[number];

/** The answers of a route that has both formats, for the OpenAPI document. */
export function tableAnswers(json: z.ZodType, csvExample: string) {
  return {
    description: 'JSON, or CSV with its freshness in headers.',
    content: {
      'application/json': { schema: json },
      'text/csv': { schema: z.string().meta({ examples: [csvExample] }) },
    },
  };
}

/**
 * The parameter decides, and `Accept` where there is none.
 *
 * @throws AppError invalid_parameter
 */
export function readFormat(request: FastifyRequest, parameter: string | undefined): Format {
  if (parameter === undefined) return prefersCsv(request.headers.accept ?? '') ? 'csv' : 'json';
  const format = formats.find((known) => known === parameter);
  if (format !== undefined) return format;
  throw new AppError('invalid_parameter', 'format is json or csv', {
    field: 'format',
    expected: formats.join(', '),
  });
}

function prefersCsv(accept: string): boolean {
  const rank = (type: string): number => {
    for (const part of accept.split(',')) {
      const [name = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase());
      if (name !== type) continue;
      const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
      return quality === undefined ? 1 : Number(quality) || 0;
    }
    return 0;
  };
  return rank('text/csv') > rank('application/json');
}

/** The freshness and the permanent link, which have no place among the rows, go into headers. */
export function sendCsv(
  reply: FastifyReply,
  columns: readonly string[],
  rows: readonly CsvRow[],
  freshness: Freshness,
  self?: string,
): FastifyReply {
  if (self !== undefined) reply.header('link', `<${self}>; rel="self"`);
  return reply
    .type('text/csv; charset=utf-8; header=present')
    .header('throughline-processed-through', freshness.processedThrough ?? '')
    .header('throughline-pending-records', String(freshness.pendingRecords ?? ''))
    .serializer((payload) => String(payload))
    .send(formatCsv(columns, rows));
}

export function formatCsv(columns: readonly string[], rows: readonly CsvRow[]): string {
  const lines = [columns, ...rows.map((row) => columns.map((column) => row[column] ?? ''))];
  return lines.map((cells) => `${cells.map(formatCell).join(',')}\r\n`).join('');
}

/** What spreadsheets take for the beginning of a formula, in full width too. */
const formulaStart = /^[=+\-@\t\r\n＝＋－＠|]/;
const plainNumber = /^-?\d+(?:\.\d+)?$/;

/** Names of stages and activities are the operator's text, and a spreadsheet runs a formula when the file is opened. */
function formatCell(cell: string | number | boolean): string {
  let text = String(cell);
  if (typeof cell === 'string' && formulaStart.test(text) && !plainNumber.test(text)) text = `'${text}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
