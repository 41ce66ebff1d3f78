/**
 * Arrays for `unnest` in Postgres' binary form. The driver writes an array as text: it quotes and escapes every element, and
 * the server parses each one again. For a batch of 1,000 rows that is most of what its parameters cost on both sides.
 *
 * Each is for a parameter that the statement casts to the type, such as `$1::uuid[]`.
 * @see https://www.postgresql.org/docs/current/protocol-message-formats.html (Bind), and array_recv in the server's source
 */

/** Object ids of the element types, as the server's catalogue has them for ever. */
const oids = {
  boolean: 16,
  bytea: 17,
  bigint: 20,
  smallint: 21,
  integer: 23,
  text: 25,
  timestamptz: 1184,
  uuid: 2950,
};

const headerBytes = 20;
/** From 1970 to 2000, where Postgres counts from. */
const epochMs = 946_684_800_000;

export function uuidArray(values: readonly (string | null)[]): Buffer {
  return fixedArray(oids.uuid, 16, values, writeUuid);
}

export function booleanArray(values: readonly boolean[]): Buffer {
  return fixedArray(oids.boolean, 1, values, (buffer, value, at) => (buffer[at] = value ? 1 : 0));
}

export function smallintArray(values: readonly number[]): Buffer {
  return fixedArray(oids.smallint, 2, values, (buffer, value, at) => buffer.writeInt16BE(value, at));
}

export function integerArray(values: readonly number[]): Buffer {
  return fixedArray(oids.integer, 4, values, (buffer, value, at) => buffer.writeInt32BE(value, at));
}

/** @param values safe integers */
export function bigintArray(values: readonly (number | null)[]): Buffer {
  return fixedArray(oids.bigint, 8, values, writeBigint);
}

/** @param values RFC 3339 in UTC with milliseconds */
export function timestampArray(values: readonly (string | null)[]): Buffer {
  return fixedArray(oids.timestamptz, 8, values, (buffer, value, at) => {
    const sinceEpochMs = Date.parse(value) - epochMs;
    if (!Number.isFinite(sinceEpochMs)) throw new RangeError(`${value} is not an instant`);
    writeBigint(buffer, sinceEpochMs * 1_000, at);
  });
}

/** 0001-01-01: Postgres reads no text of an earlier year, and would take its number for one before Christ. */
const firstInstantMs = -62_135_596_800_000;

/**
 * @param values ms since 1970, whole
 * @throws RangeError for what is before the year 1
 */
export function instantArray(values: readonly number[]): Buffer {
  return fixedArray(oids.timestamptz, 8, values, (buffer, value, at) => {
    if (!(value >= firstInstantMs)) throw new RangeError(`${value} is no instant of the years from 1 on`);
    writeBigint(buffer, (value - epochMs) * 1_000, at);
  });
}

export function byteaArray(values: readonly Buffer[]): Buffer {
  const bytes = values.reduce((sum, { length }) => sum + length, 0);
  const buffer = Buffer.allocUnsafe(headerBytes + 4 * values.length + bytes);
  let at = writeHeader(buffer, oids.bytea, values);
  for (const value of values) {
    at = buffer.writeInt32BE(value.length, at);
    at += value.copy(buffer, at);
  }
  return buffer.subarray(0, at);
}

export function textArray(values: readonly (string | null)[]): Buffer {
  const lengths = values.map((value) => (value === null ? 0 : Buffer.byteLength(value)));
  const bytes = lengths.reduce((sum, length) => sum + length, 0);
  const buffer = Buffer.allocUnsafe(headerBytes + 4 * values.length + bytes);
  let at = writeHeader(buffer, oids.text, values);
  for (const [index, value] of values.entries()) {
    const length = lengths[index] ?? 0;
    at = buffer.writeInt32BE(value === null ? -1 : length, at);
    if (value === null) continue;
    buffer.write(value, at);
    at += length;
  }
  return buffer.subarray(0, at);
}

function fixedArray<T>(
  oid: number,
  elementBytes: number,
  values: readonly (T | null)[],
  write: (buffer: Buffer, value: T, at: number) => void,
): Buffer {
  const buffer = Buffer.allocUnsafe(headerBytes + values.length * (4 + elementBytes));
  let at = writeHeader(buffer, oid, values);
  for (const value of values) {
    if (value === null) {
      at = buffer.writeInt32BE(-1, at);
      continue;
    }
    at = buffer.writeInt32BE(elementBytes, at);
    write(buffer, value, at);
    at += elementBytes;
  }
  return buffer.subarray(0, at);
}

/** One dimension; the lower bound is 1. Returns where the elements begin. */
function writeHeader(buffer: Buffer, oid: number, values: readonly unknown[]): number {
  buffer.writeInt32BE(values.length === 0 ? 0 : 1, 0);
  buffer.writeInt32BE(values.includes(null) ? 1 : 0, 4);
  buffer.writeInt32BE(oid, 8);
  if (values.length === 0) return 12;
  buffer.writeInt32BE(values.length, 12);
  buffer.writeInt32BE(1, 16);
  return headerBytes;
}

/** Two halves: a BigInt for every element costs more than all the rest. */
function writeBigint(buffer: Buffer, value: number, at: number): void {
  const high = Math.floor(value / 2 ** 32);
  buffer.writeInt32BE(high, at);
  buffer.writeUInt32BE(value - high * 2 ** 32, at + 4);
}

/** Of a hexadecimal digit, by its code; 255 for what is none. */
const hyphen = 45;
const digits = new Uint8Array(128).fill(255);
for (let digit = 0; digit < 16; digit += 1) {
  const character = digit.toString(16);
  digits[character.charCodeAt(0)] = digit;
  digits[character.toUpperCase().charCodeAt(0)] = digit;
}

/** @throws RangeError for text that is no UUID with hyphens */
function writeUuid(buffer: Buffer, value: string, at: number): void {
  let index = 0;
  for (let byte = 0; byte < 16; byte += 1) {
    if (value.charCodeAt(index) === hyphen) index += 1;
    const high = digits[value.charCodeAt(index)] ?? 255;
    const low = digits[value.charCodeAt(index + 1)] ?? 255;
    if (high > 15 || low > 15) throw new RangeError('not a UUID');
    buffer[at + byte] = (high << 4) | low;
    index += 2;
  }
  if (index !== value.length) throw new RangeError('not a UUID');
}
