import { useRef, useState } from 'preact/hooks';
import { addressOf, send } from '../../api/ask.ts';
import type { Preview, Profile } from '../../api/identity-answers.ts';
import { IdentifierName } from '../../parts/identifier-name.tsx';
import { Confirm } from './confirm.tsx';
import { useDecision } from './use-decision.ts';

interface MergeAndSplitProps {
  profile: Profile;
  onDecided: () => void;
}

const decisions = addressOf('identity', '/v1/identity/decisions');
/** Identifiers that a decision names on a side. */
const maxNamed = 50;

export function MergeAndSplit(props: MergeAndSplitProps) {
  return (
    <>
      <Merge {...props} />
      <Split {...props} />
    </>
  );
}

function Merge({ profile, onDecided }: MergeAndSplitProps) {
  const [other, setOther] = useState('');
  const note = useRef<HTMLInputElement>(null);
  const body = () => ({ kind: 'merge', refs: [profile.id, other.trim()] });
  const deciding = useDecision({
    dryRun: async () => await send<Preview>(decisions, { method: 'POST', body: { ...body(), dryRun: true } }),
    make: async () => await send(decisions, { method: 'POST', body: { ...body(), ...noted(note.current) } }),
    onDecided,
  });
  return (
    <form
      class="decide"
      onSubmit={(event) => {
        event.preventDefault();
        void deciding.tryOut();
      }}
    >
      <label>
        <span>Merge with the profile of</span>
        <input
          value={other}
          required
          maxLength={500}
          spellcheck={false}
          autocomplete="off"
          placeholder="user_id:42, or the id of a profile"
          onInput={(event) => {
            setOther(event.currentTarget.value);
            deciding.drop();
          }}
        />
      </label>
      <button type="submit" disabled={deciding.isPending}>
        What would a merge do?
      </button>
      <Confirm deciding={deciding} action="Merge">
        <Note field={note} />
      </Confirm>
    </form>
  );
}

const personTypes = /^(user_id|loyalty_id|email|phone|external\.)/;

function Split({ profile, onDecided }: MergeAndSplitProps) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const note = useRef<HTMLInputElement>(null);
  const staying = profile.identifiers.filter(({ id }) => !chosen.has(id));
  // What is attached to a person follows it; naming it would bind it to this side.
  const persons = staying.filter(({ type }) => personTypes.test(type));
  const sides = [
    persons.length > 0 ? persons : staying,
    profile.identifiers.filter(({ id }) => chosen.has(id)),
  ];
  const body = () => ({
    kind: 'split',
    sides: sides.map((side) => side.slice(0, maxNamed).map(({ id }) => id)),
  });
  const deciding = useDecision({
    dryRun: async () => await send<Preview>(decisions, { method: 'POST', body: { ...body(), dryRun: true } }),
    make: async () => await send(decisions, { method: 'POST', body: { ...body(), ...noted(note.current) } }),
    onDecided,
  });
  const choose = (id: string, isChosen: boolean): void => {
    const next = new Set(chosen);
    if (isChosen) next.add(id);
    else next.delete(id);
    setChosen(next);
    deciding.drop();
  };
  if (profile.identifiers.length < 2) return null;
  const isPossible = sides.every((side) => side.length > 0);
  return (
    <form
      class="decide"
      onSubmit={(event) => {
        event.preventDefault();
        void deciding.tryOut();
      }}
    >
      <fieldset class="decide">
        <legend>Split these off</legend>
        {profile.identifiers.slice(0, maxNamed).map((identifier) => (
          <label key={identifier.id} class="check">
            <input
              type="checkbox"
              checked={chosen.has(identifier.id)}
              onChange={(event) => choose(identifier.id, event.currentTarget.checked)}
            />
            <IdentifierName identifier={identifier} />
          </label>
        ))}
      </fieldset>
      <button type="submit" disabled={deciding.isPending || !isPossible}>
        What would a split do?
      </button>
      <Confirm deciding={deciding} action="Split">
        <Note field={note} />
      </Confirm>
    </form>
  );
}

function Note({ field }: { field: { current: HTMLInputElement | null } }) {
  return (
    <label>
      <span>Why, for a later reader</span>
      <input ref={field} maxLength={1_000} />
    </label>
  );
}

function noted(field: HTMLInputElement | null): { note?: string } {
  const text = field?.value.trim() ?? '';
  return text === '' ? {} : { note: text };
}
