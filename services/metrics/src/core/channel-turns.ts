/**
 * Changes between channels, such as from the website to the store and back. The channel of a day is that of its latest
 * stage-bearing touchpoint, so a change reads the days next to it and no others.
 */
import { purchaseDaysOf, type DayRange } from './change-range.ts';
import type { ProfileHistory } from './profile-history.ts';
import type { EmitChange, SeriesCatalog } from './series.ts';

/** Emits the changes, times `sign`, from the first day of the range to the first one after it. */
export function emitChannelTurns(
  catalog: SeriesCatalog,
  history: ProfileHistory,
  { from, to }: DayRange,
  sign: 1 | -1,
  emit: EmitChange,
): void {
  const purchases = purchaseDaysOf(catalog, history);
  const days = history.stageDays();
  const first = days.floor(from - 1);
  let before = first === null ? undefined : history.markOn(first)?.channel;
  for (let day = days.higher(from - 1); day !== null && day <= to; day = days.higher(day)) {
    const channel = history.markOn(day)?.channel;
    if (before !== undefined && channel !== undefined && channel !== before) {
      const relationship = day < purchases[0] ? 0 : day < purchases[1] ? 1 : 2;
      emit(catalog.channelTransition(before, channel, relationship), day, sign);
    }
    before = channel;
  }
}
