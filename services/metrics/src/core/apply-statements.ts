/**
 * What touchpoints state about the groups of their profiles, into grouped figures: where a batch changes the value of a
 * dimension, all that the profile counts moves to the other group. It goes first: everything after it is counted in the groups
 * that the batch leads to.
 */
import type { ApplyContext } from './apply-context.ts';
import { countedHistory } from './apply-facts.ts';
import { onTime, type Change } from './cause.ts';
import type { Statement } from './group-dimension.ts';
import { emitAllGroupedGrowth } from './grouped-growth.ts';
import { groupsOf, isSameGroups, type PartStatements } from './group-values.ts';
import type { MembershipUpdate } from './memberships.ts';

/** @param causes by identifier, of the touchpoints that came to it or left it */
export function applyStatements(
  context: ApplyContext,
  updates: readonly MembershipUpdate[],
  causes: ReadonlyMap<string, Change>,
): void {
  const { catalog, identifiers, statements, sums } = context;
  if (statements === null) return;
  const changes = new Map<string, Change>();
  for (const name of new Set([...statements.before.keys(), ...statements.after.keys()])) {
    if (isSame(statements.before.get(name) ?? [], statements.after.get(name) ?? [])) continue;
    const [id = ''] = name.split(' ');
    const state = identifiers.find(id);
    if (state === undefined || changes.has(state.profile)) continue;
    changes.set(state.profile, causeOf(context, id, updates, causes));
  }
  for (const [profile, change] of changes) {
    const before = groupsOf(context, profile, 'before');
    const after = groupsOf(context, profile);
    const history = countedHistory(context, profile);
    if (history === null || before === null || after === null || isSameGroups(before, after)) continue;
    const emit = sums.under(change);
    emitAllGroupedGrowth({ catalog, history, groups: before }, -1, emit);
    emitAllGroupedGrowth({ catalog, history, groups: after }, 1, emit);
  }
}

function isSame(before: PartStatements, after: PartStatements): boolean {
  const nameOf = (statement: Statement | null) =>
    statement === null ? '' : JSON.stringify([statement.at, statement.source, statement.id, statement.value]);
  const names = (statements: PartStatements) => statements.map(nameOf).join('\n');
  return names(before) === names(after);
}

/** Of a touchpoint of the part, or of the membership that brings it a statement or takes it away. */
function causeOf(
  { identifiers }: ApplyContext,
  id: string,
  updates: readonly MembershipUpdate[],
  causes: ReadonlyMap<string, Change>,
): Change {
  const own = causes.get(id);
  if (own !== undefined) return own;
  for (const [identifier, change] of causes) {
    if (identifiers.find(identifier)?.root === id) return change;
  }
  const update = updates.find(
    ({ identifier, root }) => root === id || identifiers.find(identifier)?.root === id,
  );
  return update?.change ?? onTime;
}
