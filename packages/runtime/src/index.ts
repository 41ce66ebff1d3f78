export { configOrExit } from './config-or-exit.ts';
export { exportConsumerWatch } from './export-consumer-watch.ts';
export { clientAddress } from './http/address-group.ts';
export { cursorMaxLength, invalidCursor, readCursor, writeCursor } from './http/cursor.ts';
export { createHttpApp, type HttpAppOptions, type ServiceHttp } from './http/create-http-app.ts';
export type { HttpApp } from './http/http-app.ts';
export { shortWork, type LongWork } from './http/loop-turns.ts';
export type { BodyReader } from './http/body-reader.ts';
export { defaultHttpConfig, type HttpConfig } from './http-config.ts';
export type { ReadinessCheck } from './http/health-routes.ts';
export { checkCharset } from './http/json-parser.ts';
export { parseJsonVariable } from './json-variable.ts';
export {
  checkJsonShape,
  decodeUtf8,
  forbiddenKey,
  maxJsonDepth,
  parseJsonText,
  tooDeep,
} from './http/parse-json.ts';
export { presentedKey } from './http/presented-key.ts';
export { faultOf, problemOf } from './http/problem.ts';
export { problemAnswers } from './http/problem-answers.ts';
export { shareOfKind } from './http/sender-kind.ts';
export { addRateLimitHeaders, type RateLimitState } from './http/rate-limit-headers.ts';
export type { RateLimits } from './http/rate-limits.ts';
export { authorize, requireProfileKey, withKeyKinds, type RequestHook } from './http/require-key.ts';
export {
  createKeyRing,
  trustOf,
  type BootstrapKeys,
  type KeyRing,
  type Principal,
  type StoredKeys,
} from './key-ring.ts';
export { parseKafka, type KafkaSettings } from './kafka-config.ts';
export { ConfigError } from './config-error.ts';
export { parseEach } from './parse-each.ts';
export {
  isLoopbackHost,
  parseKeys,
  parseListen,
  parseLogLevel,
  parseVariable,
  type Environment,
  type ListenConfig,
} from './listen-config.ts';
export { parseServiceConfig, type ServiceConfig } from './service-config.ts';
export { parseServiceUrl } from './service-url-config.ts';
export { loggableTouchpointId } from './loggable-touchpoint-id.ts';
export { createLogger, loggableError, scrubText, type Logger, type LoggerOptions } from './logger.ts';
export { runService, type RunningService, type RunServiceOptions } from './run-service.ts';
export type { ReportStep } from './start-report.ts';
export { shareNext } from './share-next.ts';
export { accessChannel, startStoredKeys, storedKeysMax } from './stored-keys.ts';
export { loggableTrace } from './tracing/loggable-trace.ts';
export type { Tracing } from './tracing/tracing.ts';
export { createSummary, type Summary, type SummaryOptions } from './summary.ts';
