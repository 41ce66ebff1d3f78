/** The costs of a touchpoint as a person reads them: by process, by step, by statement, by table and by code. */
import { sum } from '../sum.ts';
import type { StatementField } from './database-counters.ts';
import type { ExplainReport } from './explain-cost.ts';
import type { HotSpots } from './hot-spots.ts';
import { stepOfStatement, stepOfTable } from './step-of.ts';

const statementsShown = 30;
const spotsShown = 12;
const upkeepShown = 6;

export function explainText(report: ExplainReport): string {
  const { touchpoints, stored, wholeWay, backendMicros, database } = report;
  const server = database.server.get('server');
  return `${[
    `workload ${report.workload}, log in ${report.log}: ${touchpoints} touchpoints after ${stored} stored ones`,
    report.serverVersion.split(',')[0] ?? '',
    '',
    `CPU, µs a touchpoint      ${sum(wholeWay.cpuMicros).toFixed(0)} (${pairs(wholeWay.cpuMicros)})`,
    `  of Postgres, by pool    ${pairs({ ...backendMicros, ended: endedMicros(report) })}`,
    `  by the clock            vacuums ${upkeepMicros(report, 'vacuumMillis')}, statistics ${upkeepMicros(report, 'analyzeMillis')}`,
    `touchpoints a second      ${wholeWay.touchpointsPerSecond.toFixed(0)}`,
    `WAL, bytes a touchpoint   ${((server?.walBytes ?? 0) / touchpoints).toFixed(0)} in ` +
      `${((server?.walRecords ?? 0) / touchpoints).toFixed(1)} records; ${server?.walFullPages ?? 0} full pages, ` +
      `${server?.checkpoints ?? 0} checkpoints`,
    ...stepLines(report),
    ...statementLines(report),
    ...tableLines(report),
    ...Object.entries(report.hotSpots).flatMap(([name, spots]) =>
      hotSpotLines(name, spots, wholeWay.cpuMicros[name] ?? Number.NaN),
    ),
  ].join('\n')}\n`;
}

/** Of the server's processes that ended meanwhile: vacuums, and connections that were not used any more. */
function endedMicros({ wholeWay, backendMicros }: ExplainReport): number {
  return Math.max(0, (wholeWay.cpuMicros['postgres'] ?? 0) - sum(backendMicros));
}

/** With the tables that it is mostly for. */
function upkeepMicros(
  { database, touchpoints }: ExplainReport,
  field: 'vacuumMillis' | 'analyzeMillis',
): string {
  const micros = (millis: number): string => ((millis * 1000) / touchpoints).toFixed(1);
  const kept = [...database.tables].filter(([, cost]) => cost[field] > 0);
  const most = kept.toSorted(([, a], [, b]) => b[field] - a[field]).slice(0, upkeepShown);
  const names = most.map(([name, cost]) => `${name} ${micros(cost[field])}`);
  return `${micros(sum(Object.fromEntries(kept.map(([name, cost]) => [name, cost[field]]))))} (${names.join(', ')})`;
}

/** Maps are no JSON. */
export function explainJson(report: ExplainReport): string {
  return JSON.stringify(report, (_key, value: unknown) =>
    value instanceof Map ? Object.fromEntries(value) : value,
  );
}

type StatementCost = Readonly<Record<StatementField, number>>;

/** What a statement's row shows: heading, width, digits and the figure of a stretch, which is divided by its touchpoints. */
const statementColumns: readonly (readonly [string, number, number, (cost: StatementCost) => number])[] = [
  ['µs', 7, 1, (cost) => microsOf(cost)],
  ['plan µs', 9, 1, (cost) => cost.planMillis * 1000],
  ['calls/1000', 12, 1, (cost) => cost.calls * 1000],
  ['rows', 8, 2, (cost) => cost.rows],
  ['blocks', 8, 2, (cost) => cost.blocks],
  ['read', 7, 2, (cost) => cost.blocksRead],
  ['dirtied', 9, 2, (cost) => cost.blocksDirtied],
  ['WAL bytes', 11, 0, (cost) => cost.walBytes],
  ['full pages/1000', 17, 2, (cost) => cost.walFullPages * 1000],
];

function statementHead(title: string): string {
  return title.padEnd(32) + statementColumns.map(([heading, width]) => heading.padStart(width)).join('');
}

