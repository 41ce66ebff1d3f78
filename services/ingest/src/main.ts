/** Composition root: what ingest is made of. */
import { configOrExit, createLogger, runService } from '@throughline/runtime';
import { readConfig } from './config.ts';

const service = 'ingest';
const connections = { background: 10, api: 4, consumer: 2 };
const config = configOrExit(service, readConfig);
const logger = createLogger({ service, level: config.logLevel });

await runService({
  name: service,
  logger,
  start: async (reportStep) => {
    // Loaded only now: a wrong setting, and --check-settings, are answered without the whole service.
    const [{ openResources }, { startIngest }] = await Promise.all([
      import('@throughline/runtime/service'),
      import('./start.ts'),
    ]);
    return await startIngest({
      config,
      logger,
      resources: await openResources({ service, config, logger, connections }),
      reportStep,
    });
  },
});
