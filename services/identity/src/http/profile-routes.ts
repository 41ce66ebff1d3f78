/** Profiles: one by reference, or a hundred at once. */
import { profileFieldsOf, profileJourneyStateSchema } from '@throughline/contracts';
import { type HttpApp, problemAnswers, type RequestHook } from '@throughline/runtime';
import type { Pool } from 'pg';
import { z } from 'zod';
import { findProfiles, type FoundProfile, lookupLimits, profileLimits } from '../db/find-profiles.ts';
import type { IdentifierIds } from '../identifier-id.ts';
import { type Freshness, type FreshnessReader, freshnessSchema } from './freshness.ts';
import { entityTagOf, matchesEntityTag } from './entity-tag.ts';
import { bodyCodes } from './parameters.ts';
import { afterParameter, createWaitForTouchpoint } from './read-after.ts';
import { visibleProfile } from './visible-profile.ts';
import { identifierOfReference, parseReference, profileNotFound, refParameter } from './reference.ts';

export interface ProfileRoutes {
  pool: Pool;
  ids: IdentifierIds;
  freshness: FreshnessReader;
  canRead: RequestHook;
}

const maxLookupRefs = 100;

export const profileAnswerSchema = z.object({
  id: z.string().describe("The founding identifier's id."),
  identifiers: z
    .array(
      z.object({
        id: z.string(),
        type: z.string(),
        value: z.string(),
        original: z
          .string()
          .exactOptional()
          .describe('As its first touchpoint wrote it, where that differs.'),
        firstSeenAt: z.string(),
        lastSeenAt: z.string(),
      }),
    )
    .describe(
      `Strongest first, at most ${profileLimits.identifiers}; of a profile that is looked up, ${lookupLimits.identifiers}.`,
    ),
  identifiersTruncated: z.boolean(),
  identifierCount: z.int(),
  transactionCount: z.int(),
  traits: z
    .record(z.string(), z.object({ value: z.unknown(), at: z.string(), source: z.string() }))
    .describe(
      `The last of each name, a public one never over a server's. Those of servers come first; at most ${profileLimits.statements.trait}, of a profile that is looked up ${lookupLimits.statements.trait}.`,
    ),
  traitsTruncated: z.boolean(),
  consents: z
    .record(z.string(), z.object({ granted: z.boolean(), at: z.string(), source: z.string() }))
    .describe(
      `By category, what was stated last, a public statement never over a server's. At most ${profileLimits.statements.consent}, of a profile that is looked up ${lookupLimits.statements.consent}.`,
    ),
  consentsTruncated: z.boolean(),
  feedback: z
    .record(
      z.string(),
      z.record(z.string(), z.object({ answer: z.unknown(), at: z.string(), source: z.string() })),
    )
    .describe(
      `By survey and question, the last answer, a public one never over a server's. At most ${profileLimits.statements.answer} answers, of a profile that is looked up ${lookupLimits.statements.answer}.`,
    ),
  feedbackTruncated: z.boolean(),
  computed: profileJourneyStateSchema
    .extend({ day: z.string(), version: z.int() })
    .nullable()
    .describe(
      'What metrics computed last about the profile: stage, relationship, lifecycle, class by value and when it churns, with the reporting day on which it was found. Null where it has found nothing yet.',
    ),
  firstSeenAt: z.string().nullable(),
  lastSeenAt: z.string().nullable(),
  touchpointCount: z.int(),
  identified: z
    .boolean()
    .describe('False when nothing but blocked, shared or receipt identifiers hold it together.'),
  freshness: freshnessSchema,
});
type ProfileAnswer = z.infer<typeof profileAnswerSchema>;

export function addProfileRoutes(app: HttpApp, routes: ProfileRoutes): void {
  addProfileRoute(app, routes);
  addLookupRoute(app, routes);
}

