/**
 * The generations of figures as this process knows them: the one in use, which another may take the place of at any time, and those
 * before it, which answer for their time.
 */
import type { Logger } from '@throughline/runtime';
import type { Pool } from 'pg';
import { createReportingCalendar } from '../core/calendar.ts';
import { findDifferences, functionVersion, type WantedSettings } from '../core/generation-settings.ts';
import { checkTimeZone } from '../db/check-time-zone.ts';
import { claimGeneration } from '../db/claim-generation.ts';
import { findGenerations, findTerms, type GenerationTerm } from '../db/generations.ts';
import { openGeneration, type OperatorDefinitions } from '../db/open-generation.ts';
import type { FigureContext } from './apply-records.ts';

export interface FigureGenerations {
  current: () => FigureContext;
  /** Whether code of another version made the figures in use: then they stay as they are until they are rebuilt. */
  isFrozen: () => boolean;
  /** What a rebuild would make them with, and how that differs from what they are made with. */
  wanted: () => WantedSettings;
  differing: () => readonly string[];
  /** What the figures in use are made with, for code of this version to make others with. */
  kept: () => WantedSettings;
  contextOf: (generation: number) => Promise<FigureContext>;
  /** Of the definition of its figures. */
  versionOf: (generation: number) => Promise<number>;
  /** The one that was in use at the moment; of an earlier one, the first. */
  at: (moment: number) => Promise<FigureContext>;
  /** Looks for another one in use. @returns whether there is one */
  refresh: () => Promise<boolean>;
}

export interface GenerationOptions {
  pool: Pool;
  logger: Logger;
  /** What this process was started with. */
  wanted: WantedSettings;
  closeHours: number;
}

interface OpenedGeneration {
  figures: FigureContext;
  version: number;
  differing: readonly string[];
  wanted: WantedSettings;
  kept: WantedSettings;
}

/** The first start makes the first generation. */
export async function openGenerations(options: GenerationOptions): Promise<FigureGenerations> {
  const { pool, logger, wanted, closeHours } = options;
  await checkTimeZone(pool, createReportingCalendar(wanted.timeZone, closeHours));
  const opened = new Map<number, Promise<OpenedGeneration>>();
  let terms: GenerationTerm[] = [];

  async function open(id: number): Promise<OpenedGeneration> {
    const { generation, catalog, settings, operatorDefinitions } = await openGeneration(pool, id);
    const calendar = createReportingCalendar(settings.timeZone, closeHours);
    const merged = mergeWanted(wanted, operatorDefinitions);
    return {
      figures: { generation, catalog, calendar },
      version: settings.functionVersion,
      differing: findDifferences(settings, merged),
      wanted: merged,
      kept: {
        ...settings,
        functionVersion,
        activities: settings.activities.map(({ id: _id, ...activity }) => activity),
        hasOperatorsMap: operatorDefinitions.journeyMap !== null,
        hasOperatorsGroupings: operatorDefinitions.groupings !== null,
      },
    };
  }

  function opening(id: number): Promise<OpenedGeneration> {
    let known = opened.get(id);
    if (known === undefined) {
      known = open(id);
      opened.set(id, known);
      // The next question tries again.
      known.catch(() => opened.delete(id));
    }
    return known;
  }

  async function use(id: number): Promise<OpenedGeneration> {
    const next = await opening(id);
    terms = await findTerms(pool);
    if (next.differing.length > 0) {
      logger.warn(
        { event: 'figures.rebuild_needed', differing: next.differing },
        'settings need a rebuild: figures are kept with those that they were made with',
      );
    }
    return next;
  }

  let current = await use(await claimGeneration(pool, wanted));
  return {
    current: () => current.figures,
    isFrozen: () => current.version !== functionVersion,
    wanted: () => current.wanted,
    differing: () => current.differing,
    kept: () => current.kept,
    contextOf: async (generation) => (await opening(generation)).figures,
    versionOf: async (generation) => (await opening(generation)).version,
    async at(moment) {
      const term = terms.findLast(({ from }) => from <= moment) ?? terms[0];
      return term === undefined ? current.figures : (await opening(term.id)).figures;
    },
    async refresh() {
      const { current: id } = await findGenerations(pool);
      if (id === null || id === current.figures.generation.id) return false;
      current = await use(id);
      return true;
    },
  };
}

/** Definitions that operators have made stay when the settings of the process are others. */
function mergeWanted(wanted: WantedSettings, operators: OperatorDefinitions): WantedSettings {
  const own = new Set(operators.activities.map(({ name }) => name));
  return {
    ...wanted,
    activities: [...wanted.activities.filter(({ name }) => !own.has(name)), ...operators.activities],
    journeyMap: operators.journeyMap ?? wanted.journeyMap,
    hasOperatorsMap: operators.journeyMap !== null,
    groupings: operators.groupings ?? wanted.groupings,
    hasOperatorsGroupings: operators.groupings !== null,
  };
}
