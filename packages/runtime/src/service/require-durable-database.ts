/** Refuses a Postgres that may lose what was acknowledged (law 2), unless a setting accepts that by name. */
import { findDurability, type Durability } from '@throughline/postgres';
import type { Pool } from 'pg';
import type { ReadinessCheck } from '../http/health-routes.ts';
import { ConfigError } from '../config-error.ts';
import type { Logger } from '../logger.ts';
import { allowNonDurableVariable, type ServiceConfig } from '../service-config.ts';

type DurabilityConfig = Pick<ServiceConfig, 'allowNonDurableDatabase'>;

/** @throws ConfigError that says which settings to change */
export async function requireDurableDatabase(
  pool: Pool,
  config: DurabilityConfig,
  logger: Logger,
): Promise<void> {
  const { lossySettings, isCommitCorrected } = await findDurability(pool);
  if (isCommitCorrected) {
    logger.warn(
      { event: 'database.commit_corrected' },
      'synchronous_commit is off in the database: it is on for the connections of this service',
    );
  }
  if (lossySettings.length === 0) return;
  const settings = lossySettings.map((name) => `${name}=off`).join(', ');
  if (!config.allowNonDurableDatabase) {
    throw new ConfigError(
      `DATABASE_URL: this Postgres does not write durably (${settings}), so a crash of its machine can lose or damage what ` +
        `was acknowledged. Switch it on, or accept the loss with ${allowNonDurableVariable}=true.`,
    );
  }
  logger.warn(
    { event: 'database.not_durable', settings: lossySettings },
    `the database does not write durably (${settings}), which ${allowNonDurableVariable} accepts`,
  );
}

/** For `/readyz`: both settings of a running server can change with its next reload. */
export function durabilityCheck(pool: Pool, config: DurabilityConfig): ReadinessCheck {
  return async () => {
    const durability = await findDurability(pool);
    if (durability.lossySettings.length > 0 && !config.allowNonDurableDatabase) {
      throw Object.assign(new Error('the database does not write durably'), { code: wordOf(durability) });
    }
    return wordOf(durability);
  };
}

/** What is not as it should be, in one word; `ok` when everything is. */
function wordOf({ lossySettings, isCommitCorrected }: Durability): string {
  if (lossySettings.length > 0) return `${lossySettings.join('_off_and_')}_off`;
  return isCommitCorrected ? 'synchronous_commit_corrected' : 'ok';
}
