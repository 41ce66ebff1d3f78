/** The service over maps instead of tables: what the core decides, without SQL. Loads little at a time, as tables do. */
import type { ResolvedRecord } from '@throughline/contracts';
import { applyBatch, type AppliedChanges } from '../src/core/apply-batch.ts';
import type { LoadedState } from '../src/core/batch-input.ts';
import { createReportingCalendar } from '../src/core/calendar.ts';
import type { LoadedTransaction } from '../src/core/decide-transactions.ts';
import type { Delta } from '../src/core/delta.ts';
import type { Fact } from '../src/core/fact.ts';
import {
  decideFactEffects,
  placeFacts,
  undoneBy,
  type FactChange,
  type SavedFact,
} from '../src/core/fact-effects.ts';
import { figureChannelOf } from '../src/core/figure-channel.ts';
import type { Statement } from '../src/core/group-dimension.ts';
import { decisiveOf, partName, type GroupStatements, type PartStatements } from '../src/core/group-values.ts';
import { LoadedHistory, type HistoryNeed } from '../src/core/loaded-history.ts';
import {
  createIdentifierState,
  LoadedIdentifiers,
  type IdentifierState,
} from '../src/core/loaded-identifiers.ts';
import { joinChanges } from '../src/core/join-changes.ts';
import { newestMemberships } from '../src/core/memberships.ts';
import { placeFact, type FactPlace } from '../src/core/place-fact.ts';
import { newestFacts } from '../src/core/newest-facts.ts';
import { requiredIdentifiers, type TouchedIdentifiers } from '../src/core/required-identifiers.ts';
import { separateIdentifiers } from '../src/core/separate-identifiers.ts';
import type { SeriesCatalog } from '../src/core/series.ts';
import type { CellChange } from './maintained-figures.ts';
import { splitBatch, type BatchPart } from '../src/core/split-batch.ts';
import { laterMark, type StageMark } from '../src/core/stage-mark.ts';
import { touchedIdentifiers } from '../src/core/touched-identifiers.ts';
import type { CountedRecord } from '../src/core/transaction.ts';
import { transactionRecordOf } from '../src/core/transaction-record.ts';
import type { HistoryNeeds } from '../src/core/working-history.ts';

/** Days before and after what is asked for: few, so that histories are loaded in several rounds. */
const neighbours = 1;

type Batch = Parameters<typeof applyBatch>[0];

export class MemoryFigures {
  readonly #facts = new Map<string, Fact>();
  readonly #identifiers = new Map<string, IdentifierState>();
  /** `<identifier> <part> <activity>` -> day -> occurrences */
  readonly #counts = new Map<string, Map<number, number>>();
  /** `<source> <id>` -> whose mark it is */
  readonly #marks = new Map<string, { identifier: string; day: number; mark: StageMark }>();
  /** `<source> <id>` -> what it states about the groups of its profile */
  readonly #stated = new Map<string, Pick<FactChange, 'statements'> & { identifier: string }>();
  #counted: CountedRecord[] = [];
  readonly #ambiguous = new Map<string, readonly string[]>();
  readonly #calendar = createReportingCalendar('UTC', 6);
  readonly #catalog: SeriesCatalog;
  readonly deltas: Delta[] = [];

  constructor(catalog: SeriesCatalog) {
    this.#catalog = catalog;
  }

