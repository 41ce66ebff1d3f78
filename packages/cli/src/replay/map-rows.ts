/** Rows to batches: group, map, gather. */
import { createBatchBuilder, type Batch, type BatchBuilder } from '../core/build-batches.ts';
import type { CompiledMapping } from '../core/compile-mapping.ts';
import { createRowGrouper, runMaxRows, type Run } from '../core/group-rows.ts';
import type { Mapping } from '../core/mapping-schema.ts';
import type { Row } from '../core/position.ts';
import { replaceNullTexts } from '../core/replace-null-texts.ts';
import { isChosen } from '../core/row-condition.ts';

/** @throws Error when reading fails or a run of rows is too large to be held, after everything read before it */
export async function* batchesOf(
  rows: AsyncIterable<Row>,
  mapping: Mapping,
  compiled: CompiledMapping,
): AsyncGenerator<Batch> {
  const grouper = createRowGrouper(mapping.group);
  const { where = [] } = mapping;
  const nullTexts = new Set(mapping.nullTexts);
  const builder = createBatchBuilder();
  function* batchesOfRun(run: Run | null): Generator<Batch> {
    if (run === null) return;
    if (run.isTooLarge) {
      throw new Error(
        `more than ${runMaxRows} neighbouring rows up to row ${run.end.rows} agree in the columns that group.within names`,
      );
    }
    for (const [index, group] of run.groups.entries()) {
      const isLast = index === run.groups.length - 1;
      yield* builder.add(group, compiled.map(group), isLast ? run.end : null);
    }
  }
  try {
    for await (const read of rows) {
      const row = replaceNullTexts(read, nullTexts);
      if (isChosen(row, where)) yield* batchesOfRun(grouper.add(row));
      else builder.skip();
    }
    yield* batchesOfRun(grouper.end());
  } catch (error) {
    // What was gathered until then is whole. The current run may not be, and is left out.
    yield* restOf(builder);
    throw error;
  }
  yield* restOf(builder);
}

function* restOf(builder: BatchBuilder): Generator<Batch> {
  const rest = builder.end();
  if (rest !== null) yield rest;
}
