/**
 * Which requests may keep others waiting in the log: large ones, and those of a source that has just sent much. Their
 * touchpoints are written as bulk traffic, which consumers handle in turns with the rest.
 *
 * A source, because a visitor's page must not wait for another sender's import. Counted in this process, as its limits are: of
 * several processes each takes its share for interactive.
 */
import type { TrafficClass } from '@throughline/event-log';
import { DecayingCounts } from '../core/decaying-counts.ts';

/** Clients in the field send at most 100 touchpoints at once while a person waits. */
export const largeRequestItems = 100;
/**
 * Consumers handle some thousands of touchpoints a second, so this many are at most two seconds of work. A source that sends on
 * at more than 350 a second stays above it.
 */
export const busySourceTouchpoints = 5_000;
const halfLifeMs = 10_000;
const rememberedSources = 1_010;

/** @param now milliseconds of a clock that never goes back */
export function createClassifyTraffic(
  now: () => number = () => performance.now(),
): (source: string, items: number) => TrafficClass {
  const sent = new DecayingCounts({ halfLifeMs, remembered: rememberedSources });
  return (source, items) => {
    const lately = sent.add(source, items, now());
    return items > largeRequestItems || lately > busySourceTouchpoints ? 'bulk' : 'interactive';
  };
}
