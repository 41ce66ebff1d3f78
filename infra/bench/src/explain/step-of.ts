/** Which step of a touchpoint's way a statement or a table belongs to. A new table is a step of its own until it is here. */

/** In the order of a touchpoint's way. */
const steps: readonly (readonly [step: string, belongs: RegExp])[] = [
  ['append', /^(write|delete) event_log\.(batch|partition_head)/],
  ['read log', /^read event_log\.(batch|partition_head)/],
  ['log leases', /^\w+ event_log\./],
  ['offsets', /^\w+ \w+\.(consumer_offset|consumer_attempt|outbox_watermark|progress)$/],
  ['dead letters', /^\w+ \w+\.(dead_letter|rejection|rejected_touchpoint|recheck)$/],
  ['outbox', /^write \w+\.(outbox|outbox_counter)$/],
  ['relay', /^\w+ \w+\.(outbox|outbox_shard|outbox_counter)$/],
  [
    'dedupe',
    /^read identity\.touchpoint$|^\w+ identity\.(touchpoint_key|touchpoint_conflict|touchpoint_duplicate)$/,
  ],
  ['touchpoint', /^\w+ identity\.(touchpoint\w*|source)$/],
  ['traits', /^\w+ identity\.trait/],
  ['links', /^\w+ identity\.(link|inferred_link|decision\w*)$/],
  ['identifiers', /^\w+ identity\.(identifier|attached_summary|membership\w*)$/],
  ['memberships', /^\w+ metrics\.(identifier|membership\w*)$/],
  ['fact', /^\w+ metrics\.(fact|transaction|ambiguous_transaction)\w*$/],
  ['history', /^\w+ metrics\.(activity|stage|sales|unit)_\w+$/],
  ['folding', /^delete metrics\.delta|^\w+ metrics\.(figure_\w+|change_reason|closed_figure|epoch|fold\w*)$/],
  ['deltas', /^\w+ metrics\.(delta|series)\w*$/],
];

const utility = /^\s*(begin|commit|rollback|savepoint|release|start transaction|set |discard)/i;
const table = String.raw`"?(ingest|identity|metrics|event_log)"?\."?([a-z_0-9]+)`;
const verbs: readonly (readonly [verb: string, pattern: RegExp])[] = [
  ['delete', new RegExp(String.raw`^\s*(?:with \w+ as (?:materialized )?\(\s*)?delete from ${table}`, 'i')],
  ['write', new RegExp(String.raw`\b(?:insert into|update|delete from) ${table}`, 'i')],
  ['read', new RegExp(String.raw`\b(?:from|join)\s+(?:lateral\s+)?${table}`, 'i')],
];

/** A statement is of the table that it writes first, else of the one that it reads first. */
export function stepOfStatement(text: string): string {
  if (utility.test(text)) return 'begin, commit';
  const words = text.replaceAll(/\s+/g, ' ');
  for (const [verb, pattern] of verbs) {
    const found = pattern.exec(words);
    if (found === null) continue;
    const step = findStep(`${verb} ${found[1]}.${found[2]}`);
    if (step !== undefined) return step;
    // A delete is a write too.
    if (verb !== 'delete') return `${found[1]}.${found[2]}`;
  }
  return 'no table';
}

/** @param name `schema.table` */
export function stepOfTable(name: string): string {
  return findStep(`write ${name}`) ?? name;
}

function findStep(use: string): string | undefined {
  return steps.find(([, belongs]) => belongs.test(use))?.[0];
}
