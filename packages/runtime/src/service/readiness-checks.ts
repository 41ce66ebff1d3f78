/** The checks of `/readyz` that every service has. */
import type { ReadinessCheck } from '../http/health-routes.ts';
import type { ServiceResources } from './open-resources.ts';

export function readinessChecks({
  apiPool,
  log,
}: Pick<ServiceResources, 'apiPool' | 'log'>): Readonly<Record<string, ReadinessCheck>> {
  return {
    database: () => apiPool.query('select 1'),
    log: () => log.ping(),
    // The server listens only after the migrations: an answer proves that they are done.
    migrations: () => Promise.resolve(),
  };
}
