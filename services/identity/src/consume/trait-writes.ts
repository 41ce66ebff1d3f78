/** The last statement of each identifier, trust, kind and name within a batch, so that one statement never writes a row twice. */
import { type Trust, compareText } from '@throughline/contracts';
import type { Statement } from '../core/statements.ts';
import { maxPublicTraits, type TraitWrite } from '../db/save-traits.ts';
import type { IdentifierIds } from '../identifier-id.ts';

/** A touchpoint, for what it states of the identifier that it belongs to. */
export interface TraitSource {
  /** The touchpoint's primary identifier. */
  identifier: string;
  trust: Trust;
  at: string;
  source: string;
  touchpointId: string;
  statements: readonly Statement[];
}

export function lastTraits(
  ids: Pick<IdentifierIds, 'traitRank'>,
  sources: readonly TraitSource[],
): TraitWrite[] {
  const last = new Map<string, Map<string, TraitWrite>>();
  for (const { statements, ...of } of sources) {
    for (const { kind, name, value } of statements) {
      const group = `${of.identifier} ${of.trust} ${kind}`;
      const byName = last.get(group) ?? new Map<string, TraitWrite>();
      last.set(group, byName);
      const rank = ids.traitRank(name);
      const write: TraitWrite = { ...of, kind, name, rank, value: JSON.stringify(value) };
      const current = byName.get(name);
      if (current === undefined || compareWrites(write, current) > 0) byName.set(name, write);
    }
  }
  return [...last.values()].flatMap((byName) => limitPublic([...byName.values()]));
}

/** What is over the limit of a batch is over the limit of the identifier, too. */
function limitPublic(writes: TraitWrite[]): TraitWrite[] {
  if (writes[0]?.trust !== 'public' || writes.length <= maxPublicTraits) return writes;
  return writes.toSorted(compareRanks).slice(0, maxPublicTraits);
}

function compareRanks(left: TraitWrite, right: TraitWrite): number {
  return compareText(left.rank, right.rank) || compareText(left.name, right.name);
}

function compareWrites(left: TraitWrite, right: TraitWrite): number {
  return (
    compareText(left.at, right.at) ||
    compareText(left.source, right.source) ||
    compareText(left.touchpointId, right.touchpointId)
  );
}
