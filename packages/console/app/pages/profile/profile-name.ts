import type { Profile } from '../../api/identity-answers.ts';

/** What to call a profile: its name, else its strongest identifier, else its id. */
export function nameOf({ traits, identifiers, id }: Profile): string {
  const trait = (...names: readonly string[]): string => {
    for (const name of names) {
      const value = traits[name]?.value;
      if (typeof value === 'string' && value.trim() !== '') return value.trim();
    }
    return '';
  };
  const parts = [trait('firstName', 'first_name'), trait('lastName', 'last_name')].filter(
    (part) => part !== '',
  );
  const name = trait('name') || parts.join(' ');
  return name || identifiers[0]?.value || id;
}
