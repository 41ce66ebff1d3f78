/**
 * An activity's filter as an SQL condition over the recomputed facts. A second reading of the definition: it shares nothing
 * with `core/activity-filter.ts`, so that a mistake in one of the two shows.
 */
import type { ActivityFilter } from '@throughline/contracts';

type Clause = NonNullable<ActivityFilter['all']>[number];

const columns = new Set(['type', 'name', 'source', 'channel', 'stage', 'sentiment']);

/** Pushes its values to `values`; the condition refers to them by place. */
export function activityCondition(filter: ActivityFilter, values: unknown[]): string {
  const all = (filter.all ?? []).map((clause) => clauseCondition(clause, values));
  const any = (filter.any ?? []).map((clause) => clauseCondition(clause, values));
  if (any.length > 0) all.push(`(${any.join(' or ')})`);
  return all.length === 0 ? 'true' : all.join(' and ');
}

function clauseCondition({ field, op, value }: Clause, values: unknown[]): string {
  // Decided first: a value that is pushed must be used, or Postgres refuses the statement.
  if ((op === 'gte' || op === 'lte') && typeof value !== 'number' && typeof value !== 'string')
    return 'false';
  if (op === 'prefix' && typeof value !== 'string') return 'false';
  const place = (item: unknown) => `$${values.push(item)}`;
  // Everything is compared as jsonb, where 1 and "1" differ and 1 and 1.0 do not.
  const actual = columns.has(field)
    ? `to_jsonb(${field})`
    : `nullif(properties::jsonb #> ${place(field.slice('properties.'.length).split('.'))}::text[], 'null')`;
  const json = (item: unknown) => `${place(JSON.stringify(item))}::jsonb`;
  switch (op) {
    case 'exists':
      return `${actual} is not null`;
    case 'eq':
      return `coalesce(${actual} = ${json(value)}, false)`;
    case 'in':
      return `coalesce(${json(Array.isArray(value) ? value : [])} @> jsonb_build_array(${actual}), false)`;
    case 'gte':
    case 'lte': {
      const sign = op === 'gte' ? '>=' : '<=';
      if (typeof value === 'string') {
        return `coalesce(jsonb_typeof(${actual}) = 'string' and (${actual} #>> '{}') collate "C" ${sign} ${place(value)}, false)`;
      }
      return `coalesce(jsonb_typeof(${actual}) = 'number' and ${actual} ${sign} ${json(value)}, false)`;
    }
    case 'prefix':
      return `coalesce(jsonb_typeof(${actual}) = 'string' and starts_with(${actual} #>> '{}', ${place(value)}), false)`;
  }
}
