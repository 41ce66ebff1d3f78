/** The journey of one profile: where it is, how it came there, what it bought, and when it would count as churned. */
import { AppError, churnStates, lifecycles, relationships, valueClasses } from '@throughline/contracts';
import {
  problemAnswers,
  readCursor,
  writeCursor,
  type HttpApp,
  type ServiceHttp,
} from '@throughline/runtime';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { FindProfileByIdentifier } from '../ask-identity.ts';
import { formatDay } from '../core/calendar.ts';
import { figureDefinitions } from '../core/figure-definitions.ts';
import { loyalties, strategies } from '../core/profile-journey.ts';
import { findJourneyMarks, type JourneyMark, type MarkPosition } from '../db/find-profile-journey.ts';
import { findProfileOf } from '../db/find-profile-facts.ts';
import { readByRoute } from './figure-parameters.ts';
import type { FigureReader } from './figure-reader.ts';
import { freshnessSchema } from './freshness.ts';
import { readProfileJourney } from './profile-journey.ts';
import { readDay, readLimit, readQuery } from './query.ts';

const maxItems = 100;
const day = z.string().nullable();
const minor = z.int().describe('Minor units of the currency.');

const answer = z.object({
  definition: z.string(),
  profile: z.string().describe('The profile that holds the reference now.'),
  day: z.string().describe('What came later is left out.'),
  identified: z.boolean().describe('Others are in no figure but sales.'),
  stage: z.string().nullable(),
  stageSince: day.describe('Day of the latest stage-bearing touchpoint.'),
  relationship: z.enum(relationships),
  lifecycle: z.enum(lifecycles).nullable().describe('Of the calendar month of the day.'),
  firstPurchase: day,
  lastPurchase: day,
  transactions: z.int(),
  purchaseDays: z.int(),
  frequency: z.int().describe('Days with a purchase after the first one.'),
  recency: z.int().nullable().describe('Days from the first to the last day with a purchase.'),
  T: z.int().nullable().describe('Days from the first day with a purchase to `day`.'),
  currencies: z.record(
    z.string(),
    z.object({
      revenue: minor,
      refunds: minor.describe('Minor units, negative.'),
      net: minor,
      margin: minor.describe('net less the costs that were sent'),
    }),
  ),
  valueClass: z
    .enum(valueClasses)
    .nullable()
    .describe(
      'By the end of the last closed day, of the best currency; null before that day, and without sales by then.',
    ),
  window: z.int().describe('Days; `loyalty` and `strategy` are computed for it.'),
  loyalty: z.enum(loyalties).nullable(),
  strategy: z.enum(strategies),
  churn: z.array(
    z.object({
      activity: z.string(),
      window: z.int(),
      lastActive: z.string(),
      churnsOn: z.string().describe('First day on which it is not active, unless it has the activity again.'),
      state: z.enum(churnStates),
    }),
  ),
  touchpoints: z
    .array(
      z.object({
        stage: z.string(),
        day: z.string(),
        occurredAt: z.string(),
        channel: z.string().nullable(),
        source: z.string(),
        id: z.string(),
      }),
    )
    .describe('Those with a stage, latest first.'),
  nextCursor: z.string().nullable(),
  freshness: freshnessSchema,
});

interface RouteParts {
  reader: FigureReader;
  findProfile: FindProfileByIdentifier;
}

