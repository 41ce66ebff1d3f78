/**
 * Types of a deployment's own: `external.<ns>`, sent by a source that says so. The policy says of each whether it stands for a person
 * or is attached to one, and how its values are normalized. One that is attached is a carrier, and has a type among those.
 */
import type { IdentifierType } from '@throughline/contracts';
import { z } from 'zod';

export const customTypeSchema = z.strictObject({
  layer: z
    .enum(['person', 'attached'])
    .default('person')
    .describe(
      'person: joins others, as an e-mail address does. attached: belongs to one person, as a device does; it is shown as `device_id.<ns>`.',
    ),
  letters: z.enum(['keep', 'small']).default('keep').describe('small: capitals do not matter.'),
  characters: z
    .enum(['all', 'letters_and_digits', 'digits'])
    .default('all')
    .describe('What counts of a value; the rest is left out.'),
});
export type CustomType = z.infer<typeof customTypeSchema>;

const sentPrefix = 'external.';
const attachedPrefix = 'device_id.';

/** The type that sources send it as. */
export function sentTypeOf(type: IdentifierType): IdentifierType {
  return type.startsWith(attachedPrefix) ? `${sentPrefix}${type.slice(attachedPrefix.length)}` : type;
}

/** @param type as sources send it */
export function attachedTypeOf(type: IdentifierType): IdentifierType {
  return `${attachedPrefix}${type.slice(sentPrefix.length)}`;
}

/** A value of which nothing would be left stays as it is, and so links to nothing but itself. */
export function normalizeCustomValue(value: string, { letters, characters }: CustomType): string {
  const cased = letters === 'small' ? value.toLowerCase() : value;
  if (characters === 'all') return cased;
  const kept = cased.replace(characters === 'digits' ? /\P{Nd}/gu : /[^\p{L}\p{Nd}]/gu, '');
  return kept === '' ? value : kept;
}
