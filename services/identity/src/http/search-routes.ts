/** Finding a customer for people who answer the phone: by the beginning of a name, an address, a number or a card. */
import { type ProfileFields, profileFieldsOf } from '@throughline/contracts';
import { type HttpApp, problemAnswers } from '@throughline/runtime';
import type { Pool } from 'pg';
import { z } from 'zod';
import { findIdentifiersByPrefix, findNamesByPrefix, type FoundMatches } from '../db/find-matches.ts';
import { findProfiles, lookupLimits } from '../db/find-profiles.ts';
import { limitParameter, parseLimit, textParameter } from './parameters.ts';
import { type ProfileRoutes, profileAnswerSchema, toProfileAnswer } from './profile-routes.ts';
import { visibleProfile } from './visible-profile.ts';

/** Matches that are looked at, of each kind. */
const maxMatches = 200;
const minLength = 2;

const searchSchema = z.object({
  items: z.array(
    z.object({
      profile: profileAnswerSchema,
      matches: z
        .array(
          z.object({
            kind: z.enum(['identifier', 'trait']),
            name: z.string().describe('The type of the identifier, or the name of the trait.'),
            value: z.string(),
            original: z
              .string()
              .exactOptional()
              .describe('Of an identifier: as its first touchpoint wrote it, where that differs.'),
          }),
        )
        .describe('Why it was found.'),
    }),
  ),
  truncated: z.boolean().describe('There may be others: search for more of the name.'),
});

export interface SearchRoutes extends Omit<ProfileRoutes, 'canRead'> {
  canSearch: ProfileRoutes['canRead'];
}

export function addSearchRoutes(app: HttpApp, { pool, freshness, canSearch }: SearchRoutes): void {
  app.get(
    '/v1/profiles',
    {
      onRequest: canSearch,
      schema: {
        tags: ['profiles'],
        operationId: 'searchProfiles',
        summary: 'Profiles by the beginning of a name, an e-mail address, a phone number or a card',
        description:
          'Needs an admin key, or a read key that may search; one with a list of fields finds by what it shows only. Names are those of the traits name, firstName, first_name, lastName and last_name; numbers may ' +
          'have blanks, brackets and hyphens. Case does not matter.',
        querystring: z.strictObject({
          query: textParameter(100).meta({
            description: `At least ${minLength} characters.`,
            examples: ['ada@ex'],
          }),
          limit: limitParameter.exactOptional(),
        }),
        response: { 200: searchSchema, ...problemAnswers('invalid_parameter') },
      },
    },
    async ({ query, principal }) => {
      const fields = profileFieldsOf(principal?.fields);
      const limit = parseLimit(query.limit);
      const measured = await freshness.read();
      const { matches, isCut } = await findMatches(pool, query.query.trim(), fields);
      const profiles = await findProfiles(
        pool,
        [...new Set(matches.map(({ identifier }) => identifier))].slice(0, 2 * maxMatches),
        lookupLimits,
      );
      const found = Map.groupBy(matches, ({ identifier }) => profiles.get(identifier)?.id ?? '');
      found.delete('');
      const items = [...found].slice(0, limit).flatMap(([, group]) => {
        const profile = profiles.get(group[0]?.identifier ?? '');
        if (profile === undefined) return [];
        const why = group.map(({ original, kind, name, value }) => ({
          kind,
          name,
          value,
          ...(original === null ? {} : { original }),
        }));
        const visible = visibleProfile(profile, fields);
        return [{ profile: toProfileAnswer(visible, measured), matches: why }];
      });
      return { items, truncated: isCut || found.size > limit };
    },
  );
}

async function findMatches(pool: Pool, text: string, fields: ProfileFields): Promise<FoundMatches> {
  if (text.length < minLength) return { matches: [], isCut: false };
  const types = { shown: fields.shownOf('identifiers'), limit: maxMatches };
  const looks = [
    ...prefixesOf(text).map((prefix) => findIdentifiersByPrefix(pool, prefix, types)),
    findNamesByPrefix(pool, text, { shown: fields.shownOf('traits'), limit: maxMatches }),
  ];
  const found = await Promise.all(looks);
  const all = found.flatMap(({ matches }) => matches);
  const distinct = new Map(all.map((match) => [`${match.identifier} ${match.name}`, match]));
  return { matches: [...distinct.values()], isCut: found.some(({ isCut }) => isCut) };
}

/** As it was typed; of a number also without what people write between its digits, and as an international one. */
export function prefixesOf(text: string): string[] {
  if (!/^\+?[\d\s()./-]+$/.test(text)) return [text];
  const digits = text.replaceAll(/\D/g, '');
  const isInternational = text.startsWith('+') || digits.startsWith('00');
  const number = isInternational ? `+${digits.replace(/^00/, '')}` : digits;
  return [...new Set([text, number])].filter(({ length }) => length >= minLength);
}
