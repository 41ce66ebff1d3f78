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
import type { NormalizeValue } from './normalization.ts';

const limitedTypes = ['loyalty_id', 'email', 'phone', 'external'];
const limitedTypeSchema = z
  .string()
  .refine((type) => limitedTypes.includes(type) || (type.startsWith('external.') && isIdentifierType(type)), {
    error: 'expected loyalty_id, email, phone, external or external.<ns>',
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
  normalization: z
    .strictObject({ phoneRegion: phoneRegionSchema.nullable() })
    .exactOptional()
    .describe('As THROUGHLINE_PHONE_REGION says: ids are made of it, so that it stays as long as the data.'),
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

export function blockedByPolicy({ blocked }: Policy, normalize: NormalizeValue): IsBlockedIdentifier {
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

/** What is allowed by value is not blocked by a pattern either. */
function createIsAllowed(
  allow: Readonly<Record<string, readonly string[]>>,
  normalize: NormalizeValue,
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
