/** Composition root: what identity is made of. */
import { configOrExit, createLogger, runService } from '@throughline/runtime';
import { openResources } from '@throughline/runtime/service';
import { readConfig } from './config.ts';
import { startIdentityService } from './start.ts';

const service = 'identity';
/** Of consumers: a batch of each partition, the relay, rechecks and decisions at the same time. */
const connections = { background: 6, api: 6, consumer: 10 };
const config = configOrExit(service, readConfig);
const logger = createLogger({ service, level: config.logLevel });

await runService({
  name: service,
  logger,
  start: async (reportStep) =>
    await startIdentityService({
      config,
      logger,
      resources: await openResources({ service, config, logger, connections }),
      reportStep,
    }),
});
