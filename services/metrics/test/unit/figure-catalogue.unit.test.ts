/**
 * The catalogue of figures. Each is counted a second time the slow way by the reference model, in a test, and a third time by the SQL of
 * the verification: the figure itself, or the rows that it is read from when it is asked for.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as testkit from '@throughline/testkit';
import { describe, expect, test } from 'vitest';
import { figureDefinitions } from '../../src/core/figure-definitions.ts';

interface CountedTwice {
  twin: keyof typeof testkit;
  /** The test file that compares the two. */
  comparedBy: string;
  /** A file of the verification, and what it recomputes: series, or the rows of a table. */
  verifiedBy: readonly [file: string, what: string];
}

const properties = 'expected-figures.ts';
const marks = ['compare-histories.ts', 'metrics.stage_mark'] as const;
const activeDays = ['compare-histories.ts', 'metrics.activity_day'] as const;
const salesRows = ['compare-sales.ts', 'metrics.sales_day'] as const;
const journeys = 'integration/journeys-on-postgres.int.test.ts';

const catalogue: Record<keyof typeof figureDefinitions, CountedTwice> = {
  growth: growth(),
  churn: growth(),
  retention: growth(),
  lifecycle: {
    twin: 'referenceLifecycle',
    comparedBy: properties,
    verifiedBy: ['recompute-lifecycle.ts', 'returning'],
  },
  // From the series of lifecycle by day, and of growth.
  stickiness: {
    twin: 'referenceStickiness',
    comparedBy: properties,
    verifiedBy: ['recompute-lifecycle.ts', 'resurrecting'],
  },
  cohorts: {
    twin: 'referenceCohorts',
    comparedBy: properties,
    verifiedBy: ['recompute-cohorts.ts', 'cohort.'],
  },
  stages: {
    twin: 'referenceFigures',
    comparedBy: properties,
    verifiedBy: ['recompute-stages.ts', 'occupancy'],
  },
  stageFlows: {
    twin: 'referenceJourneys',
    comparedBy: properties,
    verifiedBy: ['recompute-stages.ts', 'transition'],
  },
  stageTransitions: {
    twin: 'referenceJourneys',
    comparedBy: properties,
    verifiedBy: ['recompute-stages.ts', 'transition'],
  },
  stageDwell: {
    twin: 'referenceJourneys',
    comparedBy: properties,
    verifiedBy: ['recompute-stages.ts', 'dwell'],
  },
  funnel: { twin: 'referenceFunnel', comparedBy: journeys, verifiedBy: marks },
  channelTransitions: {
    twin: 'referenceJourneys',
    comparedBy: properties,
    verifiedBy: ['recompute-stages.ts', 'channelTransition'],
  },
  experience: {
    twin: 'referenceScores',
    comparedBy: properties,
    verifiedBy: ['recompute-scores.ts', `'score'`],
  },
  sentiment: { twin: 'referenceSentiments', comparedBy: journeys, verifiedBy: marks },
  journey: { twin: 'referenceProfileJourneys', comparedBy: journeys, verifiedBy: marks },
  sales: {
    twin: 'referenceSales',
    comparedBy: properties,
    verifiedBy: ['recompute-sales.ts', `'sales.'`],
  },
  explain: {
    twin: 'referenceShares',
    comparedBy: 'integration/explain.int.test.ts',
    verifiedBy: activeDays,
  },
  value: {
    twin: 'referenceValues',
    comparedBy: 'integration/valuation.int.test.ts',
    verifiedBy: salesRows,
  },
  // What was spent is a statement; the new customers that it is divided by are those of lifecycle.
  spend: {
    twin: 'referenceLifecycle',
    comparedBy: properties,
    verifiedBy: ['recompute-figures.ts', `'first'`],
  },
  rfm: {
    twin: 'referenceValues',
    comparedBy: 'integration/valuation.int.test.ts',
    verifiedBy: salesRows,
  },
  atRisk: {
    twin: 'referenceAtRisk',
    comparedBy: 'integration/at-risk.int.test.ts',
    verifiedBy: activeDays,
  },
};

/** What routes answer beside the figure that they are named for. */
const variants: Record<string, CountedTwice> = {
  'cohorts by revenue': {
    twin: 'referenceCohortRevenue',
    comparedBy: 'integration/cohorts.int.test.ts',
    verifiedBy: salesRows,
  },
  'profiles on several channels': {
    twin: 'referenceChannelCounts',
    comparedBy: journeys,
    verifiedBy: marks,
  },
  'growth by group': {
    twin: 'referenceGroupedGrowth',
    comparedBy: properties,
    verifiedBy: ['recompute-groups.ts', 'group.'],
  },
};

function growth(): CountedTwice {
  return {
    twin: 'referenceFigures',
    comparedBy: properties,
    verifiedBy: ['recompute-figures.ts', `'retained'`],
  };
}

const exported = new Map<string, unknown>(Object.entries(testkit));
const folder = path.resolve(import.meta.dirname, '..');
const verification = path.resolve(folder, '../src/db/verification');

describe('every figure', () => {
  test.each(Object.entries({ ...catalogue, ...variants }))(
    'of %s is counted by the reference model and by the verification',
    (_figure, { twin, comparedBy, verifiedBy: [file, what] }) => {
      expect(exported.get(twin)).toBeTypeOf('function');
      expect(readFileSync(path.join(folder, comparedBy), 'utf8')).toContain(`${twin}(`);
      expect(readFileSync(path.join(verification, file), 'utf8')).toContain(what);
    },
  );

  test('that is defined is in the catalogue', () => {
    expect(Object.keys(catalogue).toSorted()).toEqual(Object.keys(figureDefinitions).toSorted());
  });
});
