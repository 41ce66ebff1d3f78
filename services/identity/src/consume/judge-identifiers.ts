/** The identifiers of a touchpoint as an erasure judges them: by the rules that were in force when it was requested. */
import type { AcceptedTouchpoint } from '@throughline/contracts';
import type { JudgedIdentifier } from '../core/mentions.ts';
import { nameIdentifiers } from './decode-touchpoint.ts';
import type { IdentityContext } from './identity-context.ts';

type JudgingContext = Pick<IdentityContext, 'ids' | 'rules'>;

/** By version, each once; in the order of the touchpoint. */
export function createJudge(
  { ids, rules }: JudgingContext,
  accepted: AcceptedTouchpoint,
): (version: number) => readonly JudgedIdentifier[] {
  const judged = new Map<number, JudgedIdentifier[]>();
  return (version) => {
    const former = rules.former.get(version);
    const key = former?.version ?? rules.current.version;
    let named = judged.get(key);
    if (named === undefined) {
      named = nameIdentifiers(accepted, ids, former ?? rules.current).map(({ identifier, value }) => ({
        ...identifier,
        blocked: rules.current.isBlocked(identifier.type, value),
        blockedThen: identifier.blocked,
      }));
      judged.set(key, named);
    }
    return named;
  };
}

/** What former rules call them, where that differs. Nearly always none. */
export function formerNames(
  { ids, rules }: JudgingContext,
  accepted: AcceptedTouchpoint,
): { id: string; value: string }[] {
  return [...rules.former.values()].flatMap((former) =>
    nameIdentifiers(accepted, ids, former).map(({ identifier: { id }, value }) => ({ id, value })),
  );
}
