/** Reads a service's settings, or ends the process saying what is wrong with them. */
import { ConfigError } from './config-error.ts';
import { createLogger, loggableError } from './logger.ts';

/** With it a service reads its settings and ends: 0 when it could start with them. */
export const checkSettingsOption = '--check-settings';

/** The same, and what they come to as a line of JSON, without what is secret. */
const printSettingsOption = '--print-settings';

const secretName = /key|secret|password|databaseUrl/i;

/** Wrong settings are for the operator to correct, so each is one line, without a stack. */
export function configOrExit<T>(
  service: string,
  readConfig: () => T,
  argv: readonly string[] = process.argv,
): T {
  try {
    const config = readConfig();
    if (argv.includes(printSettingsOption)) console.log(JSON.stringify(config, withoutSecret));
    if (argv.includes(checkSettingsOption) || argv.includes(printSettingsOption)) process.exit(0);
    return config;
  } catch (error) {
    const problems = error instanceof ConfigError ? error.problems : [loggableError(error).message];
    const logger = createLogger({ service });
    for (const problem of problems) logger.fatal({ event: 'service.config_invalid', problem }, problem);
    return process.exit(1);
  }
}

function withoutSecret(name: string, value: unknown): unknown {
  if (secretName.test(name) && typeof value === 'string') return 'set';
  if (name === 'keys' && typeof value === 'object' && value !== null) return Object.keys(value);
  return value;
}
