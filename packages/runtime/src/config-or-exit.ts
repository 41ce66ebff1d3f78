/** Reads a service's settings, or ends the process saying what is wrong with them. */
import { createLogger, loggableError } from './logger.ts';

/** A wrong setting is for the operator to correct, so it is one line, without a stack. */
export function configOrExit<T>(service: string, readConfig: () => T): T {
  try {
    return readConfig();
  } catch (error) {
    const { message } = loggableError(error);
    createLogger({ service }).fatal({ event: 'service.config_invalid', problem: message }, message);
    return process.exit(1);
  }
}
