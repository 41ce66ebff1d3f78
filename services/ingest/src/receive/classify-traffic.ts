/**
 * Which requests may keep others waiting in the log: large ones, and those of a sender that has just sent many small ones. Their
 * touchpoints are written as bulk traffic, which consumers handle in turns with the rest.
 *
 * A sender is a source, and with a public key an address of it: a visitor's page must not wait for another sender's import, nor
 * for a flood that is sent with the key of the page. Counted in this process, as its limits are: of several processes each
 * takes its share for interactive.
 */
import type { TrafficClass } from '@throughline/event-log';
import { DecayingCounts } from '../core/decaying-counts.ts';

/** Clients in the field send at most 100 touchpoints at once while a person waits. */
export const largeRequestItems = 100;
/**
 * Consumers handle some thousands of touchpoints a second, so this many are at most two seconds of work. A sender that sends on
 * at more than 350 a second stays above it.
 */
export const busySenderTouchpoints = 5_000;
/** Of all addresses of a source together: a flood from many addresses must not delay other sources. */
export const busySourceTouchpoints = 20_000;
const halfLifeMs = 10_000;
const rememberedSources = 1_010;
const rememberedAddresses = 10_000;

/** @param now milliseconds of a clock that never goes back */
export function createClassifyTraffic(
  now: () => number = () => performance.now(),
): (sender: { source: string; address?: string | null | undefined }, items: number) => TrafficClass {
  const ofSources = new DecayingCounts({ halfLifeMs, remembered: rememberedSources });
  const ofAddresses = new DecayingCounts({ halfLifeMs, remembered: rememberedAddresses });
  return ({ source, address = null }, items) => {
    // Not counted: what a server sends one by one beside its import is what people do now.
    if (items > largeRequestItems) return 'bulk';
    const fromSource = ofSources.add(source, items, now());
    const isBusy =
      address === null
        ? fromSource > busySenderTouchpoints
        : ofAddresses.add(`${source} ${address}`, items, now()) > busySenderTouchpoints ||
          fromSource > busySourceTouchpoints;
    return isBusy ? 'bulk' : 'interactive';
  };
}
