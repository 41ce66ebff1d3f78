/**
 * The records of touchpoints that were stored together, compressed together: they are much alike. Measured with the shop's
 * touchpoints of 1.2 KB, zstd level 1: alone 544 bytes and 30 µs each, in 16s 121 bytes and 3 µs, in 32s 102 bytes and 1.4 µs, in
 * 256s 84 bytes and 1.2 µs. Reading one decompresses its block: 40 µs for 32.
 */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

const maxRecords = 32;
/** So that a page of touchpoints that lie in as many blocks stays some megabytes, however large they are. */
const maxCharacters = 64 * 1024;

/** ASCII record separator: JSON text has no raw control characters but blanks, tabs and line ends. */
const separator = '\u001e';

/** Cuts a batch into blocks, in its order. Each has a record at least. */
export function cutIntoBlocks<T extends { text: string }>(records: readonly T[]): T[][] {
  const blocks: T[][] = [];
  let block: T[] = [];
  let characters = 0;
  for (const record of records) {
    const isFull = block.length === maxRecords || characters + record.text.length > maxCharacters;
    if (block.length > 0 && isFull) {
      blocks.push(block);
      block = [];
      characters = 0;
    }
    block.push(record);
    characters += record.text.length;
  }
  if (block.length > 0) blocks.push(block);
  return blocks;
}

/** @param texts JSON */
export function encodeBlock(texts: readonly string[]): Buffer {
  return zstdCompressSync(Buffer.from(texts.join(separator), 'utf8'), {
    params: { [constants.ZSTD_c_compressionLevel]: 1 },
  });
}

export function decodeBlock(payload: Buffer): string[] {
  return zstdDecompressSync(payload).toString('utf8').split(separator);
}
