/**
 * One logger for all services: JSON lines with a stable `event`, an ISO `time` and the `service`. What must never be
 * in a log (keys, e-mail addresses, query strings) is kept out by the callers; the last line of defence is here.
 */
import { anyKeyPrefix, keyPrefixes } from '@throughline/contracts';
import { pino, type DestinationStream, type LogFn, type Logger as PinoLogger } from 'pino';

/** Loaded only where a person reads: it is many files. */
const pretty = process.stdout.isTTY ? (await import('pino-pretty')).default : null;

export type Logger = PinoLogger;

export interface LoggerOptions {
  service: string;
  /** `trace debug info warn error fatal silent`; default `info`. */
  level?: string;
  /** Where lines go; default stdout, pretty when that is a terminal. */
  destination?: DestinationStream;
}

const keyPattern = new RegExp(`\\b${anyKeyPrefix}[A-Za-z0-9_-]{8,}`, 'g');
const suspiciousTexts = ['@', ...Object.values(keyPrefixes)];
// A domain ends in letters, which distinguishes an address from the `name@1.2.3` of a package in a stack.
const emailPattern = /[^\s"'<>()=,;:\\@]{1,100}@[^\s"'<>()=,;:\\/@]{1,100}\.\p{L}{2,20}(?![\p{L}\d/@])/gu;
const queryPattern = /(\/[A-Za-z0-9._~/-]{0,200})\?[^\s"'\\]{1,2000}/g;

/** Removes keys, e-mail addresses and query strings from free text, such as the message of a database error. */
export function scrubText(text: string): string {
  return text
    .replace(keyPattern, '[key]')
    .replace(emailPattern, '[email]')
    .replace(queryPattern, '$1?[query]');
}

// The last line of defence runs on every line, so it first asks the cheap question.
function scrubLine(line: string): string {
  const suspicious = suspiciousTexts.some((text) => line.includes(text));
  return suspicious ? line.replace(keyPattern, '[key]').replace(emailPattern, '[email]') : line;
}

export interface LoggableError {
  type: string;
  message: string;
  code?: string;
  stack?: string;
  cause?: LoggableError;
}

// The serializer of `err` meets errors that the caller has made loggable already.
const madeLoggable = new WeakSet<object>();

/**
 * What of an error may be logged. An allow-list: the `detail`, `where` and parameters of a database error hold values
 * of rows.
 */
export function loggableError(error: unknown, depth = 0): LoggableError {
  if (isMadeLoggable(error)) return error;
  if (!(error instanceof Error)) return { type: typeof error, message: scrubText(String(error)) };
  const loggable: LoggableError = { type: error.name, message: scrubText(error.message) };
  if ('code' in error && typeof error.code === 'string') loggable.code = error.code;
  if (error.stack !== undefined) loggable.stack = scrubText(error.stack);
  if (error.cause !== undefined && depth < 3) loggable.cause = loggableError(error.cause, depth + 1);
  madeLoggable.add(loggable);
  return loggable;
}

function isMadeLoggable(error: unknown): error is LoggableError {
  return typeof error === 'object' && error !== null && madeLoggable.has(error);
}

// Without a message pino takes the error's own, past every serializer.
function logWithSafeMessage(this: Logger, args: Parameters<LogFn>, method: LogFn): void {
  const [fields, ...rest] = args as [unknown, ...unknown[]];
  const error = typeof fields === 'object' && fields !== null && 'err' in fields ? fields.err : fields;
  if (rest.length === 0 && error instanceof Error) {
    method.call(this, fields === error ? { err: error } : fields, scrubText(error.message));
  } else {
    method.apply(this, args);
  }
}

export function createLogger({ service, level = 'info', destination }: LoggerOptions): Logger {
  const stream =
    destination ??
    (pretty !== null
      ? pretty({ colorize: true, ignore: 'pid,hostname', messageFormat: '{event} {msg}', singleLine: true })
      : pino.destination({ dest: 1, sync: true }));
  return pino(
    {
      level,
      base: { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: (error: unknown) => loggableError(error) },
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => ('event' in fields ? fields : { event: 'unnamed', ...fields }),
      },
      hooks: { streamWrite: scrubLine, logMethod: logWithSafeMessage },
    },
    stream,
  );
}
