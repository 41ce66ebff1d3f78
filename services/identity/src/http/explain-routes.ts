/** Why a profile is one, identifier by identifier, and why another profile is not this one. */
import { type HttpApp, problemAnswers, readCursor, writeCursor } from '@throughline/runtime';
import type { PoolClient } from 'pg';
import { z } from 'zod';
import { type ExplainedMember, explainMembers } from '../core/explain-members.ts';
import { explainPersons } from '../core/explain-persons.ts';
import { findLinksElsewhere } from '../db/find-links-elsewhere.ts';
import { findNextMembers, type MemberPosition } from '../db/find-members.ts';
import { findHolder, type FoundRoot, personsOf } from '../db/find-profile-roots.ts';
import { inSnapshot } from '../db/in-snapshot.ts';
import { readGraph } from '../db/read-graph.ts';
import {
  findNames,
  identifiersOfRefusal,
  linkAnswer,
  linkSchema,
  nameOf,
  type NamesOfExplanation,
  refusalAnswer,
  refusedLinkSchema,
  trustSchema,
} from './explain-answer.ts';
import { explainAnd, pairSchema } from './explain-pair-answer.ts';
import type { ResolutionLimits } from '../core/identifier-state.ts';
import type { LinkRoutes } from './link-routes.ts';
import { cursorParameter, limitParameter, parseLimit } from './parameters.ts';
import { identifierOfReference, profileNotFound, refParameter, uuidPattern } from './reference.ts';
import { namedIdentifierSchema } from './named-identifier.ts';

/** Of one identifier. */
const maxRefused = 20;

const memberSchema = z.object({
  identifier: namedIdentifierSchema,
  heldBy: linkSchema
    .nullable()
    .describe(
      'The one link that holds it in the profile; null of the identifier that the profile is founded on.',
    ),
  blocked: z.boolean().describe('The value names no person, and links nothing.'),
  sharedAt: trustSchema
    .nullable()
    .describe('Too many use it: its links of this trust and less link nothing. Null when it is not shared.'),
  mixedAt: trustSchema
    .nullable()
    .describe(
      'A device or transaction that met two identifiers of one type of person: it joins no two people.',
    ),
  boundStage: z
    .int()
    .describe(
      'What the bound leaves out: 0 nothing, 1 public inferred links, 2 public, 3 all inferred, 4 all but the best.',
    ),
  refused: z
    .array(refusedLinkSchema)
    .describe(`Links that lead to other profiles and join nothing, at most ${maxRefused}.`),
  refusedTruncated: z.boolean(),
});

const explainSchema = z.object({
  profile: z.string(),
  members: z.array(memberSchema),
  nextCursor: z.string().nullable(),
  and: pairSchema.nullable().describe('What connects or separates the profile and the one of `and`.'),
});
type MemberAnswer = z.infer<typeof memberSchema>;

