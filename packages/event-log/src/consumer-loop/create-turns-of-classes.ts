/**
 * The classes of traffic take turns of their own, side by side: a single request does not wait for the bulk transaction that runs. What
 * both change they lock, as two processes do.
 */
import { createTurns, type TurnLimits, type TurnPart, type Turns } from './create-turns.ts';
import type { TrafficClass } from '../traffic-class.ts';

export interface ClassifiedPart extends TurnPart {
  traffic: TrafficClass;
}

/** @param limits of a turn of the class. @param work as of `createTurns`: parts of one class */
export function createTurnsOfClasses<P extends ClassifiedPart>(
  limits: (traffic: TrafficClass) => TurnLimits,
  work: (parts: readonly P[]) => Promise<void>,
): Turns<P> {
  const turns = {
    interactive: createTurns<P>(() => limits('interactive'), work),
    bulk: createTurns<P>(() => limits('bulk'), work),
  };
  return (part) => turns[part.traffic](part);
}
