/** An identifier as answers name it: its normalized value, and as it was sent first where that differs. */
import { z } from 'zod';

export const namedIdentifierSchema = z.object({
  id: z.string(),
  type: z.string(),
  value: z.string(),
  original: z.string().exactOptional().describe('As its first touchpoint wrote it, where that differs.'),
});
export type NamedIdentifier = z.infer<typeof namedIdentifierSchema>;

/** @param original null or absent where the value is as it was sent */
export function nameIdentifier({
  id,
  type,
  value,
  original,
}: {
  id: string;
  type: string;
  value: string;
  original?: string | null;
}): NamedIdentifier {
  return { id, type, value, ...(original === null || original === undefined ? {} : { original }) };
}
