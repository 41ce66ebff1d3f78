/** Which of the profiles at risk are asked for: a store's own, those of value, in a stage, or that agreed to be written to. */
import {
  AppError,
  relationships,
  valueClasses,
  type Relationship,
  type ValueClass,
} from '@throughline/contracts';
import { z } from 'zod';
import { findJourneys } from '../db/find-journeys.ts';
import { findStoresAndConsents, readTouchpoints } from '../db/find-stores-and-consents.ts';
import type { AtRiskProfile } from '../db/find-at-risk.ts';
import { stageParameter } from './figure-parameters.ts';
import type { FigureReader } from './figure-reader.ts';
import { readChoice, type Query } from './query.ts';

export interface AtRiskFilters {
  stage: string | null;
  relationship: Relationship | null;
  valueClass: ValueClass | null;
  store: string | null;
  consent: string | null;
}

export interface DescribedProfile extends AtRiskProfile {
  stage: string | null;
  relationship: Relationship;
  valueClass: ValueClass | null;
}

export const filterNames = ['stage', 'relationship', 'valueClass', 'store', 'consent'] as const;
const maxText = 200;
/** Profiles of a page where touchpoints are read for each. */
const maxReadProfiles = 200;

export function filterParameters(stages: readonly string[]) {
  return {
    stage: stageParameter(stages, 'Only profiles that are in the stage today.').optional(),
    relationship: z.enum(relationships).optional(),
    valueClass: z.enum(valueClasses).optional().meta({
      description: 'Only profiles whose sales put them into the class, by the end of the last closed day.',
    }),
    store: z
      .string()
      .max(maxText)
      .optional()
      .meta({
        description:
          'Only profiles whose home store it is: that of their first sale with one, as in the group `homeStore`. Pages have at most ' +
          `${maxReadProfiles} items.`,
      }),
    consent: z
      .string()
      .max(maxText)
      .optional()
      .meta({
        description:
          'A category, such as `marketing`: only profiles whose latest statement about it agrees, those of servers before ' +
          `public ones. Of the latest ${readTouchpoints} touchpoints of each of their identifiers; pages as with \`store\`.`,
      }),
  };
}

/** @throws AppError invalid_parameter */
export function readFilters(query: Query, stages: readonly string[]): AtRiskFilters {
  return {
    stage: readChoice(query, 'stage', stages),
    relationship: readChoice(query, 'relationship', relationships),
    valueClass: readChoice(query, 'valueClass', valueClasses),
    store: readText(query, 'store'),
    consent: readText(query, 'consent'),
  };
}

/** Of what may be asked for, how many can be read. */
export function limitOf({ store, consent }: AtRiskFilters, limit: number): number {
  return store === null && consent === null ? limit : Math.min(limit, maxReadProfiles);
}

/** Those that pass the filters, in their order. */
export async function describeProfiles(
  { pool, generation, catalog }: FigureReader,
  profiles: readonly AtRiskProfile[],
  today: number,
  filters: AtRiskFilters,
): Promise<DescribedProfile[]> {
  const ids = profiles.map(({ profile }) => profile);
  const journeys = await findJourneys(pool, { generation, catalog }, ids, today);
  const described = profiles.flatMap((one): DescribedProfile[] => {
    const journey = journeys.get(one.profile);
    if (journey === undefined) return [];
    const { stage, relationship, valueClass } = journey.content;
    return [{ ...one, stage, relationship, valueClass }];
  });
  const passing = described.filter((one) =>
    (['stage', 'relationship', 'valueClass'] as const).every(
      (name) => filters[name] === null || filters[name] === one[name],
    ),
  );
  const { store, consent } = filters;
  if (store === null && consent === null) return passing;
  const read = await findStoresAndConsents(
    pool,
    generation,
    passing.map(({ profile }) => profile),
    { withStores: store !== null, category: consent },
  );
  return passing.filter(({ profile }) => {
    const found = read.get(profile);
    return (store === null || found?.homeStore === store) && (consent === null || found?.hasConsent === true);
  });
}

function readText(query: Query, name: string): string | null {
  const text = query[name];
  if (text === undefined) return null;
  if (text !== '' && text.length <= maxText && !text.includes('\0')) return text;
  throw new AppError('invalid_parameter', `${name} is a text of 1 to ${maxText} characters`, {
    field: name,
    expected: `1 to ${maxText} characters`,
  });
}
