/** Composition root: what metrics is made of. */
import { configOrExit, createLogger, runService } from '@throughline/runtime';
import { openResources } from '@throughline/runtime/service';
import { readConfig } from './config.ts';
import { startMetrics } from './start.ts';

const service = 'metrics';
const connections = { background: 10, api: 5, consumer: 5 };
const config = configOrExit(service, readConfig);
const logger = createLogger({ service, level: config.logLevel });

await runService({
  name: service,
  logger,
  start: async (reportStep) =>
    await startMetrics({
      config,
      logger,
      resources: await openResources({ service, config, logger, connections }),
      reportStep,
    }),
});
