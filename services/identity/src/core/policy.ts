/**
 * The policy: what an operator lays down about identity as a whole, as one document. It is data, read by every process, and
 * changing it changes which profiles there are, so it is evaluated beside the live state before it is put in force.
 */
import {
  blockedIdentifiersSchema,
  createIsBlocked,
  type IdentifierType,
  isIdentifierType,
  type IsBlockedIdentifier,
  phoneRegionSchema,
  typeFamily,
} from '@throughline/contracts';
import { z } from 'zod';
import { defaultLimits, type ResolutionLimits } from './identifier-state.ts';
import { customTypeSchema, sentTypeOf } from './custom-type.ts';
import type { NormalizeIdentifier } from './normalization.ts';

const limitedTypes = ['loyalty_id', 'email', 'phone', 'external'];
const limitedTypeSchema = z
  .string()
  .refine((type) => limitedTypes.includes(type) || (type.startsWith('external.') && isIdentifierType(type)), {
    error: 'expected loyalty_id, email, phone, external or external.<ns>',
  });

const customTypeNameSchema = z
  .string()
  .refine((type) => type.startsWith('external.') && isIdentifierType(type), {
    error: 'expected external.<ns>, with 1 to 40 of a-z, 0-9 and _',
  });

const domainSchema = z
  .string()
  .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, { error: 'expected a domain such as example.org, in small letters' })
  .max(200);

const emailRulesSchema = z.strictObject({
  tags: z
    .enum(['keep', 'drop'])
    .default('keep')
    .describe('drop: `ada+news@example.org` is `ada@example.org`.'),
  domains: z
    .record(domainSchema, domainSchema)
    .refine((domains) => Object.keys(domains).length <= 100, { error: 'expected at most 100 domains' })
    .refine((domains) => Object.values(domains).every((domain) => !Object.hasOwn(domains, domain)), {
      error: 'expected domains that stand for one which stands for no other',
    })
    .exactOptional()
    .describe('Domains that stand for another, such as `{"googlemail.com": "gmail.com"}`.'),
});

const patternTypeSchema = z
  .string()
  .refine((type) => type === 'any' || type === 'external' || isIdentifierType(type), {
    error: 'expected an identifier type such as email, or any, or external',
  });

/** `*` stands for any text: a regular expression of an operator could take for ever on one value. */
const patternSchema = z
  .string()
  .min(2)
  .max(200)
  .refine((pattern) => /[^*]/.test(pattern), { error: 'expected a pattern with more than *' });

export const policySchema = z.strictObject({
  blocked: blockedIdentifiersSchema
    .extend({
      patterns: z
        .record(patternTypeSchema, z.array(patternSchema).max(1_000))
        .exactOptional()
        .describe(
          'Values in which `*` stands for any text, such as `*@example.com`. Capitals do not matter.',
        ),
    })
    .default({})
    .describe(
      'Beside the shipped lists: values that link nothing (`block`, `patterns`), and that do (`allow`).',
    ),
  limits: z
    .record(limitedTypeSchema, z.int().min(1).max(50))
    .default({ ...defaultLimits.perType })
    .describe('How many of a type one profile may have, for each `user_id` in it.'),
  sharedDegree: z
    .int()
    .min(1)
    .max(100)
    .default(defaultLimits.sharedDegree)
    .describe('More neighbours of one stronger person type than this make an identifier shared.'),
  attachedDegree: z
    .int()
    .min(1)
    .max(500)
    .default(defaultLimits.attachedDegree)
    .describe('… and of an attached identifier, of one attached type that is its own or stronger.'),
  crowdDegree: z
    .int()
    .min(2)
    .max(5_000)
    .default(defaultLimits.crowdDegree)
    .describe('… and of any other type that counts.'),
  types: z
    .record(customTypeNameSchema, customTypeSchema)
    .refine((types) => Object.keys(types).length <= 50, { error: 'expected at most 50 types' })
    .default({})
    .describe(
      'Types of your own, by `external.<ns>`. One that is not listed stands for a person, and its values stay as they are.',
    ),
  normalization: z
    .strictObject({
      phoneRegion: phoneRegionSchema
        .nullable()
        .describe('Where telephone numbers without a country code are read; null for nowhere.'),
      email: emailRulesSchema.exactOptional().describe('Left out: tags and domains stay as they are.'),
    })
    .exactOptional()
    .describe('Which spellings are one identifier. Left out: as it is in force.'),
});
export type Policy = z.infer<typeof policySchema>;

export function limitsOfPolicy(policy: Policy): ResolutionLimits {
  const { sharedDegree, attachedDegree, crowdDegree, limits } = policy;
  return {
    ...defaultLimits,
    sharedDegree,
    attachedDegree,
    crowdDegree,
    perType: { ...defaultLimits.perType, ...limits },
  };
}

/** Lists and patterns name types as sources send them. */
export function blockedByPolicy({ blocked }: Policy, normalize: NormalizeIdentifier): IsBlockedIdentifier {
  const isBlocked = blockedAsSent(blocked, (type, value) => normalize(type, value).value);
  return (type, value) => isBlocked(sentTypeOf(type), value);
}

function blockedAsSent(blocked: Policy['blocked'], normalize: NormalizeText): IsBlockedIdentifier {
  const { patterns = {}, ...lists } = blocked;
  const isListed = createIsBlocked(lists, normalize);
  const isAllowed = createIsAllowed(lists.allow ?? {}, normalize);
  const parts = new Map(
    Object.entries<string[]>(patterns).map(([type, texts]) => [
      type,
      texts.map((text) => text.toLowerCase().split('*')),
    ]),
  );
  if (parts.size === 0) return isListed;
  return (type, value) => {
    if (isListed(type, value)) return true;
    const matches = ['any', typeFamily(type), type].some((name) =>
      parts.get(name)?.some((pattern) => matchesParts(value.toLowerCase(), pattern)),
    );
    return matches && !isAllowed(type, value);
  };
}

type NormalizeText = (type: IdentifierType, value: string) => string;

/** What is allowed by value is not blocked by a pattern either. */
function createIsAllowed(
  allow: Readonly<Record<string, readonly string[]>>,
  normalize: NormalizeText,
): IsBlockedIdentifier {
  const block = Object.fromEntries(Object.entries(allow).map(([type, values]) => [type, [...values]]));
  const isNamed = createIsBlocked({ block }, normalize);
  const isBlockedAnyway = createIsBlocked({});
  return (type: IdentifierType, value: string) => isNamed(type, value) && !isBlockedAnyway(type, value);
}

/** Each part at the first place behind the one before: no way back, so the cost is linear. */
function matchesParts(value: string, parts: readonly string[]): boolean {
  const [first = '', ...others] = parts;
  if (!value.startsWith(first)) return false;
  const last = others.at(-1);
  if (last === undefined) return value === first;
  let place = first.length;
  for (const part of others.slice(0, -1)) {
    const found = value.indexOf(part, place);
    if (found === -1) return false;
    place = found + part.length;
  }
  return value.length - last.length >= place && value.endsWith(last);
}
