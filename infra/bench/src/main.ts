/**
 * `pnpm bench`: the whole way beside what the same machine could do at best, in one run, since only ratios survive a
 * change of machine. Nothing is kept: the database and the stack live in a temporary directory.
 */
import { silentLog, startEmbeddedPostgres } from '@throughline/postgres';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import path from 'node:path';
import { measureBareChain, measureParseAndDrop } from './ceilings.ts';
import { type BenchConfig, readConfig } from './config.ts';
import { type BenchReport, ratiosOf, reportText } from './report.ts';
import { startStack } from './stack-under-test.ts';
import { measureHalfLoad, measureWholeWay } from './whole-way.ts';

const config = readConfig();
const report = await bench(config);
process.stdout.write(config.json ? `${JSON.stringify(report)}\n` : reportText(report));

async function bench({
  touchpoints,
  workload,
  halfLoadSeconds,
  inherited,
}: BenchConfig): Promise<BenchReport> {
  const stream = { workload, touchpoints, nowMs: Date.now(), run: Date.now().toString(36) };
  const directory = await mkdtemp(path.join(tmpdir(), 'throughline-bench-'));
  const undo: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true })];
  try {
    progress('starting Postgres');
    let postgresPid = 0;
    const database = await startEmbeddedPostgres({
      dataDirectory: path.join(directory, 'postgres'),
      log: { ...silentLog, info: (fields) => (postgresPid = Number(fields['pid'] ?? postgresPid)) },
    });
    undo.push(() => database.stop());
    const postgres = { name: 'postgres', pid: postgresPid, withChildren: true };

    progress('ceiling: parse and drop');
    const parseAndDrop = await measureParseAndDrop(stream);
    progress('ceiling: the bare chain');
    const bareChain = await measureBareChain(stream, database.connectionString, postgres);

    progress('the whole way');
    const stack = await startStack(directory, database.connectionString, inherited);
    undo.push(() => stack.stop());
    const wholeWay = await measureWholeWay(stack, stream, postgres);

    progress('half load');
    const halfLoad =
      halfLoadSeconds === 0
        ? null
        : await measureHalfLoad(
            stack,
            { ...stream, run: `${stream.run}h` },
            wholeWay.touchpointsPerSecond / 2,
            halfLoadSeconds,
          );
    return {
      workload,
      touchpoints,
      machine: {
        cores: availableParallelism(),
        node: process.version,
        memoryMiB: Math.round(totalmem() / 1024 ** 2),
      },
      parseAndDrop,
      bareChain,
      wholeWay,
      ratios: ratiosOf({ parseAndDrop, bareChain, wholeWay }),
      halfLoad,
    };
  } finally {
    for (const step of undo.toReversed()) await step();
  }
}

function progress(step: string): void {
  process.stderr.write(`bench: ${step}\n`);
}