function statementRow(name: string, cost: StatementCost, touchpoints: number): string {
  const cells = statementColumns.map(([, width, digits, figure]) =>
    (figure(cost) / touchpoints).toFixed(digits).padStart(width),
  );
  return `  ${name.padEnd(30)}${cells.join('')}`;
}

function microsOf({ millis, planMillis }: StatementCost): number {
  return (millis + planMillis) * 1000;
}

function byMicros([, a]: readonly [string, StatementCost], [, b]: readonly [string, StatementCost]): number {
  return microsOf(b) - microsOf(a);
}

function stepLines({ database, touchpoints }: ExplainReport): string[] {
  return [
    '',
    statementHead('by step, a touchpoint'),
    ...[...sumBySteps(database.statements)]
      .toSorted(byMicros)
      .map(([step, cost]) => statementRow(step, cost, touchpoints)),
  ];
}

function sumBySteps(statements: ExplainReport['database']['statements']): Map<string, StatementCost> {
  const sums = new Map<string, StatementCost>();
  for (const [text, cost] of statements) {
    const step = stepOfStatement(text);
    const before = sums.get(step);
    const added = Object.entries(cost).map(([field, value]) => [
      field,
      value + (before?.[field as StatementField] ?? 0),
    ]);
    sums.set(step, Object.fromEntries(added) as StatementCost);
  }
  return sums;
}

function statementLines({ database, touchpoints }: ExplainReport): string[] {
  return [
    '',
    statementHead(`the ${statementsShown} dearest statements`),
    ...[...database.statements]
      .toSorted(byMicros)
      .slice(0, statementsShown)
      .map(([text, cost]) => `${statementRow(stepOfStatement(text), cost, touchpoints)}  ${shorten(text)}`),
  ];
}

function shorten(text: string): string {
  const words = text.replaceAll(/\s+/g, ' ').trim();
  return words.length > 100 ? `${words.slice(0, 60)} … ${words.slice(-38)}` : words;
}

function tableLines({ database, sizes, stored, touchpoints }: ExplainReport): string[] {
  const row = (name: string, counts: readonly number[], bytes: number): string =>
    name.padEnd(56) +
    counts.map((count) => (count / touchpoints).toFixed(2).padStart(10)).join('') +
    (bytes / (stored + touchpoints)).toFixed(1).padStart(16);
  const heads = ['inserted', 'updated', 'in page', 'deleted', 'blocks', 'scans'];
  const used = [...database.tables]
    .filter(([, { blocks }]) => blocks / touchpoints >= 0.01)
    .toSorted(([, a], [, b]) => b.blocks - a.blocks);
  return [
    '',
    `${'tables and their indexes, a touchpoint'.padEnd(56)}${heads.map((head) => head.padStart(10)).join('')}    bytes stored`,
    ...used.flatMap(([name, cost]) => [
      row(
        `  ${name} (${stepOfTable(name)})`,
        [cost.inserted, cost.updated, cost.updatedInPage, cost.deleted, cost.blocks, cost.sequentialScans],
        sizes.tables.get(name)?.bytes ?? 0,
      ),
      ...[...database.indexes]
        .filter(([index]) => index.startsWith(`${name}.`))
        .map(([index, { blocks, scans }]) =>
          // Rows are counted at the table; an index has pages, scans and a size.
          row(
            `    ${index.slice(name.length + 1)}`,
            [0, 0, 0, 0, blocks, scans],
            sizes.indexes.get(index)?.bytes ?? 0,
          ),
        ),
    ]),
  ];
}

/** Shares of the profiled stretch, in µs of the stretch before it, which was not profiled. */
function hotSpotLines(name: string, spots: HotSpots, cpuMicros: number): string[] {
  const list = (title: string, all: HotSpots['files']): string[] => [
    `  ${title}`,
    ...all
      .slice(0, spotsShown)
      .map(
        ({ name: spot, share }) =>
          `${(share * cpuMicros).toFixed(1).padStart(9)} µs ${(share * 100).toFixed(1).padStart(5)} %  ${spot}`,
      ),
  ];
  return [
    '',
    `${name}: ${cpuMicros.toFixed(0)} µs a touchpoint; its main thread was busy ${(spots.busyShare * 100).toFixed(0)} % of the time`,
    ...list('by package or folder, with what Node and V8 do for it', spots.areas),
    ...list('by file, with what Node and V8 do for it', spots.files),
    ...list('by function alone', spots.functions),
  ];
}

function pairs(values: Record<string, number>): string {
  return Object.entries(values)
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, value]) => `${name} ${value.toFixed(1)}`)
    .join(', ');
}
