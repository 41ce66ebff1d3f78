/** From the text of a record to its contract: the same for every topic, so that every consumer waits for the same things. */
import type { LogRecord } from '../port.ts';
import type { OutboxPosition } from '../consumer/drop-repeats.ts';
import type { ParsedRecord, TouchpointReference } from './parsed-record.ts';

/** As a zod schema answers. */
export interface RecordSchema<T> {
  safeParse(
    value: unknown,
  ):
    | { success: true; data: T }
    | { success: false; error: { issues: readonly { path: readonly PropertyKey[]; message: string }[] } };
}

export interface JsonRecordFormat<T> {
  schema: RecordSchema<T>;
  /**
   * Where a record says of which kind it is, such as `touchpoint.type`; `*` for any index. A record that has a text there
   * which the schema does not know, and no other fault, waits for a version that knows it.
   */
  kindPaths: readonly string[];
  /** Path of the object that has the touchpoint's `source` and `id`; empty for the record itself. */
  touchpointPath: string;
}

export function parseJsonRecord<T>(record: LogRecord, format: JsonRecordFormat<T>): ParsedRecord<T> {
  let json: unknown;
  try {
    json = JSON.parse(record.value);
  } catch {
    return { kind: 'unreadable', problem: 'not JSON' };
  }
  const touchpoint = touchpointAt(json, format.touchpointPath);
  const position = positionOf(json);
  const result = format.schema.safeParse(json);
  if (result.success) return { kind: 'readable', value: result.data, touchpoint, position };
  const { issues } = result.error;
  const isUnknown =
    issues.length > 0 && issues.every(({ path }) => isUnknownKind(json, path, format.kindPaths));
  const problem = issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.map(String).join('.')}: ${message}`)
    .join('; ');
  return { kind: isUnknown ? 'unknown' : 'unreadable', problem, touchpoint, position };
}

function isUnknownKind(json: unknown, path: readonly PropertyKey[], kindPaths: readonly string[]): boolean {
  const name = path.map((key) => (typeof key === 'number' ? '*' : String(key))).join('.');
  return kindPaths.includes(name) && typeof valueAt(json, path) === 'string';
}

function valueAt(json: unknown, path: readonly PropertyKey[]): unknown {
  let value = json;
  for (const key of path) value = fieldOf(value, key);
  return value;
}

function fieldOf(value: unknown, key: PropertyKey): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Record<PropertyKey, unknown>)[key]
    : undefined;
}

function touchpointAt(json: unknown, path: string): TouchpointReference | undefined {
  const touchpoint = path === '' ? json : valueAt(json, path.split('.'));
  const source = fieldOf(touchpoint, 'source');
  const id = fieldOf(touchpoint, 'id');
  return typeof source === 'string' && typeof id === 'string' ? { source, id } : undefined;
}

function positionOf(json: unknown): OutboxPosition | undefined {
  const shard = fieldOf(json, 'shard');
  const sequence = fieldOf(json, 'sequence');
  return typeof shard === 'string' && Number.isSafeInteger(sequence)
    ? { shard, sequence: sequence as number }
    : undefined;
}
