/**
 * The life of a service process: start, say so, stop in order. It reports to a supervising parent over IPC; if the
 * parent dies without a word, the closed IPC channel stops the service, so nothing is left behind.
 */
import { loggableError, type Logger } from './logger.ts';
import type { ReportStep, StartReport } from './start-report.ts';

export interface RunningService {
  /** Sent to the parent and logged, such as `{port}`. */
  ready?: Readonly<Record<string, string | number>>;
  /** Finishes what is in flight and resolves when nothing runs any more. */
  stop(): Promise<void>;
}

export interface RunServiceOptions {
  name: string;
  logger: Logger;
  /** @param reportStep to be called with what the start waits for next */
  start: (reportStep: ReportStep) => Promise<RunningService>;
  /** How long an orderly stop may take before the process ends anyway. Default 15 s. */
  stopDeadlineMs?: number;
}

const impatienceMs = 2_000;

/** Does not return before the service has stopped; ends the process. */
export async function runService(options: RunServiceOptions): Promise<void> {
  const { name, logger, start, stopDeadlineMs = 15_000 } = options;
  const asked = Promise.withResolvers<string>();
  let askedAt: number | null = null;

  // Ctrl-C reaches the whole process group, and the parents then forward it: several asks at once are one.
  const requestStop = (reason: string): void => {
    if (askedAt === null) {
      askedAt = performance.now();
      asked.resolve(reason);
    } else if (performance.now() - askedAt > impatienceMs && reason !== 'disconnect') {
      logger.warn({ event: 'service.stop_forced', reason }, `${name}: asked again, ends now`);
      process.exit(1);
    }
  };
  const crash = (error: unknown, origin: string): void => {
    logger.fatal({ event: 'service.crashed', origin, err: error }, `${name}: ${origin}`);
    process.exit(1);
  };
  process.on('SIGTERM', () => requestStop('SIGTERM'));
  process.on('SIGINT', () => requestStop('SIGINT'));
  process.on('uncaughtException', (error) => crash(error, 'uncaughtException'));
  process.on('unhandledRejection', (error) => crash(error, 'unhandledRejection'));
  if (process.connected) process.on('disconnect', () => requestStop('disconnect'));

  const reportStep = (step: string): void => {
    logger.debug({ event: 'service.starting', step }, `${name} ${step}`);
    tellParent({ type: 'starting', step });
  };

  let running: RunningService | 'asked to stop';
  try {
    // A start may wait for others for as long as it takes, and is given up as a kill would: nothing is half done.
    running = await Promise.race([start(reportStep), asked.promise.then(() => 'asked to stop' as const)]);
  } catch (error) {
    logger.fatal({ event: 'service.start_failed', err: error }, `${name} cannot start: ${sayWhy(error)}`);
    return process.exit(1);
  }
  if (running === 'asked to stop') {
    logger.info(
      { event: 'service.stopping', reason: await asked.promise },
      `${name} stops before it started`,
    );
    logger.info({ event: 'service.stopped' }, `${name} stopped`);
    return process.exit(0);
  }
  logger.info({ event: 'service.started', ...running.ready }, `${name} started`);
  tellParent({ type: 'ready' });

  const reason = await asked.promise;
  logger.info({ event: 'service.stopping', reason }, `${name} stops`);
  const deadline = setTimeout(() => {
    logger.error(
      { event: 'service.stop_timeout', deadlineMs: stopDeadlineMs },
      `${name} did not stop in time`,
    );
    process.exit(1);
  }, stopDeadlineMs);
  try {
    await running.stop();
  } catch (error) {
    logger.error({ event: 'service.stop_failed', err: error }, `${name} did not stop in order`);
    return process.exit(1);
  }
  clearTimeout(deadline);
  logger.info({ event: 'service.stopped' }, `${name} stopped`);
  process.exit(0);
}

function tellParent(report: StartReport): void {
  if (process.connected) process.send?.(report);
}

/** The cause of a fault is what an operator can act on. */
function sayWhy(error: unknown): string {
  const { message, cause } = loggableError(error);
  return cause === undefined || cause.message === '' ? message : `${message}: ${cause.message}`;
}
