/** What the figures of a generation are made with. A process keeps figures with these, whatever its own settings say. */
import type { ActivityDefinition, JourneyMap } from '@throughline/contracts';
import type { CohortSettings } from './cohort-definition.ts';
import type { FigureSettings } from './series.ts';

/** What a process asks for: activities have their numbers from the database. */
export interface WantedSettings {
  functionVersion: number;
  timeZone: string;
  weekStart: string;
  windows: readonly number[];
  cohorts: CohortSettings;
  activities: readonly ActivityDefinition[];
  journeyMap: JourneyMap;
}

export interface GenerationSettings extends FigureSettings {
  functionVersion: number;
  timeZone: string;
}

/** To be raised with any change of what a figure means: other code cannot keep the figures of another version. */
export const functionVersion = 5;
