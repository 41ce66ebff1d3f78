/**
 * What goes into one request: up to 500 touchpoints and 400 KB, well under what ingest takes. A group is the rows of one touchpoint, a
 * run neighbouring groups between which a replay cannot resume (`group-rows.ts`).
 */
import type { Mapped } from './compile-mapping.ts';
import type { MappingFaultCode } from './mapping-fault.ts';
import type { Position, Row } from './position.ts';

interface BatchItem {
  id: string;
  row: number;
  line: number;
  json: string;
}

/** A row that never becomes a touchpoint. */
interface RowFailure {
  row: number;
  line: number;
  code: MappingFaultCode;
  field: string;
  message: string;
  fields: Row['fields'];
}

export interface Batch {
  items: BatchItem[];
  failures: RowFailure[];
  /** Rows that the mapping leaves out. */
  skipped: number;
  /** Everything up to here is in this batch or an earlier one; null when it ends within a run. */
  end: Position | null;
}

export interface BatchBuilder {
  /** Adds what one group became. `end` is given with the last group of its run. Returns the batches this completes. */
  add(rows: readonly Row[], mapped: Mapped, end: Position | null): Batch[];
  /** Counts a row that becomes nothing. */
  skip(): void;
  /** What is left; null when nothing is. */
  end(): Batch | null;
}

export interface BatchLimits {
  maxItems: number;
  maxBytes: number;
}

export const batchLimits: BatchLimits = { maxItems: 500, maxBytes: 400 * 1024 };

export function createBatchBuilder({ maxItems, maxBytes }: BatchLimits = batchLimits): BatchBuilder {
  let open: Batch = { items: [], failures: [], skipped: 0, end: null };
  // The brackets; each item brings its comma.
  let bytes = 2;

  function close(): Batch {
    const batch = open;
    open = { items: [], failures: [], skipped: 0, end: null };
    bytes = 2;
    return batch;
  }

  return {
    add(rows, mapped, end) {
      const completed: Batch[] = [];
      const first = rows[0] as Row;
      const place = { row: first.end.rows, line: first.end.lines };
      const json = mapped.ok ? JSON.stringify(mapped.touchpoint) : '';
      const itemBytes = Buffer.byteLength(json) + 1;
      if (mapped.ok && itemBytes + 2 <= maxBytes) {
        if (bytes + itemBytes > maxBytes) completed.push(close());
        open.items.push({ id: mapped.id, ...place, json });
        bytes += itemBytes;
      } else {
        const failure = mapped.ok
          ? { code: 'item_too_large' as const, field: '', message: `the touchpoint has ${itemBytes} bytes` }
          : { code: mapped.code, field: mapped.field, message: mapped.message };
        open.failures.push({ ...place, ...failure, fields: first.fields });
      }
      open.end = end;
      if (open.items.length + open.failures.length >= maxItems) completed.push(close());
      return completed;
    },
    skip() {
      open.skipped += 1;
    },
    end: () => (open.items.length + open.failures.length + open.skipped > 0 ? close() : null),
  };
}

export function bodyOf(batch: Batch): string {
  return `[${batch.items.map(({ json }) => json).join(',')}]`;
}
