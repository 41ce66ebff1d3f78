/** Why one profile is behind a figure on a day, or is not: the days that decide it, and the touchpoints of those days. */
import { AppError } from '@throughline/contracts';
import { z } from 'zod';
import { formatDay } from '../core/calendar.ts';
import { isCountedSale, isOccurrence } from '../core/counted-fact.ts';
import { growthFiguresOf } from '../core/explained-figure.ts';
import { placeFact } from '../core/place-fact.ts';
import type { NumberedActivity } from '../core/series.ts';
import { findDecisiveDays, findFirstDays } from '../db/find-decisive-days.ts';
import { findProfileFacts, findProfileOf, type ProfileFact } from '../db/find-profile-facts.ts';
import { findStageOf } from '../db/find-stage-profiles.ts';
import { stageRules, type ExplainedFigure } from './explained-profiles.ts';
import type { FigureReader } from './figure-reader.ts';

/** Touchpoints of a day that are read, and shown. */
const maxFacts = 1_000;
const maxShown = 100;
const hourMs = 3_600_000;

export const explainedProfileSchema = z.object({
  profile: z.string().describe('The profile that holds the identifier now.'),
  counted: z.boolean().describe('Whether it is behind the figure on the day.'),
  figures: z.array(z.string()).describe('What it is behind on the day, of the same window or journey map.'),
  days: z
    .array(
      z.object({
        day: z.string(),
        because: z.string().describe('What the day decides.'),
        touchpoints: z.array(
          z.object({
            key: z.string(),
            id: z.string(),
            source: z.string(),
            type: z.string(),
            name: z.string().nullable(),
            channel: z.string().nullable(),
            occurredAt: z.string(),
            stage: z.string().nullable(),
          }),
        ),
        more: z.boolean().describe(`There are others: ${maxShown} are shown.`),
      }),
    )
    .describe('The days that decide it, latest first.'),
});
export type ExplainedProfile = z.infer<typeof explainedProfileSchema>;

interface DecidingDay {
  day: number;
  because: string;
  decides: (fact: ProfileFact) => boolean;
}

/** @throws AppError profile_not_found for an identifier that metrics has not seen */
export async function explainProfile(
  reader: FigureReader,
  explained: ExplainedFigure,
  { day, identifier }: { day: number; identifier: string },
): Promise<ExplainedProfile> {
  const profile = await findProfileOf(reader.pool, reader.generation, identifier);
  if (profile === null) throw new AppError('profile_not_found', 'no touchpoint of it is counted');
  const { figures, counted, deciding } = await decide(reader, explained, { day, profile });
  const days = deciding.toSorted((left, right) => right.day - left.day);
  return {
    profile,
    counted,
    figures,
    days: await Promise.all(days.map((one) => showDay(reader, profile, one))),
  };
}

interface Decided {
  figures: string[];
  counted: boolean;
  deciding: DecidingDay[];
}

async function decide(
  reader: FigureReader,
  explained: ExplainedFigure,
  asked: { day: number; profile: string },
): Promise<Decided> {
  if (explained.of === 'growth') return await decideGrowth(reader, explained, asked);
  if (explained.of === 'stages') return await decideStage(reader, explained, asked);
  const purchase = activityOf(reader, reader.catalog.purchase);
  const sale: DecidingDay = {
    day: asked.day,
    because: 'sales and refunds of the day',
    decides: (fact) => isCountedSale(reader, fact, purchase),
  };
  const { touchpoints } = await showDay(reader, asked.profile, sale);
  const counted = touchpoints.length > 0;
  return { figures: counted ? ['sales'] : [], counted, deciding: counted ? [sale] : [] };
}

async function decideGrowth(
  reader: FigureReader,
  { figure, window, activity }: Extract<ExplainedFigure, { of: 'growth' }>,
  { day, profile }: { day: number; profile: string },
): Promise<Decided> {
  const { pool, generation } = reader;
  const found = await findDecisiveDays(pool, generation, { profile, activity: activity.id, day, window });
  if (found === null) return { figures: [], counted: false, deciding: [] };
  const figures = growthFiguresOf(found, day, window);
  const definition = activityOf(reader, activity.id);
  const decides = (fact: ProfileFact): boolean => isOccurrence(reader, fact, definition);
  const deciding: DecidingDay[] = [];
  if (found.last !== null) deciding.push({ day: found.last, because: 'last active by the day', decides });
  if (found.before !== null && found.before !== found.last)
    deciding.push({ day: found.before, because: 'last active a window before the day', decides });
  return { figures, counted: figures.includes(figure), deciding };
}

async function decideStage(
  reader: FigureReader,
  { stage, relationship }: Extract<ExplainedFigure, { of: 'stages' }>,
  { day, profile }: { day: number; profile: string },
): Promise<Decided> {
  const { pool, generation, catalog } = reader;
  const found = await findStageOf(pool, generation, { ...stageRules(reader, day), profile });
  if (found === null) return { figures: [], counted: false, deciding: [] };
  const [purchase, engagement] = [
    activityOf(reader, catalog.purchase),
    activityOf(reader, catalog.engagement),
  ];
  const purchases = await findFirstDays(pool, generation, { profile, activity: purchase.id, day });
  const deciding: DecidingDay[] = [
    {
      day: found.since,
      because: 'latest stage-bearing touchpoint by the day',
      decides: (fact) => placeFact(reader, fact).stage !== null,
    },
    ...purchases.map((bought, place) => ({
      day: bought,
      because: place === 0 ? 'first purchase' : 'second day with a purchase',
      decides: (fact: ProfileFact) => isOccurrence(reader, fact, purchase),
    })),
  ];
  if (found.engaged !== null) {
    deciding.push({
      day: found.engaged,
      because: 'last engagement by the day',
      decides: (fact) => isOccurrence(reader, fact, engagement),
    });
  }
  const counted = found.stage === stage && (relationship === null || relationship === found.relationship);
  return { figures: [found.stage, found.relationship], counted, deciding };
}

function activityOf({ catalog }: FigureReader, id: number): NumberedActivity {
  const activity = catalog.settings.activities.find((candidate) => candidate.id === id);
  if (activity === undefined) throw new Error(`activity ${id} is not defined`);
  return activity;
}

async function showDay(
  reader: FigureReader,
  profile: string,
  { day, because, decides }: DecidingDay,
): Promise<ExplainedProfile['days'][number]> {
  // Zones are at most 15 hours from UTC; the facts of the neighbouring days are left out below.
  const [from, before] = [
    new Date(day * 24 * hourMs - 15 * hourMs),
    new Date((day + 1) * 24 * hourMs + 15 * hourMs),
  ];
  const facts = await findProfileFacts(reader.pool, reader.generation, {
    profile,
    from,
    before,
    limit: maxFacts + 1,
  });
  const deciding = facts.filter((fact) => placeFact(reader, fact).day === day && decides(fact));
  return {
    day: formatDay(day),
    because,
    touchpoints: deciding.slice(0, maxShown).map((fact) => ({
      key: fact.key,
      id: fact.id,
      source: fact.source,
      type: fact.type,
      name: fact.name,
      channel: fact.channel,
      occurredAt: new Date(fact.at).toISOString(),
      stage: placeFact(reader, fact).stage,
    })),
    more: deciding.length > maxShown || facts.length > maxFacts,
  };
}
