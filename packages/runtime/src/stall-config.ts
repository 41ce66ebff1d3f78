/** When the watchdog calls a consumer stalled: one setting for every service. */
import { parseVariable, type Environment } from './listen-config.ts';
import { z } from 'zod';

/** @throws ConfigError naming the variable */
export function parseStallSeconds(environment: Environment): number {
  return parseVariable(
    environment,
    'THROUGHLINE_STALL_SECONDS',
    z.coerce
      .number({ error: 'must be a number of seconds from 15 to 86400' })
      .int()
      .min(15)
      .max(86_400)
      .default(60),
  );
}
