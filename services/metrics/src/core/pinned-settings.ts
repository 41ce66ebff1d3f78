/** What the figures of a generation were made with. A process that starts with anything else must not add to them. */
import type { ActivityDefinition, JourneyMap } from '@throughline/contracts';
import type { FigureSettings } from './series.ts';

export interface PinnedSettings {
  functionVersion: number;
  timeZone: string;
  weekStart: string;
  windows: readonly number[];
  activities: readonly ActivityDefinition[];
  journeyMap: JourneyMap;
}

/** To be raised with any change of what a figure means. */
const functionVersion = 2;

export function pinSettings(
  settings: FigureSettings,
  reporting: { timeZone: string; weekStart: string },
): PinnedSettings {
  return {
    functionVersion,
    timeZone: reporting.timeZone,
    weekStart: reporting.weekStart,
    windows: settings.windows,
    activities: settings.activities,
    journeyMap: settings.journeyMap,
  };
}
