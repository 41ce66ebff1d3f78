/** The values by which a profile is grouped, from what was stated under each part of it. */
import { takesFirst, type Statement } from './group-dimension.ts';
import type { LoadedIdentifiers } from './loaded-identifiers.ts';
import type { SeriesCatalog } from './series.ts';
import { compareMoments } from './moment.ts';

/** By dimension; null where nothing was stated. */
export type PartStatements = readonly (Statement | null)[];

/**
 * What decides under each part of a profile, `<identifier> own` or `<identifier> attached`: before the batch, and with all that
 * the batch brings.
 */
export interface GroupStatements {
  before: ReadonlyMap<string, PartStatements>;
  after: ReadonlyMap<string, PartStatements>;
}

/** By dimension; null for none. */
export type ProfileGroups = readonly (string | null)[];

export const partName = (identifier: string, part: 'own' | 'attached'): string => `${identifier} ${part}`;

export interface GroupContext {
  catalog: SeriesCatalog;
  identifiers: LoadedIdentifiers;
  statements: GroupStatements | null;
}

/** Null where figures are not grouped. */
export function groupsOf(
  { catalog, identifiers, statements }: GroupContext,
  profile: string,
  at: keyof GroupStatements = 'after',
): ProfileGroups | null {
  if (statements === null) return null;
  const parts = partNamesOf(identifiers, profile).map((name) => statements[at].get(name) ?? []);
  return catalog.statedDimensions.map((dimension, place) => {
    let decisive: Statement | null = null;
    for (const part of parts) decisive = decisiveOf(dimension, decisive, part[place] ?? null);
    return decisive?.value ?? null;
  });
}

function partNamesOf(identifiers: LoadedIdentifiers, profile: string): string[] {
  return identifiers
    .partsOf(profile)
    .flatMap(({ id, root }) =>
      root === id ? [partName(id, 'own'), partName(id, 'attached')] : [partName(id, 'attached')],
    );
}

export function isSameGroups(left: ProfileGroups | null, right: ProfileGroups | null): boolean {
  return left?.every((value, place) => value === right?.[place]) ?? right === null;
}

/** Of two statements the one that gives the dimension its value. */
export function decisiveOf(
  dimension: string,
  left: Statement | null,
  right: Statement | null,
): Statement | null {
  if (left === null || right === null) return left ?? right;
  if (takesFirst(dimension)) return compareMoments(left, right) <= 0 ? left : right;
  if (left.byServer !== right.byServer) return left.byServer ? left : right;
  return compareMoments(left, right) >= 0 ? left : right;
}
