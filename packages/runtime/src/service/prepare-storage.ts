/** Checks the database, brings the service's schema up to date and makes the topics that it needs, before anything else. */
import { compactedTopics, topicPartitions, type ServiceName, type Topic } from '@throughline/contracts';
import { consumerMigrations } from '@throughline/event-log';
import { runMigrations } from '@throughline/postgres';
import type { Logger } from '../logger.ts';
import type { ServiceConfig } from '../service-config.ts';
import type { ReportStep } from '../start-report.ts';
import type { ServiceResources } from './open-resources.ts';
import { requireDurableDatabase } from './require-durable-database.ts';

export interface PrepareStorageOptions {
  /** Its name is also its schema's. */
  service: ServiceName;
  config: Pick<ServiceConfig, 'allowNonDurableDatabase'>;
  resources: Pick<ServiceResources, 'pool' | 'log'>;
  logger: Logger;
  migrationsDirectory: string;
  /** Read or written by this service. */
  topics: readonly Topic[];
  reportStep?: ReportStep | undefined;
}

export async function prepareStorage(options: PrepareStorageOptions): Promise<void> {
  const { pool, log } = options.resources;
  const { reportStep = () => {} } = options;
  reportStep('waits for the database');
  await requireDurableDatabase(pool, options.config, options.logger);
  reportStep('applies migrations');
  const applied = await runMigrations(pool, {
    schema: options.service,
    directories: [consumerMigrations, options.migrationsDirectory],
  });
  if (applied.length > 0) {
    options.logger.info({ event: 'migrations.applied', files: applied }, 'schema is up to date');
  }
  reportStep('waits for the event log');
  await log.ensureTopics(
    options.topics.map((name) => ({
      name,
      partitions: topicPartitions[name],
      isCompacted: compactedTopics.has(name),
    })),
  );
  reportStep('starts its consumers and its server');
}
