/** Reads a service's settings, or ends the process saying what is wrong with them. */
import { createLogger, loggableError } from './logger.ts';

/** With it a service reads its settings and ends: 0 when it could start with them. */
export const checkSettingsOption = '--check-settings';

/** The same, and what they come to as a line of JSON, without what is secret. */
const printSettingsOption = '--print-settings';

const secretName = /key|secret|password|databaseUrl/i;

/** A wrong setting is for the operator to correct, so it is one line, without a stack. */
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
    const { message } = loggableError(error);
    createLogger({ service }).fatal({ event: 'service.config_invalid', problem: message }, message);
    return process.exit(1);
  }
}

function withoutSecret(name: string, value: unknown): unknown {
  if (secretName.test(name) && typeof value === 'string') return 'set';
  if (name === 'keys' && typeof value === 'object' && value !== null) return Object.keys(value);
  return value;
}
