/** Reads a service's settings, or ends the process saying what is wrong with them. */
import { createLogger, loggableError } from './logger.ts';

/** With it a service reads its settings and ends: 0 when it could start with them. */
export const checkSettingsOption = '--check-settings';

/** A wrong setting is for the operator to correct, so it is one line, without a stack. */
export function configOrExit<T>(
  service: string,
  readConfig: () => T,
  argv: readonly string[] = process.argv,
): T {
  try {
    const config = readConfig();
    if (argv.includes(checkSettingsOption)) process.exit(0);
    return config;
  } catch (error) {
    const { message } = loggableError(error);
    createLogger({ service }).fatal({ event: 'service.config_invalid', problem: message }, message);
    return process.exit(1);
  }
}
