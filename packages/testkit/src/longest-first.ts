/** The order in which vitest starts test files. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Parts of the paths of the files that take longest: they mostly wait for brokers, browsers and processes. Started first,
 * the others fill what they leave of the processor, and a run does not end with one file alone.
 */
export const longFiles = [
  'infra/kafka/test/failover.int',
  'packages/event-log/test/integration/kafka-contract.int',
  'packages/console/test/integration/console.int',
  'services/metrics/test/integration/figures-on-postgres.int',
  'services/identity/test/unit/resolve.property',
  'packages/cli/test/integration/doctor.int',
  'packages/cli/test/integration/replay.int',
  'packages/event-log/test/integration/postgres-contract.int',
  'infra/compose/test/images.int',
  'infra/faults/test/faults.int',
  'infra/docs/test/readers.int',
  'infra/docs/test/settings.int',
  'infra/kafka/test/cluster.int',
  'infra/stack/test/start.int',
  'services/identity/test/unit/rules.property',
  'services/identity/test/integration/erasure.int',
  'services/ingest/test/integration/clients/browser-clients.int',
  'services/metrics/test/integration/restatements.int',
  'infra/kafka/test/secured.int',
  'packages/postgres/test/integration/start-embedded-postgres.int',
  'packages/cli/test/integration/identity-commands.int',
] as const;

const rank = (file: string): number => {
  const place = longFiles.findIndex((part) => file.includes(part));
  return place === -1 ? longFiles.length : place;
};

export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((left, right) => rank(left.moduleId) - rank(right.moduleId));
  }
}