function addProfileRoute(app: HttpApp, { pool, ids, freshness, canRead }: ProfileRoutes): void {
  const waitFor = createWaitForTouchpoint({ pool, ids, freshness });
  app.get(
    '/v1/profiles/:ref',
    {
      onRequest: canRead,
      schema: {
        tags: ['profiles'],
        operationId: 'findProfile',
        summary: 'The profile that holds an identifier now',
        description:
          'Needs a read key. `ETag` is over all but the freshness: with `If-None-Match` an unchanged profile is answered 304.',
        params: z.object({ ref: refParameter }),
        querystring: z.strictObject({ after: afterParameter.exactOptional() }),
        response: {
          200: profileAnswerSchema,
          304: z.null().describe('With `If-None-Match`: nothing but the freshness has changed.'),
          ...problemAnswers(
            'invalid_parameter',
            'profile_not_found',
            'touchpoint_not_found',
            'touchpoint_pending',
            'overloaded',
          ),
        },
      },
    },
    async ({ params, query, headers, principal }, reply) => {
      const identifier = identifierOfReference(params.ref, ids, 'ref');
      if (query.after !== undefined) await waitFor(query.after);
      const measured = await freshness.read();
      const found = (await findProfiles(pool, [identifier], profileLimits)).get(identifier);
      if (found === undefined) throw profileNotFound('ref');
      const profile = visibleProfile(found, profileFieldsOf(principal?.fields));
      const tag = entityTagOf(profile);
      reply.header('etag', tag);
      if (matchesEntityTag(headers['if-none-match'], tag)) return await reply.code(304).send(null);
      return await reply.send(toProfileAnswer(profile, measured));
    },
  );
}

function addLookupRoute(app: HttpApp, { pool, ids, freshness, canRead }: ProfileRoutes): void {
  app.post(
    '/v1/profiles/lookup',
    {
      onRequest: canRead,
      schema: {
        tags: ['profiles'],
        operationId: 'lookUpProfiles',
        summary: 'The profiles that hold up to a hundred identifiers now',
        description: 'Needs a read key. References are as in the path of a profile, but not URL-encoded.',
        querystring: z.strictObject({}),
        body: z
          .strictObject({ refs: z.array(z.string()).max(maxLookupRefs) })
          .meta({ examples: [{ refs: ['user_id:42', 'email:ada@example.org'] }] }),
        response: {
          200: z.object({
            profiles: z
              .record(z.string(), profileAnswerSchema.nullable())
              .describe('By reference as it was sent; null for unknown and malformed ones.'),
          }),
          ...problemAnswers(...bodyCodes),
        },
      },
      // The schema's serializer would leave out a reference called `__proto__`.
      serializerCompiler: () => (answer) => JSON.stringify(answer),
    },
    async ({ body, principal }) => {
      const fields = profileFieldsOf(principal?.fields);
      const references = body.refs.map((ref) => ({ ref, reference: parseReference(ref, ids) }));
      const named = references.flatMap(({ reference }) =>
        reference.kind === 'identifier' ? [reference.id] : [],
      );
      const measured = await freshness.read();
      const profiles = await findProfiles(pool, named, lookupLimits);
      const answers = references.map(({ ref, reference }) => {
        const profile = reference.kind === 'identifier' ? profiles.get(reference.id) : undefined;
        return [
          ref,
          profile === undefined ? null : toProfileAnswer(visibleProfile(profile, fields), measured),
        ] as const;
      });
      return { profiles: Object.fromEntries(answers) };
    },
  );
}

export function toProfileAnswer(profile: FoundProfile, freshness: Freshness): ProfileAnswer {
  return {
    id: profile.id,
    identifiers: profile.identifiers,
    identifiersTruncated: profile.identifierCount > profile.identifiers.length,
    identifierCount: profile.identifierCount,
    transactionCount: profile.transactionCount,
    traits: profile.traits,
    traitsTruncated: profile.traitsTruncated,
    consents: profile.consents,
    consentsTruncated: profile.consentsTruncated,
    feedback: profile.feedback,
    feedbackTruncated: profile.feedbackTruncated,
    computed: profile.computed,
    firstSeenAt: profile.firstSeenAt,
    lastSeenAt: profile.lastSeenAt,
    touchpointCount: profile.touchpointCount,
    identified: profile.identified,
    freshness,
  };
}
