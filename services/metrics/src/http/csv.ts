/** Figures as CSV (RFC 4180) for those who ask for it by `Accept`. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Freshness } from './freshness.ts';

export type CsvRow = Readonly<Record<string, string | number | boolean | null>>;

/** Whether the client asks for CSV rather than JSON. */
export function wantsCsv(request: FastifyRequest): boolean {
  const accept = request.headers.accept ?? '';
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

/** The freshness, which has no place among the rows, goes into headers. */
export function sendCsv(
  reply: FastifyReply,
  columns: readonly string[],
  rows: readonly CsvRow[],
  freshness: Freshness,
): FastifyReply {
  const lines = [columns, ...rows.map((row) => columns.map((column) => row[column] ?? ''))];
  const text = lines.map((cells) => `${cells.map(quoteCell).join(',')}\r\n`).join('');
  return reply
    .type('text/csv; charset=utf-8; header=present')
    .header('throughline-processed-through', freshness.processedThrough ?? '')
    .header('throughline-pending-records', String(freshness.pendingRecords ?? ''))
    .serializer((payload) => String(payload))
    .send(text);
}

function quoteCell(cell: string | number | boolean): string {
  let text = String(cell);
  // Spreadsheets run what begins like a formula; names of stages and activities are the operator's, but cheap to guard.
  if (typeof cell === 'string' && /^[=+@\t\r-]/.test(text) && !/^-?\d/.test(text)) text = `'${text}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
