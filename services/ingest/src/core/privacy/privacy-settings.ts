/** What a source's items may keep of the people that they are about. */
import { z } from 'zod';
import { fieldPath } from '../field-path.ts';

const paths = z.array(fieldPath).max(200);

export const privacySettingsSchema = z.strictObject({
  /** Of people on the network, in `context.ip`. `truncated` keeps 24 bits of IPv4 and 48 of IPv6. */
  addresses: z.enum(['truncated', 'kept', 'dropped']).default('truncated'),
  /** Signals of a browser that refuse an item: `DNT: 1` and `Sec-GPC: 1`. */
  honor: z.array(z.enum(['dnt', 'gpc'])).default([]),
  /** Categories of `context.consent` that a person must have agreed to. */
  requireConsent: z.array(z.string().min(1).max(100)).max(50).default([]),
  /** Paths that are left out. A list is passed through: `properties.products.cost` is that of each product. */
  drop: paths.default([]),
  /** Paths whose texts and numbers become a keyed hash: the same for the same value, and of no use without the secret. */
  hash: z.strictObject({ fields: paths.min(1), secret: z.string().min(32).max(200) }).exactOptional(),
  /** Whether what bots send, by the list of `isbot`, is kept with a warning, or refused. */
  bots: z.enum(['flagged', 'refused']).default('flagged'),
});
export type PrivacySettings = z.infer<typeof privacySettingsSchema>;

export const defaultPrivacy: PrivacySettings = Object.freeze(privacySettingsSchema.parse({}));
