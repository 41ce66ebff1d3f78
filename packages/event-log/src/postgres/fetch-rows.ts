/**
 * Reads the rows of several partitions by one statement. An append reaches the readers of all its partitions at one moment:
 * asked one by one, they would cost a statement each, and the first to be answered would be consumed alone.
 */
import type { Pool } from 'pg';

export interface RowRequest {
  topic: string;
  partition: number;
  /** Offset of the first record that is wanted. */
  from: number;
  maxRecords: number;
}

export interface LogRow {
  last_offset: number;
  record_count: number;
  payload: Buffer;
}

/** Rows in the order of offsets. Empty where there is nothing yet. */
export type FetchRows = (request: RowRequest) => Promise<LogRow[]>;

/** For one partition a fetch stops after about this much payload, and holds at least one row of at most 1 MiB. */
const maxFetchBytes = 2 * 1024 * 1024;
const maxFetchRows = 200;
/** Partitions of one statement, which bounds what its answer holds. */
const maxTogether = 8;

interface Waiting {
  request: RowRequest;
  resolve: (rows: LogRow[]) => void;
  reject: (error: unknown) => void;
}

/** Requests of one turn of the event loop are asked together. */
export function createFetchRows(pool: Pool, schema: string): FetchRows {
  let waiting: Waiting[] = [];

  function ask(): void {
    const asked = waiting;
    waiting = [];
    for (let from = 0; from < asked.length; from += maxTogether) {
      void answer(asked.slice(from, from + maxTogether));
    }
  }

  async function answer(asked: readonly Waiting[]): Promise<void> {
    try {
      const requests = asked.map(({ request }) => request);
      const rows = await selectRows(pool, schema, requests);
      const byRequest = asked.map((): LogRow[] => []);
      for (const row of rows) byRequest[row.request - 1]?.push(row);
      for (const [index, { resolve }] of asked.entries()) resolve(byRequest[index] ?? []);
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
  }

  return (request) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) setImmediate(ask);
      waiting.push({ request, resolve, reject });
    });
}

/** Rows are small when little arrives and up to 1 MiB when much does: both their number and their bytes are bounded. */
async function selectRows(
  pool: Pool,
  schema: string,
  requests: readonly RowRequest[],
): Promise<(LogRow & { request: number })[]> {
  const { rows } = await pool.query<LogRow & { request: number }>({
    name: `read_${schema}`,
    text: `
      select request::int, found.last_offset, found.record_count, found.payload
      from unnest($1::text[], $2::int[], $3::bigint[], $4::int[]) with ordinality
        as wanted (topic, partition, from_offset, max_records, request)
      cross join lateral (
        select last_offset, record_count, payload from (
          select last_offset, record_count, payload,
            sum(bytes) over earlier as bytes_before, sum(record_count) over earlier as records_before
          from (
            select last_offset, record_count, bytes, payload from ${schema}.batch
            where topic = wanted.topic and partition = wanted.partition and last_offset >= wanted.from_offset
            order by last_offset limit ${maxFetchRows}
          ) candidate
          window earlier as (order by last_offset rows between unbounded preceding and 1 preceding)
        ) candidate
        where coalesce(bytes_before, 0) < ${maxFetchBytes} and coalesce(records_before, 0) < wanted.max_records
      ) found
      order by request, found.last_offset`,
    values: [
      requests.map(({ topic }) => topic),
      requests.map(({ partition }) => partition),
      requests.map(({ from }) => from),
      requests.map(({ maxRecords }) => maxRecords),
    ],
  });
  return rows;
}
