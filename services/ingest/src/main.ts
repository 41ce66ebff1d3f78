/** Composition root: what ingest is made of. */
import { configOrExit, createLogger, runService } from '@throughline/runtime';
import { openResources } from '@throughline/runtime/service';
import { readConfig } from './config.ts';
import { startIngest } from './start.ts';

const service = 'ingest';
const connections = { background: 10, api: 4, consumer: 2 };
const config = configOrExit(service, readConfig);
const logger = createLogger({ service, level: config.logLevel });

await runService({
  name: service,
  logger,
  start: async (reportStep) =>
    await startIngest({
      config,
      logger,
      resources: await openResources({ service, config, logger, connections }),
      reportStep,
    }),
});
