/** Composition root: what metrics is made of. */
import { configOrExit, createLogger, runService } from '@throughline/runtime';
import { readConfig } from './config.ts';

const service = 'metrics';
const connections = { background: 10, api: 5, consumer: 5 };
const config = configOrExit(service, readConfig);
const logger = createLogger({ service, level: config.logLevel });

await runService({
  name: service,
  logger,
  start: async (reportStep) => {
    // Loaded only now: a wrong setting, and --check-settings, are answered without the whole service.
    const [{ openResources }, { startMetrics }] = await Promise.all([
      import('@throughline/runtime/service'),
      import('./start.ts'),
    ]);
    return await startMetrics({
      config,
      logger,
      resources: await openResources({ service, config, logger, connections }),
      reportStep,
    });
  },
});