export function addExplainRoutes(app: HttpApp, { pool, ids, canRead, limits }: LinkRoutes): void {
  app.get(
    '/v1/profiles/:ref/explain',
    {
      onRequest: canRead,
      schema: {
        tags: ['profiles'],
        operationId: 'explainProfile',
        summary: 'Why these identifiers are one profile, and others are not in it',
        description:
          'Needs a read key. Each identifier is held by one link, with the touchpoints that show it. The rules behind it are ' +
          'defined in infra/docs/identity-resolution.md, and are applied to what is stored now.',
        params: z.object({ ref: refParameter }),
        querystring: z.strictObject({
          and: z
            .string()
            .min(1)
            .exactOptional()
            .meta({
              description: 'Another reference: why it is in this profile, or why it is not.',
              examples: ['email:ada@example.org'],
            }),
          limit: limitParameter.exactOptional(),
          cursor: cursorParameter.exactOptional(),
        }),
        response: { 200: explainSchema, ...problemAnswers('invalid_parameter', 'profile_not_found') },
      },
    },
    async ({ params, query }) => {
      const identifier = identifierOfReference(params.ref, ids, 'ref');
      const other = query.and === undefined ? null : identifierOfReference(query.and, ids, 'and');
      const limit = parseLimit(query.limit);
      const after = query.cursor === undefined ? null : decodeMemberCursor(query.cursor);
      return await inSnapshot(pool, async (client) => {
        const holder = await findHolder(client, identifier);
        if (holder === null) throw profileNotFound('ref');
        const { profile, roots } = holder;
        const page = await explainPage(client, { id: profile, roots }, { after, limit, limits: limits() });
        const shown = page.members.map((member) => ({
          ...member,
          refused: member.refused.slice(0, maxRefused),
        }));
        const links = shown.flatMap(({ heldBy, refused }) => [
          ...(heldBy === null ? [] : [heldBy]),
          ...refused,
        ]);
        const names = await findNames(client, ids, {
          identifiers: [
            ...shown.map(({ id }) => id),
            ...links.map(({ to }) => to),
            ...shown.flatMap((member) =>
              member.refused.flatMap(({ refusal }) => identifiersOfRefusal(refusal)),
            ),
          ],
          links,
        });
        return {
          profile,
          members: page.members.map((member, index) => memberAnswer(names, member, page.cut[index] === true)),
          nextCursor: page.next === null ? null : writeCursor(page.next.root, page.next.member),
          and: other === null ? null : await explainAnd({ client, ids, limits: limits() }, identifier, other),
        };
      });
    },
  );
}

interface ExplainedPage {
  members: ExplainedMember[];
  /** Of each member, whether not all of its links were looked at. */
  cut: boolean[];
  next: MemberPosition | null;
}

async function explainPage(
  client: PoolClient,
  profile: { id: string; roots: readonly FoundRoot[] },
  page: { after: MemberPosition | null; limit: number; limits: ResolutionLimits },
): Promise<ExplainedPage> {
  const { after, limit, limits } = page;
  // The walk begins with the last one of the page before; one more says whether there is another page.
  const found = await findNextMembers(client, profile.roots, after, limit + 2);
  const rest = after === null ? found : found.filter(({ id }) => id !== after.member);
  const shown = rest.slice(0, limit);
  const last = rest.length > limit ? shown.at(-1) : undefined;
  const explained = await readGraph(client, explainPersons(personsOf(profile.roots), limits));
  const elsewhere = await findLinksElsewhere(
    client,
    profile.id,
    shown.map(({ id }) => id),
  );
  const members = shown.map(({ id }) => ({
    id,
    elsewhere: (elsewhere.get(id)?.pairs ?? []).slice(0, maxRefused + 1),
  }));
  return {
    members: await readGraph(client, explainMembers(explained, profile.id, members)),
    cut: shown.map(({ id }) => elsewhere.get(id)?.isCut === true),
    next: last === undefined ? null : { root: last.root, member: last.id },
  };
}

function memberAnswer(names: NamesOfExplanation, member: ExplainedMember, isCut: boolean): MemberAnswer {
  const trustOf = (level: number) => (['public', 'verified', 'server'] as const)[level - 1] ?? null;
  return {
    identifier: nameOf(names, member.id),
    heldBy: member.heldBy === null ? null : linkAnswer(names, member.heldBy),
    blocked: member.blocked,
    sharedAt: trustOf(member.sharedLevel),
    mixedAt: trustOf(member.mixedLevel),
    boundStage: member.boundStage,
    refused: member.refused
      .slice(0, maxRefused)
      .map((link) => ({ ...linkAnswer(names, link), ...refusalAnswer(names, link.refusal, link.to) })),
    refusedTruncated: isCut || member.refused.length > maxRefused,
  };
}

/** @throws AppError invalid_parameter for what this route cannot have made */
function decodeMemberCursor(cursor: string): MemberPosition {
  return readCursor(cursor, ([root = '', member = '', ...rest]) =>
    uuidPattern.test(root) && uuidPattern.test(member) && rest.length === 0
      ? { root: root.toLowerCase(), member: member.toLowerCase() }
      : null,
  );
}
