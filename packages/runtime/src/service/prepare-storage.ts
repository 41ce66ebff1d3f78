/** Brings the service's schema up to date and makes the topics that it needs, before anything else runs. */
import { topicPartitions, type ServiceName, type Topic } from '@throughline/contracts';
import { consumerMigrations } from '@throughline/event-log';
import { runMigrations } from '@throughline/postgres';
import type { Logger } from '../logger.ts';
import type { ServiceResources } from './open-resources.ts';

export interface PrepareStorageOptions {
  /** Its name is also its schema's. */
  service: ServiceName;
  resources: Pick<ServiceResources, 'pool' | 'log'>;
  logger: Logger;
  migrationsDirectory: string;
  /** Read or written by this service. */
  topics: readonly Topic[];
}

export async function prepareStorage(options: PrepareStorageOptions): Promise<void> {
  const { pool, log } = options.resources;
  const applied = await runMigrations(pool, {
    schema: options.service,
    directories: [consumerMigrations, options.migrationsDirectory],
  });
  if (applied.length > 0) {
    options.logger.info({ event: 'migrations.applied', files: applied }, 'schema is up to date');
  }
  await log.ensureTopics(options.topics.map((name) => ({ name, partitions: topicPartitions[name] })));
}
