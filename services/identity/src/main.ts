/** Composition root: what identity is made of. */
import { configOrExit, createLogger, runService } from '@throughline/runtime';
import { readConfig } from './config.ts';

const service = 'identity';
/** Of consumers: a batch of each partition, the relay, rechecks and decisions at the same time. */
const connections = { background: 6, api: 6, consumer: 10 };
const config = configOrExit(service, readConfig);
const logger = createLogger({ service, level: config.logLevel });

await runService({
  name: service,
  logger,
  start: async (reportStep) => {
    // Loaded only now: a wrong setting, and --check-settings, are answered without the whole service.
    const [{ openResources }, { startIdentityService }] = await Promise.all([
      import('@throughline/runtime/service'),
      import('./start.ts'),
    ]);
    return await startIdentityService({
      config,
      logger,
      resources: await openResources({ service, config, logger, connections }),
      reportStep,
    });
  },
});
