/** Whether a touchpoint is an occurrence of an activity: the filter language of contracts, evaluated. */
import { type ActivityFilter, compareText } from '@throughline/contracts';

/** What a filter may look at. */
export interface FilteredTouchpoint {
  type: string;
  name: string | null;
  source: string;
  channel: string | null;
  stage: string | null;
  sentiment: number | null;
  properties: Readonly<Record<string, unknown>> | null;
}

type Clause = NonNullable<ActivityFilter['all']>[number];

/** All clauses of `all` and, where there are any, one of `any`. An empty filter matches everything. */
export function matchesFilter(filter: ActivityFilter, touchpoint: FilteredTouchpoint): boolean {
  if (filter.all !== undefined && !filter.all.every((clause) => matchesClause(clause, touchpoint)))
    return false;
  if (filter.any === undefined || filter.any.length === 0) return true;
  return filter.any.some((clause) => matchesClause(clause, touchpoint));
}

/** Types are not converted: the text "1" is not the number 1. */
function matchesClause({ field, op, value }: Clause, touchpoint: FilteredTouchpoint): boolean {
  const actual = readField(field, touchpoint);
  if (actual === null || actual === undefined) return false;
  switch (op) {
    case 'exists':
      return true;
    case 'eq':
      return actual === value;
    case 'in':
      return Array.isArray(value) && value.includes(actual as string | number | boolean);
    case 'gte':
      return (compareAlike(actual, value) ?? -1) >= 0;
    case 'lte':
      return (compareAlike(actual, value) ?? 1) <= 0;
    case 'prefix':
      return typeof actual === 'string' && typeof value === 'string' && actual.startsWith(value);
  }
}

/** Null for values of different types, which are in no order. Text is compared by code points. */
function compareAlike(actual: unknown, value: unknown): number | null {
  if (typeof actual === 'number' && typeof value === 'number') return actual - value;
  if (typeof actual === 'string' && typeof value === 'string') return compareText(actual, value);
  return null;
}

function readField(field: string, touchpoint: FilteredTouchpoint): unknown {
  switch (field) {
    case 'type':
    case 'name':
    case 'source':
    case 'channel':
    case 'stage':
    case 'sentiment':
      return touchpoint[field];
    default:
      return readPath(touchpoint.properties, field.slice('properties.'.length));
  }
}

function readPath(properties: unknown, path: string): unknown {
  let value = properties;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}
