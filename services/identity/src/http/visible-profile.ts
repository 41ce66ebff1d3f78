/** A profile as a key may see it: of what its list of fields leaves out there is nothing, not even a name. Counts and times stay. */
import type { ProfileFields } from '@throughline/contracts';
import type { FoundProfile } from '../db/find-profiles.ts';

export function visibleProfile(profile: FoundProfile, fields: ProfileFields): FoundProfile {
  return {
    ...profile,
    identifiers: profile.identifiers.filter(({ type }) => fields.shows('identifiers', type)),
    traits: shownOf(profile.traits, (name) => fields.shows('traits', name)),
    consents: shownOf(profile.consents, (category) => fields.shows('consents', category)),
    feedback: shownOf(profile.feedback, (survey) => fields.shows('feedback', survey)),
    computed: fields.shows('computed') ? profile.computed : null,
  };
}

function shownOf<T>(
  record: Readonly<Record<string, T>>,
  isShown: (name: string) => boolean,
): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => isShown(name)));
}
