/** What a service's `main.ts` and `start.ts` need; apart, because it loads the clients of the database and of the log. */
export { consumerDependencies, type ConsumerParts } from './consumer-dependencies.ts';
export { startClockCheck, type ClockCheckOptions } from './clock-check.ts';
export { exportGauges } from './export-gauges.ts';
export { openResources, type ServiceResources } from './open-resources.ts';
export { prepareStorage } from './prepare-storage.ts';
export { readinessChecks } from './readiness-checks.ts';
export { runServer, type RunningServer } from './run-server.ts';
export { watchConsumers } from './watch-consumers.ts';
