/** What decides about the groups of profiles, part by part: the first or the latest statement of each dimension, a probe each. */
import { booleanArray, smallintArray, uuidArray } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import { takesFirst, type Statement } from '../core/group-dimension.ts';
import { partName, type PartStatements } from '../core/group-values.ts';
import { ofGeneration } from './of-generation.ts';

interface Row extends Statement {
  identifier: string;
  isAttached: boolean;
  dimension: number;
}

const columns = 'value, by_server, occurred_at, source, touchpoint_id';

/** @param part the condition that picks the own statements of `asked.identifier`, or those attached to it */
const decisive = (isAttached: boolean, part: string): string => {
  const own = `select ${isAttached} as is_attached, ${columns} from metrics.group_mark
    where ${part} and group_mark.dimension = wanted.dimension and ${ofGeneration}`;
  return `
    (${own} and wanted.takes_first order by by_server, occurred_at, source, touchpoint_id limit 1)
    union all
    (${own} and not wanted.takes_first
     order by by_server desc, occurred_at desc, source desc, touchpoint_id desc limit 1)`;
};

const statement = `
  select asked.identifier, is_attached as "isAttached", wanted.dimension, value, by_server as "byServer",
         (extract(epoch from occurred_at) * 1000)::float8 as at, source, touchpoint_id as id
  from unnest($2::uuid[]) as asked (identifier)
  cross join unnest($3::smallint[], $4::boolean[]) as wanted (dimension, takes_first)
  cross join lateral (
    ${decisive(false, 'identifier = asked.identifier')}
    union all
    ${decisive(true, 'root = asked.identifier and root <> identifier')}) as held`;

/** @returns by part; without parts of which nothing is stated */
export async function findGroupStatements(
  client: PoolClient,
  generation: number,
  dimensions: readonly string[],
  identifiers: readonly string[],
): Promise<Map<string, PartStatements>> {
  if (identifiers.length === 0) return new Map();
  const { rows } = await client.query<Row>({
    name: 'find-group-statements',
    text: statement,
    values: [
      generation,
      uuidArray(identifiers),
      smallintArray(dimensions.map((_name, dimension) => dimension)),
      booleanArray(dimensions.map(takesFirst)),
    ],
  });
  const nameOf = ({ identifier, isAttached }: Row) => partName(identifier, isAttached ? 'attached' : 'own');
  const found = new Map<string, PartStatements>();
  for (const [name, ofPart] of Map.groupBy(rows, nameOf)) {
    const byDimension = new Map(ofPart.map((row) => [row.dimension, row]));
    found.set(
      name,
      dimensions.map((_name, dimension) => byDimension.get(dimension) ?? null),
    );
  }
  return found;
}
