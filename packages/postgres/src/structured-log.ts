/** The part of a pino logger that the packages below the services use: fields with a stable `event`, then a sentence. */
export interface StructuredLog {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}

/** For callers that have nowhere to log to. */
export const silentLog: StructuredLog = { info: () => {}, warn: () => {}, error: () => {} };
