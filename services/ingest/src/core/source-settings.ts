/** What a source may send, and how it is read: the settings of the environment and those that operators make are the same. */
import { isTimeZone, phoneRegionSchema, type Trust } from '@throughline/contracts';
import { z } from 'zod';
import { identifierPropertiesSchema } from './identifier-properties.ts';
import { privacySettingsSchema } from './privacy/privacy-settings.ts';

export const sourceName = z
  .string()
  .regex(/^[a-z0-9_]{1,40}$/, { error: 'expected 1 to 40 of a-z, 0-9 and _' });

/** As browsers write the Origin header: scheme, host and a port that is not the usual one, without a path. */
const origin = z
  .string()
  .regex(/^https?:\/\/[a-z0-9.-]+(:\d{1,5})?$|^https?:\/\/\[[0-9a-f:]+\](:\d{1,5})?$/, {
    error: 'expected an origin such as https://shop.example, in small letters and without a path',
  });

const zone = z
  .string()
  .max(60)
  .refine(isTimeZone, { error: 'expected an IANA time zone, such as Europe/Berlin' });
const zoned = z.strictObject({ timeZone: zone.exactOptional() });

/** How the registers of a store number their receipts. */
const numbering = z.strictObject({
  /**
   * `daily`: each day begins with `first`. `continuous`: a day begins with the number after the last one of the days before.
   * Without it a day is looked at from its smallest number on.
   */
  days: z.enum(['daily', 'continuous']).exactOptional(),
  first: z.int().min(0).max(999_999_999_999).default(1),
  /** The largest number; `first` is next. */
  last: z.int().min(1).max(999_999_999_999).exactOptional(),
});

const posSettings = zoned.extend({
  numbering: numbering.exactOptional(),
  stores: z
    .record(
      z.string().max(40),
      zoned.extend({ registers: z.record(z.string().max(30), zoned).exactOptional() }),
    )
    .exactOptional(),
});
export type ReceiptNumbering = z.infer<typeof numbering>;

const secrets = z.array(z.string().min(16).max(200)).min(1).max(10);

/** Several secrets are valid at once, so that one can be replaced without a gap. */
const webhookSettings = z.strictObject({
  shopify: z.strictObject({ secrets }).exactOptional(),
  /** `url` is the address that Square was given: it is part of what is signed. */
  square: z.strictObject({ secrets, url: z.url().max(500) }).exactOptional(),
  standard: z
    .strictObject({
      secrets: z
        .array(
          z
            .string()
            .regex(/^(whsec_)?[A-Za-z0-9+/=]{24,200}$/, { error: 'expected base64, with or without whsec_' }),
        )
        .min(1)
        .max(10),
    })
    .exactOptional(),
});
export type WebhookSettings = z.infer<typeof webhookSettings>;

const perMinute = z.int().min(0).max(1_000_000_000);
const byKeyAndAddress = z.strictObject({
  key: perMinute.exactOptional(),
  address: perMinute.exactOptional(),
});

/** In place of those of the deployment; 0 is no limit. */
const sourceLimits = z.strictObject({
  /** With the keys of the source. */
  requestsPerMinute: perMinute.exactOptional(),
  /** Pairs of identifiers with its public keys, and from each address with them. */
  pairsPerMinute: byKeyAndAddress.exactOptional(),
  /** Bytes of items that cannot be used, likewise. */
  rejectedBytesPerMinute: byKeyAndAddress.exactOptional(),
});

const serverSource = z.strictObject({
  limits: sourceLimits.exactOptional(),
  /**
   * Order and receipt numbers of this source are unique in this scope only: two shops with an order 1001 are two orders.
   * Sources that share a numbering share a scope. Without one they are of the deployment's default scope.
   */
  transactionScope: sourceName.exactOptional(),
  /** Where its telephone numbers without a country code are read; without one, in the region of the deployment. */
  phoneRegion: phoneRegionSchema.exactOptional(),
  /** Namespaces of `external.<ns>` identifiers that the source may send. */
  externalNamespaces: z.array(sourceName).max(100).exactOptional(),
  /** Paths whose values are identifiers, and of which type: `{"properties.crm_id": "external.crm"}`. */
  identifierProperties: identifierPropertiesSchema.exactOptional(),
  privacy: privacySettingsSchema.exactOptional(),
  /** Of servers that sign which identifiers are of one person; see `findProof`. */
  proofs: z.strictObject({ secrets: z.array(z.string().min(32).max(200)).min(1).max(10) }).exactOptional(),
  /** Of its tills. */
  pos: posSettings.exactOptional(),
  /** Secrets of senders that sign what they send. */
  webhooks: webhookSettings.exactOptional(),
});

const publicSource = serverSource.extend({
  /** Pages that may read answers, and send with credentials. */
  allowedOrigins: z.array(origin).min(1).max(1_000).exactOptional(),
});

/** `website` is the source of the write key. */
export const sourceSettingsSchema = z.strictObject({
  website: publicSource.exactOptional(),
  server: serverSource.exactOptional(),
  admin: serverSource.exactOptional(),
});
export type SourcesOfEnvironment = z.infer<typeof sourceSettingsSchema>;

/** Of a source that an operator makes. Only pages have origins. */
export function settingsSchemaOf(trust: Trust): z.ZodType<SettingsOfSource> {
  return trust === 'public' ? publicSource : serverSource;
}

/** @throws Error for settings of another version: what they drop or keep apart must not be taken in without them */
export function parseStoredSettings(name: string, trust: Trust, stored: unknown): SettingsOfSource {
  const parsed = settingsSchemaOf(trust).safeParse(stored);
  if (parsed.success) return parsed.data;
  throw new Error(
    `the settings of the source ${name} cannot be read: ${parsed.error.issues[0]?.message ?? ''}`,
  );
}

export type SettingsOfSource = z.infer<typeof publicSource>;
