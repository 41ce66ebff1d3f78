/**
 * What `start` needs: settings, lines and what services report. Apart from the index, which loads the HTTP server: that is
 * most of the time that such a process takes to begin.
 */
export { ConfigError } from './config-error.ts';
export { parseEach } from './parse-each.ts';
export { isLoopbackHost, parseKeys, parseLogLevel, parseVariable } from './listen-config.ts';
export { parseKafka } from './kafka-config.ts';
export type { BootstrapKeys } from './key-ring.ts';
export { checkSettingsOption } from './config-or-exit.ts';
export { createLogger } from './logger.ts';
export { findUnknownSettings, settingNames, type UnknownSetting } from './setting-names.ts';
export { nodeLimitsOf } from './node-limits.ts';
export { parseStartReport, type StartReport } from './start-report.ts';
