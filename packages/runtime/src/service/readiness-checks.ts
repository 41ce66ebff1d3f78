/** The checks of `/readyz` that every service has. */
import type { ReadinessCheck } from '../http/health-routes.ts';
import type { ServiceConfig } from '../service-config.ts';
import type { ServiceResources } from './open-resources.ts';
import { durabilityCheck } from './require-durable-database.ts';

export function readinessChecks(
  { apiPool, log }: Pick<ServiceResources, 'apiPool' | 'log'>,
  config: Pick<ServiceConfig, 'allowNonDurableDatabase'>,
): Readonly<Record<string, ReadinessCheck>> {
  return {
    database: () => apiPool.query('select 1'),
    durability: durabilityCheck(apiPool, config),
    log: () => log.ping(),
    // The server listens only after the migrations: an answer proves that they are done.
    migrations: () => Promise.resolve(),
  };
}
