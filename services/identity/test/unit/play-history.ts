/** Random histories of the reference model, as the store in memory takes them. */
import { type History, isBlockedValue, type Operation } from '@throughline/testkit';
import type { IncomingTouchpoint } from '../../src/core/mentions.ts';
import type { MemoryIdentity } from './memory-identity.ts';
import { incoming, toDecision, toErasure, toRules } from './world-input.ts';

export function play(identity: MemoryIdentity, batch: readonly Operation[], settle: () => void): void {
  let touchpoints: IncomingTouchpoint[] = [];
  const flush = () => {
    if (touchpoints.length > 0) identity.consume(touchpoints);
    touchpoints = [];
  };
  for (const operation of batch) {
    if (operation.kind === 'touchpoint') {
      touchpoints.push(incoming(operation.touchpoint));
      continue;
    }
    flush();
    if (operation.kind === 'decision') identity.decide(toDecision(operation.decision));
    if (operation.kind === 'withdraw') identity.withdraw(operation.decisionId);
    if (operation.kind === 'rules') identity.changeRules(toRules(operation.rules));
    if (operation.kind === 'erase') identity.erase(toErasure(operation.erasure));
  }
  flush();
  settle();
}

/** Only identifiers that exist can be named in a decision; the API refuses others. */
export function existing(history: History): Operation[] {
  const mentioned = new Set(
    history.operations.flatMap((one) =>
      one.kind === 'touchpoint'
        ? one.touchpoint.identifiers.map(({ type, value }) => `${type}:${value}`)
        : [],
    ),
  );
  return history.operations.flatMap((one): Operation[] => {
    if (one.kind !== 'decision') return [one];
    const sides = one.decision.sides.map((side) =>
      side.filter(
        ({ type, value }) =>
          mentioned.has(`${type}:${value}`) &&
          !(one.decision.kind === 'merge' && isBlockedValue(type, value)),
      ),
    );
    const enough =
      one.decision.kind === 'merge' ? (sides[0]?.length ?? 0) > 1 : sides.every((side) => side.length > 0);
    return enough ? [{ ...one, decision: { ...one.decision, sides } }] : [];
  });
}