  apply(records: readonly ResolvedRecord[]): void {
    const catalog = this.#catalog;
    const placing = { catalog, calendar: this.#calendar };
    const changes = placeFacts(placing, this.#saveFacts(newestFacts(records)));
    const updates = newestMemberships(records);
    const facts = decideFactEffects(this.#calendar, changes);
    const batch = { catalog, updates, changes, facts, closedThrough: Number.NEGATIVE_INFINITY };
    const state = this.#load(batch);
    const separate = separateIdentifiers(updates, changes, state.identifiers);
    const applied = splitBatch(batch, state).map((part) => this.#applyPart(part, { separate, changes }));
    this.#save(joinChanges(applied));
    this.#saveMarks(changes);
  }

  #applyPart(
    { input, loaded }: BatchPart,
    reach: { separate: ReadonlySet<string>; changes: readonly FactChange[] },
  ): AppliedChanges {
    for (let round = 0; round < 1_000; round++) {
      const applied = applyBatch(input, loaded);
      if (applied.needs === null) return applied.changes;
      this.#loadNeeds(loaded.history, applied.needs, reach);
    }
    throw new Error('the batch needs more and more');
  }

  changes(): CellChange[] {
    const sums = new Map<string, CellChange>();
    for (const { series, days, cells, amounts } of this.deltas) {
      days.forEach((day, index) => {
        const cell = cells?.[index] ?? 0;
        const sum = sums.get(`${series} ${day} ${cell}`) ?? { series, day, cell, amount: 0 };
        sum.amount += amounts[index] ?? 0;
        sums.set(`${series} ${day} ${cell}`, sum);
      });
    }
    return [...sums.values()];
  }

  #saveFacts(facts: readonly Fact[]): SavedFact[] {
    return facts.flatMap((fact): SavedFact[] => {
      const known = this.#facts.get(fact.key);
      if (known !== undefined && known.assignmentVersion >= fact.assignmentVersion) return [];
      this.#facts.set(fact.key, fact);
      if (known === undefined) return [{ fact, movedFrom: null, erasedBy: null }];
      return known.identifier === fact.identifier
        ? []
        : [{ fact, movedFrom: known.identifier, erasedBy: null }];
    });
  }

  #load(batch: Batch): LoadedState {
    const identifiers = new LoadedIdentifiers();
    const transactions = new Map<string, LoadedTransaction>();
    let ambiguous = new Set<string>();
    for (;;) {
      const touched: TouchedIdentifiers = touchedIdentifiers(batch, { identifiers, transactions }, ambiguous);
      const required = requiredIdentifiers(identifiers, touched);
      const missing = [...required.identifiers].filter((id) => !identifiers.has(id));
      for (const id of missing)
        identifiers.add({ ...(this.#identifiers.get(id) ?? createIdentifierState(id)) });
      const unread = [...touched.transactions].filter((id) => !transactions.has(id));
      for (const id of unread) transactions.set(id, this.#readTransaction(id));
      if (missing.length > 0 || unread.length > 0) continue;
      for (const state of this.#identifiers.values()) {
        if (required.profiles.has(state.profile)) identifiers.add({ ...state });
      }
      const roots = new Set(
        batch.updates.length === 0
          ? []
          : [...required.profiles].flatMap((profile) => identifiers.partsOf(profile).map(({ id }) => id)),
      );
      const found = [...this.#ambiguous].filter(([, under]) => under.some((root) => roots.has(root)));
      const next = new Set([...ambiguous, ...found.map(([transaction]) => transaction)]);
      if (next.size === ambiguous.size) {
        const statements = this.#exchangeStatements(batch, identifiers);
        return { identifiers, transactions, history: new LoadedHistory(), statements };
      }
      ambiguous = next;
    }
  }

  /** What is stated before the batch, and with it. */
  #exchangeStatements({ updates, changes }: Batch, identifiers: LoadedIdentifiers): GroupStatements | null {
    if (this.#catalog.groupings.length === 0) return null;
    const roots = new Map([...identifiers.states()].map(({ id, root }) => [id, root]));
    const rootOf = (id: string) => roots.get(id) ?? this.#identifiers.get(id)?.root ?? id;
    const before = this.#statements(rootOf);
    for (const { identifier, version, root } of updates) {
      if (version > identifiers.get(identifier).version) roots.set(identifier, root);
    }
    for (const { fact, statements } of changes)
      this.#stated.set(`${fact.source} ${fact.id}`, { identifier: fact.identifier, statements });
    return { before, after: this.#statements(rootOf) };
  }

  #statements(rootOf: (id: string) => string): Map<string, PartStatements> {
    const parts = new Map<string, (Statement | null)[]>();
    for (const { identifier, statements } of this.#stated.values()) {
      const root = rootOf(identifier);
      const names = [
        partName(identifier, 'own'),
        ...(root === identifier ? [] : [partName(root, 'attached')]),
      ];
      for (const name of names) {
        const part = parts.get(name) ?? this.#catalog.statedDimensions.map(() => null);
        for (const statement of statements) {
          const dimension = this.#catalog.statedDimensions[statement.dimension] ?? '';
          part[statement.dimension] = decisiveOf(dimension, part[statement.dimension] ?? null, statement);
        }
        parts.set(name, part);
      }
    }
    return parts;
  }

  #readTransaction(transaction: string): LoadedTransaction {
    const facts = [...this.#facts.values()];
    const toRecord = (fact: Fact) => transactionRecordOf(transaction, fact, this.#place(fact));
    return {
      records: facts
        .filter((fact) => fact.transaction === transaction || undoneBy(fact) === transaction)
        .map(toRecord),
      counted: this.#counted.filter((record) => record.transaction === transaction),
      amending: facts
        .filter((fact) => fact.role === 'refund' && fact.amends === transaction)
        .map((fact) => {
          const counted = this.#counted.filter(({ key }) => key === fact.key);
          const record = toRecord(fact);
          const number = fact.transaction;
          const countedFor = number === null ? record.activities : counted.map(({ activity }) => activity);
          return { ...record, number, countedFor };
        }),
    };
  }

  #loadNeeds(
    history: LoadedHistory,
    needs: HistoryNeeds,
    { separate, changes }: { separate: ReadonlySet<string>; changes: readonly FactChange[] },
  ): void {
    for (const need of needs.days) {
      const { identifier, part, activity } = need;
      if (activity === null) {
        const marks = part === 'own' ? this.#ownMarks(identifier) : this.#attachedMarks(identifier, separate);
        const { span, values } = around(marks, need);
        history.learnMarks(need, span, values);
      } else {
        const counts = this.#counts.get(`${identifier} ${part} ${activity}`);
        const { span, values } = around(counts ?? new Map<number, number>(), need);
        history.learnCounts(need, span, values);
      }
    }
    for (const lookup of needs.remaining) {
      const leaving = new Set(
        changes.filter(({ movedFrom }) => movedFrom !== null).map(({ fact }) => `${fact.source} ${fact.id}`),
      );
      const marks = this.#ownMarks(lookup.identifier, leaving);
      history.learnRemaining(lookup, marks.get(lookup.day) ?? null);
    }
  }

  #attachedMarks(root: string, separate: ReadonlySet<string>): Map<number, StageMark> {
    const latest = new Map<number, StageMark>();
    for (const { identifier, day, mark } of this.#marks.values()) {
      if (separate.has(identifier) || identifier === root) continue;
      if (this.#identifiers.get(identifier)?.root !== root) continue;
      latest.set(day, laterMark(latest.get(day) ?? null, mark) as StageMark);
    }
    return latest;
  }

  #ownMarks(identifier: string, without: ReadonlySet<string> = new Set()): Map<number, StageMark> {
    const latest = new Map<number, StageMark>();
    for (const [name, held] of this.#marks) {
      if (held.identifier !== identifier || without.has(name)) continue;
      latest.set(held.day, laterMark(latest.get(held.day) ?? null, held.mark) as StageMark);
    }
    return latest;
  }

  #place(fact: Fact): FactPlace {
    return placeFact({ catalog: this.#catalog, calendar: this.#calendar }, fact);
  }

  #saveMarks(changes: readonly FactChange[]): void {
    for (const { fact, day, stage } of changes) {
      const { identifier, at, source, id } = fact;
      const channel = figureChannelOf(fact);
      if (stage === null) continue;
      this.#marks.set(`${source} ${id}`, { identifier, day, mark: { stage, at, source, id, channel } });
    }
  }

  #save({ sums, identifiers, counts, counted, ambiguous }: AppliedChanges): void {
    this.deltas.push(...sums.toDeltas());
    for (const state of identifiers) this.#identifiers.set(state.id, { ...state });
    for (const { identifier, isAttached, activity, day, count } of counts) {
      const name = `${identifier} ${isAttached ? 'attached' : 'own'} ${activity}`;
      setDay(this.#counts, name, day, count === 0 ? null : count);
    }
    const isRemoved = (record: CountedRecord) =>
      counted.removed.some((one) => one.key === record.key && one.activity === record.activity);
    this.#counted = [...this.#counted.filter((record) => !isRemoved(record)), ...counted.added];
    for (const [transaction, roots] of ambiguous) this.#ambiguous.set(transaction, roots);
  }
}

function setDay<T>(table: Map<string, Map<number, T>>, name: string, day: number, value: T | null): void {
  let days = table.get(name);
  if (days === undefined) table.set(name, (days = new Map()));
  if (value === null) days.delete(day);
  else days.set(day, value);
}

/** The days that are asked for and their neighbours, and the span of days that is known by that. */
function around<T>(
  rows: ReadonlyMap<number, T>,
  { from, to }: HistoryNeed,
): { span: { from: number; to: number }; values: [number, T][] } {
  const days = [...rows].sort(([left], [right]) => left - right);
  const below = days.filter(([day]) => day < from).slice(-neighbours);
  const above = days.filter(([day]) => day > to).slice(0, neighbours);
  const lowest = below[0]?.[0];
  const highest = above.at(-1)?.[0];
  return {
    span: {
      from: lowest === undefined ? Number.NEGATIVE_INFINITY : lowest,
      to: highest === undefined ? Number.POSITIVE_INFINITY : highest,
    },
    values: [...below, ...days.filter(([day]) => from <= day && day <= to), ...above],
  };
}
