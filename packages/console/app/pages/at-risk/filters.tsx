/** Which of the profiles at risk are listed: by stage, relationship and value, of a store, or that agreed to something. */
import { useEffect, useState } from 'preact/hooks';
import { Choice } from '../../parts/choice.tsx';
import { useDeployment } from '../../shell/session.ts';
import { useAddress } from '../../shell/use-address.ts';

export type Filters = Readonly<Record<FilterName, string | undefined>>;
type FilterName = 'stage' | 'relationship' | 'valueClass' | 'store' | 'consent';

const relationships = ['prospect', 'customer', 'repeat'];
const valueClasses = ['A', 'B', 'C'];
/** The longest text that the API takes. */
const maxLength = 200;

/** Of the address; a value that there is not filters nothing. */
export function useFilters(): Filters {
  const { query } = useAddress();
  const { stages } = useDeployment();
  const oneOf = (name: FilterName, options: readonly string[]) =>
    options.find((option) => option === query[name]);
  const text = (name: FilterName) => query[name]?.slice(0, maxLength) || undefined;
  return {
    stage: oneOf('stage', stages),
    relationship: oneOf('relationship', relationships),
    valueClass: oneOf('valueClass', valueClasses),
    store: text('store'),
    consent: text('consent'),
  };
}

export function FilterChoices({ filters }: { filters: Filters }) {
  const { stages } = useDeployment();
  const { change } = useAddress();
  const choice = (label: string, name: FilterName, options: readonly string[]) => (
    <Choice
      label={label}
      value={filters[name] ?? ''}
      options={[{ value: '', text: 'any' }, ...options.map((value) => ({ value, text: value }))]}
      onChange={(value) => change({ [name]: value })}
    />
  );
  return (
    <>
      {choice('Stage', 'stage', stages)}
      {choice('Relationship', 'relationship', relationships)}
      {choice('Value class', 'valueClass', valueClasses)}
    </>
  );
}

/** Texts, which are applied together. */
export function TextFilters({ filters }: { filters: Filters }) {
  const { change } = useAddress();
  const shown = { store: filters.store ?? '', consent: filters.consent ?? '' };
  const [texts, setTexts] = useState(shown);
  useEffect(() => setTexts(shown), [shown.store, shown.consent]);
  const field = (name: keyof typeof shown, label: string) => (
    <label class="choice">
      <span>{label}</span>
      <input
        value={texts[name]}
        maxLength={maxLength}
        onInput={(event) => setTexts({ ...texts, [name]: event.currentTarget.value })}
      />
    </label>
  );
  return (
    <form
      class="range"
      onSubmit={(event) => {
        event.preventDefault();
        change({ store: texts.store.trim(), consent: texts.consent.trim() });
      }}
    >
      {field('store', 'Home store')}
      {field('consent', 'Agreed to, such as marketing')}
      <button type="submit" disabled={texts.store === shown.store && texts.consent === shown.consent}>
        Filter
      </button>
    </form>
  );
}
