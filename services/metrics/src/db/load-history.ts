/**
 * Days of histories, with the nearest ones before and after what is asked for: each probe is a short range of an index,
 * whatever the length of the history. What is read is under the locks of the batch.
 */
import type { PoolClient } from 'pg';
import type { HistoryNeed, LoadedHistory, MarkLookup } from '../core/loaded-history.ts';
import type { HistoryNeeds } from '../core/working-history.ts';
import type { StageMark } from '../core/stage-mark.ts';
import { findRemainingMarks } from './find-remaining-marks.ts';
import { findMarkDays } from './find-mark-days.ts';
import { findActivityDays } from './find-activity-days.ts';

/** What is read beside the days that are asked for, and what is left out. */
export interface HistoryReach {
  /** Days before and after. */
  neighbours: number;
  /** Identifiers whose own marks are left out of what is attached. */
  separate: ReadonlySet<string>;
}

export async function loadHistory(
  client: PoolClient,
  generation: number,
  needs: HistoryNeeds,
  history: LoadedHistory,
  reach: HistoryReach,
): Promise<void> {
  const counts = needs.days.filter(({ activity }) => activity !== null);
  const marks = needs.days.filter(({ activity }) => activity === null);
  if (counts.length > 0) {
    const rows = await findActivityDays(client, generation, counts, reach.neighbours);
    learn(counts, rows, reach.neighbours, (need, span, found) =>
      history.learnCounts(
        need,
        span,
        found.map(({ day, count }) => [day, count]),
      ),
    );
  }
  if (marks.length > 0) {
    const rows = await findMarkDays(client, generation, marks, reach);
    learn(marks, rows, reach.neighbours, (need, span, found) =>
      history.learnMarks(
        need,
        span,
        found.map(({ day, mark }): [number, StageMark] => [day, mark]),
      ),
    );
  }
  if (needs.remaining.length > 0) await loadRemaining(client, generation, needs.remaining, history);
}

async function loadRemaining(
  client: PoolClient,
  generation: number,
  lookups: readonly MarkLookup[],
  history: LoadedHistory,
): Promise<void> {
  const found = await findRemainingMarks(client, generation, lookups);
  const marks = new Map(found.map(({ identifier, day, mark }) => [`${identifier} ${day}`, mark]));
  for (const lookup of lookups) {
    history.learnRemaining(lookup, marks.get(`${lookup.identifier} ${lookup.day}`) ?? null);
  }
}

/** A day that was found for the need at the place. */
interface FoundDay {
  place: number;
  day: number;
}

function learn<Row extends FoundDay>(
  needs: readonly HistoryNeed[],
  rows: readonly Row[],
  neighbours: number,
  save: (need: HistoryNeed, span: { from: number; to: number }, found: readonly Row[]) => void,
): void {
  const byPlace = Map.groupBy(rows, ({ place }) => place);
  needs.forEach((need, index) => {
    const found = byPlace.get(index + 1) ?? [];
    const below = found.filter(({ day }) => day < need.from).map(({ day }) => day);
    const above = found.filter(({ day }) => day > need.to).map(({ day }) => day);
    const span = {
      from: below.length < neighbours ? Number.NEGATIVE_INFINITY : Math.min(...below),
      to: above.length < neighbours ? Number.POSITIVE_INFINITY : Math.max(...above),
    };
    save(need, span, found);
  });
}
