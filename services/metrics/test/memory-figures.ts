/**
 * The pure core driven over maps instead of tables, in the same steps as `applyRecords`: lets a property test run thousands
 * of histories. That the tables do the same is for the integration tests.
 */
import type { ResolvedRecord } from '@throughline/contracts';
import { applyFactEffects, applyMemberships } from '../src/core/apply-changes.ts';
import { createReportingCalendar } from '../src/core/calendar.ts';
import { DeltaSums, type Delta } from '../src/core/delta.ts';
import type { Fact } from '../src/core/fact.ts';
import { decideFactEffects, type FactChange } from '../src/core/fact-effects.ts';
import { decodeHistory, encodeHistory, type StageMark } from '../src/core/history.ts';
import { newestMemberships } from '../src/core/memberships.ts';
import { compareMoments } from '../src/core/moment.ts';
import { newestFacts } from '../src/core/newest-facts.ts';
import { createRemainingStages, neededStageLookups, type StageLookup } from '../src/core/remaining-stages.ts';
import { requiredIdentifiers } from '../src/core/required-identifiers.ts';
import type { SeriesCatalog } from '../src/core/series.ts';
import { transactionName, type TransactionWinner } from '../src/core/transaction.ts';
import { createIdentifierState, World, type IdentifierState } from '../src/core/world.ts';

export class MemoryFigures {
  readonly #facts = new Map<string, Fact>();
  readonly #winners = new Map<string, TransactionWinner>();
  readonly #identifiers = new Map<string, IdentifierState>();
  readonly #calendar = createReportingCalendar('UTC', 6);
  readonly #catalog: SeriesCatalog;
  readonly deltas: Delta[] = [];

  constructor(catalog: SeriesCatalog) {
    this.#catalog = catalog;
  }

  apply(records: readonly ResolvedRecord[]): void {
    const catalog = this.#catalog;
    const changes = this.#saveFacts(newestFacts(records, catalog, this.#calendar));
    const updates = newestMemberships(records);
    const { effects, winners } = decideFactEffects(catalog, this.#calendar, changes, this.#winners);
    for (const winner of winners)
      this.#winners.set(transactionName(winner.activity, winner.transaction), winner);

    const world = new World();
    for (;;) {
      const required = requiredIdentifiers(world, updates, effects);
      const missing = [...required.identifiers].filter((id) => !world.has(id));
      for (const id of missing) world.add(copyState(this.#identifiers.get(id) ?? createIdentifierState(id)));
      if (missing.length > 0) continue;
      for (const state of this.#identifiers.values()) {
        if (required.profiles.has(state.profile) && state.profile !== state.id) world.add(copyState(state));
      }
      break;
    }
    const roots = new Map([...this.#identifiers.values()].map((state) => [state.id, state.root]));
    for (const update of updates) {
      if (update.version > (this.#identifiers.get(update.identifier)?.version ?? -1)) {
        roots.set(update.identifier, update.root);
      }
    }
    const lookups = neededStageLookups(world, updates, effects);
    const remaining = createRemainingStages(lookups.flatMap((lookup) => this.#findStage(lookup, roots)));
    const sums = new DeltaSums();
    applyMemberships({ catalog, world, sums, remaining }, updates);
    applyFactEffects({ catalog, world, sums, remaining }, effects);
    for (const state of world.changed) this.#identifiers.set(state.id, copyState(state));
    this.deltas.push(...sums.toDeltas());
  }

  changes(): { series: number; day: number; amount: number }[] {
    const sums = new Map<string, { series: number; day: number; amount: number }>();
    for (const { series, days, amounts } of this.deltas) {
      days.forEach((day, index) => {
        const cell = sums.get(`${series} ${day}`) ?? { series, day, amount: 0 };
        cell.amount += amounts[index] ?? 0;
        sums.set(`${series} ${day}`, cell);
      });
    }
    return [...sums.values()];
  }

  #saveFacts(facts: readonly Fact[]): FactChange[] {
    return facts.flatMap((fact): FactChange[] => {
      const known = this.#facts.get(fact.key);
      if (known !== undefined && known.assignmentVersion >= fact.assignmentVersion) return [];
      this.#facts.set(fact.key, fact);
      if (known === undefined) return [{ fact, movedFrom: null }];
      return known.identifier === fact.identifier ? [] : [{ fact, movedFrom: known.identifier }];
    });
  }

  #findStage(lookup: StageLookup, roots: ReadonlyMap<string, string>): (StageLookup & { mark: StageMark })[] {
    const marks = [...this.#facts.values()]
      .filter(({ day, stage }) => day === lookup.day && stage !== null)
      .filter(({ identifier }) =>
        lookup.of === 'own'
          ? identifier === lookup.identifier
          : identifier !== lookup.identifier && roots.get(identifier) === lookup.identifier,
      )
      .map(({ stage, at, source, id }) => ({ stage: stage ?? '', at, source, id }))
      .sort(compareMoments);
    const mark = marks.at(-1);
    return mark === undefined ? [] : [{ ...lookup, mark }];
  }
}

function copyState(state: IdentifierState): IdentifierState {
  return {
    ...state,
    own: decodeHistory(encodeHistory(state.own)),
    hung: decodeHistory(encodeHistory(state.hung)),
  };
}
