/** Decisions that name an identifier of the profile, and their undoing. */
import { addressOf, send } from '../../api/ask.ts';
import type { Decision, Preview, Profile } from '../../api/identity-answers.ts';
import { useAnswer } from '../../api/use-answer.ts';
import { IdentifierName } from '../../parts/identifier-name.tsx';
import { Empty, Shown } from '../../parts/states.tsx';
import { formatMoment } from '../../text/format.ts';
import { Confirm } from './confirm.tsx';
import { useDecision } from './use-decision.ts';

interface DecisionsProps {
  profile: Profile;
  onDecided: () => void;
}

/** The newest that are looked through: identity lists them all, newest first. */
const looked = 100;

export function Decisions({ profile, onDecided }: DecisionsProps) {
  const asked = useAnswer<{ items: readonly Decision[]; nextCursor: string | null }>(
    addressOf('identity', '/v1/identity/decisions', { limit: looked }),
  );
  const own = new Set(profile.identifiers.map(({ id }) => id));
  return (
    <Shown asked={asked} what="the decisions">
      {({ items, nextCursor }) => {
        const about = items.filter((decision) => partiesOf(decision).some(({ id }) => own.has(id)));
        return (
          <>
            {about.length === 0 ? <Empty>No decision was made about it.</Empty> : null}
            <ul class="results">
              {about.map((decision) => (
                <Entry
                  key={decision.id}
                  decision={decision}
                  onDecided={() => {
                    asked.reload();
                    onDecided();
                  }}
                />
              ))}
            </ul>
            {nextCursor === null ? null : (
              <p class="note">The newest {looked} decisions of the deployment were looked through.</p>
            )}
          </>
        );
      }}
    </Shown>
  );
}

function partiesOf({ refs, sides }: Decision) {
  return [...(refs ?? []), ...(sides ?? []).flat()];
}

function Entry({ decision, onDecided }: { decision: Decision; onDecided: () => void }) {
  const path = `/v1/identity/decisions/${decision.id}`;
  const deciding = useDecision({
    dryRun: async () =>
      await send<Preview>(addressOf('identity', path, { dryRun: 'true' }), { method: 'DELETE' }),
    make: async () => await send(addressOf('identity', path), { method: 'DELETE' }),
    onDecided,
  });
  const isActive = decision.state === 'active';
  return (
    <li>
      <p class="inline-list">
        <strong>{decision.kind}</strong>
        {partiesOf(decision).map((party) => (
          <IdentifierName key={party.id} identifier={party} />
        ))}
        {isActive ? null : <span class="tag">withdrawn</span>}
      </p>
      <p class="muted">
        {formatMoment(decision.madeAt)}, by {decision.madeBy.author ?? decision.madeBy.key}
        {decision.note === '' ? '' : `: ${decision.note}`}
      </p>
      {isActive && deciding.preview === null ? (
        <button
          type="button"
          class="quiet"
          disabled={deciding.isPending}
          onClick={() => void deciding.tryOut()}
        >
          Undo
        </button>
      ) : null}
      <Confirm deciding={deciding} action="Undo the decision" />
    </li>
  );
}