export function addJourneyRoutes(
  app: HttpApp,
  parts: RouteParts,
  requireKey: ServiceHttp['requireKey'],
): void {
  const { reader } = parts;
  app.get(
    '/v1/metrics/profiles/:ref/journey',
    { onRequest: requireKey('read'), validatorCompiler: readByRoute, schema: documentedRoute },
    async (request) => {
      const query = readQuery(request.query, ['day', 'limit', 'cursor']);
      const number = readDay(query, 'day') ?? reader.today();
      const limit = readLimit(query, maxItems);
      const after = query['cursor'] === undefined ? null : parseMarkCursor(query['cursor']);
      const freshness = await reader.freshness();
      const profile = await resolveProfile(parts, request);
      const asked = { profile, day: number };
      const [journey, marks] = await Promise.all([
        readProfileJourney(reader, asked),
        findJourneyMarks(reader.pool, reader.generation, asked, { after, limit: limit + 1 }),
      ]);
      const page = marks.slice(0, limit);
      const last = page.at(-1);
      return {
        definition: figureDefinitions.journey,
        profile,
        day: formatDay(number),
        ...journey,
        touchpoints: page.map(present),
        nextCursor: marks.length > limit && last !== undefined ? formatMarkCursor(last) : null,
        freshness,
      };
    },
  );
}

const documentedRoute = {
  operationId: 'profileJourney',
  tags: ['figures'],
  summary: 'The journey of a profile',
  description:
    'Needs a read key. The reference is the id of a profile or of any identifier; `type:value`, such as `user_id:42`, is ' +
    'looked up in identity with the same key. Of the profile as it is now, up to a day.',
  params: z.object({ ref: z.string().meta({ examples: ['3f0f4a52-3f5e-4d0c-8a4e-52b1d2a7c9e1'] }) }),
  querystring: z.object({
    day: z.iso
      .date()
      .optional()
      .meta({ description: 'Default today.', examples: ['2026-03-31'] }),
    limit: z
      .int()
      .min(1)
      .max(maxItems)
      .optional()
      .meta({ description: `Touchpoints. Default ${maxItems}.` }),
    cursor: z.string().optional().meta({ description: 'The `nextCursor` of the page before.' }),
  }),
  response: {
    200: {
      description: 'A page of its touchpoints, with all the rest.',
      content: { 'application/json': { schema: answer } },
    },
    ...problemAnswers('invalid_parameter', 'profile_not_found', 'identity_unavailable'),
  },
};

/** @throws AppError invalid_parameter, profile_not_found, identity_unavailable */
async function resolveProfile({ reader, findProfile }: RouteParts, request: FastifyRequest): Promise<string> {
  const { ref = '' } = request.params as { ref?: string };
  const isId = z.uuid().safeParse(ref).success;
  if (!isId && !/^[a-z_]+(\.[^:]*)?:./.test(ref)) {
    throw new AppError('invalid_parameter', 'the reference is an id, or type:value', {
      field: 'ref',
      expected: 'the id of a profile or of an identifier, or type:value',
    });
  }
  const identifier = isId ? ref.toLowerCase() : await findProfile(ref, request.headers.authorization);
  const profile =
    identifier === null ? null : await findProfileOf(reader.pool, reader.generation, identifier);
  if (profile !== null) return profile;
  throw new AppError('profile_not_found', 'no touchpoint of it is counted');
}

function present({ stage, day: number, occurredAt, channel, source, id }: JourneyMark) {
  return { stage, day: formatDay(number), occurredAt: occurredAt.toISOString(), channel, source, id };
}

function formatMarkCursor({ occurredAt, source, id }: JourneyMark): string {
  return writeCursor(occurredAt.getTime(), encodeURIComponent(source), encodeURIComponent(id));
}

/** The end of the year 9999. */
const latestMs = 253_402_300_799_999;

/** @throws AppError invalid_parameter for what `formatMarkCursor` cannot have written */
function parseMarkCursor(cursor: string): MarkPosition {
  return readCursor(cursor, ([at = '', source = '', id = '', ...more]) => {
    if (!/^-?\d{1,15}$/.test(at) || Number(at) > latestMs || more.length > 0) return null;
    if (Number(at) < firstMs) return null;
    try {
      const position = { at: Number(at), source: decodeURIComponent(source), id: decodeURIComponent(id) };
      return `${position.source}${position.id}`.includes('\0') ? null : position;
    } catch {
      return null;
    }
  });
}

/** The beginning of the year 1. */
const firstMs = -62_135_596_800_000;
