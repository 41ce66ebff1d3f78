import { canStartBrokers } from '@throughline/testkit';
import { describe, expect, test } from 'vitest';
import { runScenario, type Scenario } from '../src/run.ts';
import { instances } from '../src/scenarios/instances.ts';
import { upgrade } from '../src/scenarios/upgrade.ts';

const lean = { seed: 7, touchpoints: 300, seconds: 5, folder: undefined, say: () => {} };

async function expectWholeRun(scenario: Scenario): Promise<void> {
  const report = await runScenario(scenario, lean);
  expect(report.faults.toSorted()).toEqual(scenario.faults.toSorted());
  expect(report.verdict?.touchpoints).toBeGreaterThanOrEqual(lean.touchpoints);
  expect(report.verdict?.verifiedFigures).toBeGreaterThan(0);
}

describe('a newer version of each service, started beside the old one', () => {
  test('replaces it under load, and what only the newer one knows waits for it', async () => {
    await expectWholeRun(upgrade);
  });
});

describe.runIf(canStartBrokers())(
  'two processes of each service on Kafka, each service with a database of its own',
  () => {
    test('lose and double nothing when one of each is killed and the other is suspended past its session', async () => {
      await expectWholeRun(instances);
    });
  },
);
