/** What the figures of a generation are made with. A process keeps figures with these, whatever its own settings say. */
import { compareText, type ActivityDefinition, type JourneyMap } from '@throughline/contracts';
import { isSameJson } from './is-same-json.ts';
import type { CohortSettings } from './cohort-definition.ts';
import type { FigureSettings } from './series.ts';

/** What a process asks for: activities have their numbers from the database. */
export interface WantedSettings {
  functionVersion: number;
  timeZone: string;
  weekStart: string;
  windows: readonly number[];
  cohorts: CohortSettings;
  groupings: readonly (readonly string[])[];
  activities: readonly ActivityDefinition[];
  journeyMap: JourneyMap;
  /** Whether an operator has made the journey map: then that of a release does not take its place. */
  hasOperatorsMap?: boolean;
  /** Whether an operator has chosen the groupings: then those of the process do not take their place. */
  hasOperatorsGroupings?: boolean;
}

export interface GenerationSettings extends FigureSettings {
  functionVersion: number;
  timeZone: string;
}

/** To be raised with any change of what a figure means: other code cannot keep the figures of another version. */
export const functionVersion = 6;

const compared = [
  'functionVersion',
  'timeZone',
  'weekStart',
  'windows',
  'cohorts',
  'groupings',
  'activities',
  'journeyMap',
] as const;

/** Settings that are wanted and not those that are kept, with both values where they are short. */
export function findDifferences(kept: GenerationSettings, wanted: WantedSettings): string[] {
  return compareSettings(withoutNumbers(kept), wanted, (theirs, ours) => `in use ${theirs}, here ${ours}`);
}

/** What figures were made with that others are not, likewise. */
export function changedSettings(before: GenerationSettings, after: GenerationSettings): string[] {
  return compareSettings(
    withoutNumbers(before),
    withoutNumbers(after),
    (theirs, ours) => `${theirs} -> ${ours}`,
  );
}

function withoutNumbers(settings: GenerationSettings): WantedSettings {
  return { ...settings, activities: settings.activities.map(({ id: _id, ...activity }) => activity) };
}

function compareSettings(
  kept: WantedSettings,
  wanted: WantedSettings,
  toWords: (theirs: string, ours: string) => string,
): string[] {
  const byName = (settings: readonly ActivityDefinition[]) =>
    settings.toSorted((left, right) => compareText(left.name, right.name));
  const plain = (settings: WantedSettings): Record<string, unknown> =>
    JSON.parse(JSON.stringify({ ...settings, activities: byName(settings.activities) })) as Record<
      string,
      unknown
    >;
  const ofKept = plain(kept);
  const ofWanted = plain(wanted);
  return compared
    .filter((name) => !isSameJson(ofKept[name], ofWanted[name]))
    .map((name) => {
      const [theirs = '', ours = ''] = [ofKept[name], ofWanted[name]].map((value) => JSON.stringify(value));
      return theirs.length + ours.length < 100 ? `${name}: ${toWords(theirs, ours)}` : name;
    });
}
