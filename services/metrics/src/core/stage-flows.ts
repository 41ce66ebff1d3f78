/** Entries into stages, exits from them, and the transitions that both are made of. */
import { relationships, type Relationship } from '@throughline/contracts';

/** A number of profiles that were in another stage or relationship than the day before. */
export interface StageMove {
  day: number;
  /** Null before the first stage. */
  fromStage: string | null;
  fromRelationship: Relationship | null;
  toStage: string;
  toRelationship: Relationship;
  count: number;
}

export interface StageFlow {
  entries: number;
  exits: number;
}

export interface StageTransition {
  from: string | null;
  to: string;
  count: number;
  /** By the relationship at the end of the day. */
  relationships: Record<Relationship, number>;
}

export function stageMoveOf(
  dimensions: Readonly<Record<string, string | number>>,
  { day, count }: { day: number; count: number },
): StageMove {
  const { fromStage = null, fromRelationship = null, toStage = '', toRelationship = '' } = dimensions;
  return {
    day,
    count,
    fromStage: fromStage as string | null,
    fromRelationship: fromRelationship as Relationship | null,
    toStage: toStage as string,
    toRelationship: toRelationship as Relationship,
  };
}

/**
 * By stage. Of one relationship, those who change it within a stage leave the one and enter the other; of all together they
 * stay. So entries less exits is the change of the occupancy, either way.
 */
export function stageFlows(
  moves: readonly StageMove[],
  stages: readonly string[],
  relationship: Relationship | null,
): Map<string, StageFlow> {
  const flows = new Map(stages.map((stage) => [stage, { entries: 0, exits: 0 }]));
  for (const { fromStage, fromRelationship, toStage, toRelationship, count } of moves) {
    if (relationship === null && fromStage === toStage) continue;
    const entered = flows.get(toStage);
    const left = flows.get(fromStage ?? '');
    if (entered !== undefined && (relationship ?? toRelationship) === toRelationship)
      entered.entries += count;
    if (left !== undefined && (relationship ?? fromRelationship) === fromRelationship) left.exits += count;
  }
  return flows;
}

/** Those between different stages, in the order of the stages; none that did not occur. */
export function stageTransitions(
  moves: readonly StageMove[],
  stages: readonly string[],
  relationship: Relationship | null,
): StageTransition[] {
  const transitions: StageTransition[] = [];
  const changes = moves.filter(
    ({ fromStage, toStage, toRelationship }) =>
      fromStage !== toStage && (relationship ?? toRelationship) === toRelationship,
  );
  for (const from of [null, ...stages]) {
    for (const to of stages) {
      const own = changes.filter(({ fromStage, toStage }) => fromStage === from && toStage === to);
      const counts = Object.fromEntries(
        relationships.map((name) => [name, sum(own.filter(({ toRelationship }) => toRelationship === name))]),
      ) as Record<Relationship, number>;
      const count = sum(own);
      if (count !== 0) transitions.push({ from, to, count, relationships: counts });
    }
  }
  return transitions;
}

function sum(moves: readonly StageMove[]): number {
  return moves.reduce((total, { count }) => total + count, 0);
}
