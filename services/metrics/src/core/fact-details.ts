/** What few touchpoints carry and figures may ask for, in one text beside the columns that most have. */
import type { TouchpointResolved } from '@throughline/contracts';

const fields = [
  'owner',
  'mediaType',
  'initiator',
  'kind',
  'handledBy',
  'responses',
  'qualities',
  'situation',
  'campaign',
  'consent',
  'traits',
] as const satisfies readonly (keyof TouchpointResolved['touchpoint'])[];

/** JSON of an object with those of the fields that are there; null where none is. */
export function factDetailsOf(touchpoint: TouchpointResolved['touchpoint']): string | null {
  let details: Record<string, unknown> | null = null;
  for (const field of fields) {
    const value = touchpoint[field];
    if (value !== undefined) (details ??= {})[field] = value;
  }
  return details === null ? null : JSON.stringify(details);
}
