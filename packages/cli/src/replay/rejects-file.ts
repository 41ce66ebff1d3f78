/** What was refused, one JSON object a line, with the item as it was sent: readable by its owner only. */
import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, statSync, writeSync } from 'node:fs';
import type { Batch } from '../core/build-batches.ts';
import type { RejectedAnswer } from '../core/decide-answer.ts';

export interface RejectsFile {
  append(lines: readonly string[]): void;
  /** Returns the length that is on the disk now. */
  flush(): number;
  close(): void;
}

/**
 * What lies behind `bytes` is cut off: it belongs to batches that will be answered again. The file is made when the
 * first line comes.
 */
export function openRejectsFile(file: string, bytes: number): RejectsFile {
  const kept = existsSync(file) ? statSync(file).size : null;
  // A file that was removed starts empty.
  let length = Math.min(bytes, kept ?? 0);
  let descriptor = kept === null ? null : openSync(file, 'r+');
  if (descriptor !== null) ftruncateSync(descriptor, length);
  let isDirty = false;
  return {
    append(lines) {
      if (lines.length === 0) return;
      descriptor ??= openSync(file, 'w', 0o600);
      const text = Buffer.from(`${lines.join('\n')}\n`);
      for (let written = 0; written < text.length;) {
        written += writeSync(descriptor, text, written, text.length - written, length + written);
      }
      length += text.length;
      isDirty = true;
    },
    flush() {
      if (isDirty && descriptor !== null) fsyncSync(descriptor);
      isDirty = false;
      return length;
    },
    close() {
      if (descriptor !== null) closeSync(descriptor);
    },
  };
}

/** The lines of a batch: rows that could not be mapped, and items that ingest refused. */
export function rejectLines(batch: Batch, rejected: readonly RejectedAnswer[]): string[] {
  const lines = batch.failures.map(({ row, line, code, field, message, fields }) =>
    JSON.stringify({ row, line, id: null, code, field, message, fields }),
  );
  for (const { index, code, field, message } of rejected) {
    const item = batch.items[index];
    if (item === undefined) throw new Error('an answer names an item that was not sent');
    const { row, line, id, json } = item;
    lines.push(
      JSON.stringify({ row, line, id, code, field, message, touchpoint: JSON.parse(json) as unknown }),
    );
  }
  return lines;
}
