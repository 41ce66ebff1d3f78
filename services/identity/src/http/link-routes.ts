/** Why a profile is one: the evidence that links its identifiers, and what was refused although something spoke for it. */
import { type HttpApp, problemAnswers, readCursor, writeCursor } from '@throughline/runtime';
import type { Pool, PoolClient } from 'pg';
import { z } from 'zod';
import type { ResolutionLimits } from '../core/identifier-state.ts';
import { explainPersons } from '../core/explain-persons.ts';
import type { RefusedJoin } from '../core/person-layer.ts';
import { findIdentifiers } from '../db/find-identifiers.ts';
import { findLinkPositions, type LinkPosition, type LinkSide } from '../db/find-link-positions.ts';
import { findLinks, type FoundLink } from '../db/find-links.ts';
import { findHolder, personsOf } from '../db/find-profile-roots.ts';
import { inSnapshot } from '../db/in-snapshot.ts';
import { readGraph } from '../db/read-graph.ts';
import { nameIdentifier, namedIdentifierSchema } from './named-identifier.ts';
import { cursorParameter, limitParameter, parseLimit } from './parameters.ts';
import type { ProfileRoutes } from './profile-routes.ts';
import { identifierOfReference, profileNotFound, refParameter, uuidPattern } from './reference.ts';

const maxRefused = 100;

const evidenceSchema = z
  .object({ at: z.string(), source: z.string(), touchpoint: z.string() })
  .nullable()
  .describe('The first touchpoint that said so at this level of trust.');

const linksSchema = z.object({
  profile: z.string(),
  items: z.array(
    z.object({
      weaker: namedIdentifierSchema,
      stronger: namedIdentifierSchema,
      evidence: z.object({ server: evidenceSchema, verified: evidenceSchema, public: evidenceSchema }),
      standing: z
        .enum(['server', 'verified', 'public'])
        .nullable()
        .describe('The strongest level that counts; null when an end is shared, and the link links nothing.'),
      alias: z.boolean(),
      isParent: z.boolean().describe('The weaker, attached identifier is attached to the stronger one.'),
      refused: z.enum(['shared', 'split', 'two_known', 'limit']).nullable(),
    }),
  ),
  nextCursor: z.string().nullable(),
  refused: z
    .array(
      z.object({
        kind: z.enum(['direct', 'inferred', 'merge']),
        reason: z.enum(['split', 'two_known', 'limit']),
        ends: z.array(namedIdentifierSchema),
      }),
    )
    .describe(
      `Joins of this profile with others that were refused, inferred ones and merges too; at most ${maxRefused}.`,
    ),
  refusedTruncated: z.boolean(),
});
type LinksAnswer = z.infer<typeof linksSchema>;

export interface LinkRoutes extends Omit<ProfileRoutes, 'freshness'> {
  /** Those in force. */
  limits: () => ResolutionLimits;
}

export function addLinkRoutes(app: HttpApp, { pool, ids, canRead, limits }: LinkRoutes): void {
  app.get(
    '/v1/profiles/:ref/links',
    {
      onRequest: canRead,
      schema: {
        tags: ['profiles'],
        operationId: 'listLinks',
        summary: 'The links of a profile with their evidence, and those that were refused',
        description:
          'Needs a read key. A page may have fewer items than its limit, or none: there is more as long as nextCursor is set.',
        params: z.object({ ref: refParameter }),
        querystring: z.strictObject({
          limit: limitParameter.exactOptional(),
          cursor: cursorParameter.exactOptional(),
        }),
        response: { 200: linksSchema, ...problemAnswers('invalid_parameter', 'profile_not_found') },
      },
    },
    async ({ params, query }) => {
      const identifier = identifierOfReference(params.ref, ids, 'ref');
      const limit = parseLimit(query.limit);
      const after = query.cursor === undefined ? null : decodeLinkCursor(query.cursor);
      const found = await readLinks({ pool, limits: limits() }, identifier, after, limit);
      const reasons = new Map(
        found.refused.flatMap(({ reason, join }) =>
          join.kind === 'direct' ? [[pairOf(join.a, join.b), reason] as const] : [],
        ),
      );
      return {
        profile: found.profile,
        items: found.links.map((link) => toLinkItem(link, reasons)),
        nextCursor: found.next === null ? null : encodeLinkCursor(found.next),
        refused: await nameRefused(pool, found.refused.slice(0, maxRefused)),
        refusedTruncated: found.refused.length > maxRefused,
      };
    },
  );
}

interface ReadLinks {
  profile: string;
  links: FoundLink[];
  next: LinkPosition | null;
  refused: RefusedJoin[];
}

/** Roots, links and refusals of one moment. */
async function readLinks(
  { pool, limits }: { pool: Pool; limits: ResolutionLimits },
  identifier: string,
  after: LinkPosition | null,
  limit: number,
): Promise<ReadLinks> {
  const opening = (client: PoolClient) => findHolder(client, identifier);
  return await inSnapshot(
    pool,
    async (client, holder) => {
      if (holder === null) throw profileNotFound('ref');
      const { profile, roots } = holder;
      const persons = personsOf(roots);
      const ofComponents = await readGraph(client, explainPersons(persons, limits));
      const own = new Set(persons);
      // One link more than the page says whether there is another page.
      const met = await findLinkPositions(client, { id: profile, roots }, after, limit + 1);
      const page = met.links.slice(0, limit);
      return {
        profile,
        links: await findLinks(client, page),
        next: met.links.length > limit ? (page.at(-1)?.position ?? null) : met.next,
        refused: ofComponents.refused.filter(({ join }) => own.has(join.a) || own.has(join.b)),
      };
    },
    { opening },
  );
}

async function nameRefused(pool: Pool, refused: readonly RefusedJoin[]): Promise<LinksAnswer['refused']> {
  const names = await findIdentifiers(
    pool,
    refused.flatMap(({ join }) => [join.a, join.b]),
  );
  return refused.map(({ reason, join }) => ({
    kind: join.kind,
    reason,
    ends: [join.a, join.b].flatMap((id) => {
      const found = names.get(id);
      return found === undefined ? [] : [nameIdentifier(found)];
    }),
  }));
}

const levelNames = ['server', 'verified', 'public'] as const;

export function toLinkItem(
  link: FoundLink,
  reasons: ReadonlyMap<string, 'split' | 'two_known' | 'limit'>,
): LinksAnswer['items'][number] {
  const { weaker, stronger, evidence, alias, isParent, sharedLevel } = link;
  const standing =
    levelNames.find((name, index) => evidence[name] !== null && 3 - index > sharedLevel) ?? null;
  const refused = standing === null ? 'shared' : (reasons.get(pairOf(weaker.id, stronger.id)) ?? null);
  return { weaker, stronger, evidence, standing, alias, isParent, refused };
}

function pairOf(one: string, other: string): string {
  return one < other ? `${one} ${other}` : `${other} ${one}`;
}

function encodeLinkCursor({ root, member, side, other }: LinkPosition): string {
  return writeCursor(root, member, side, other);
}

/** @throws AppError invalid_parameter for what `encodeLinkCursor` cannot have made */
function decodeLinkCursor(cursor: string): LinkPosition {
  return readCursor(cursor, ([root = '', member = '', side = '', other = '', ...rest]) => {
    const areIds = [root, member, other].every((id) => uuidPattern.test(id));
    if (!areIds || !/^[012]$/.test(side) || rest.length > 0) return null;
    return {
      root: root.toLowerCase(),
      member: member.toLowerCase(),
      side: Number(side) as LinkSide,
      other: other.toLowerCase(),
    };
  });
}
