/** Which parts of profiles a read key shows: the list that ingest keeps with the key, and that identity holds answers to. */
import { z } from 'zod';

export type ProfilePart = 'identifiers' | 'traits' | 'consents' | 'feedback' | 'computed';

export const profileFieldsSchema = z
  .array(
    z
      .string()
      .max(230)
      .regex(/^(?:computed|(?:identifiers|traits|consents|feedback)(?:\.[^\p{C}]+)?)$/u, {
        error:
          'must be identifiers, traits, consents, feedback or computed, or one of them such as identifiers.email or traits.plan',
      }),
  )
  .max(100)
  // Not a transform: the JSON schema of what has one shows no examples.
  .overwrite((fields) => [...new Set(fields)]);

export interface ProfileFields {
  /** @param name a type of identifiers, a trait, a category of consents or a survey; none for the whole part */
  shows(part: ProfilePart, name?: string): boolean;
  /** All names of a part that it shows; null for the whole part. */
  shownOf(part: ProfilePart): readonly string[] | null;
}

/** @param fields undefined for a key that shows everything */
export function profileFieldsOf(fields: readonly string[] | undefined): ProfileFields {
  const shown = fields === undefined ? null : new Set(fields);
  return {
    shows: (part, name) =>
      shown === null || shown.has(part) || (name !== undefined && shown.has(`${part}.${name}`)),
    shownOf: (part) => {
      if (shown === null || shown.has(part)) return null;
      const prefix = `${part}.`;
      return [...shown].flatMap((field) => (field.startsWith(prefix) ? [field.slice(prefix.length)] : []));
    },
  };
}
