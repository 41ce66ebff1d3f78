/** Where traces are sent, by OpenTelemetry's own names of settings, so that a deployment sets them once for all it runs. */
import { z } from 'zod';
import { ConfigError } from '../config-error.ts';
import { parseVariable, type Environment } from '../listen-config.ts';
import { parseEach } from '../parse-each.ts';

const samplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

export interface TracingConfig {
  /** Of the traces: the collector's address with `/v1/traces`. */
  url: string;
  sampler: (typeof samplers)[number];
  /** Share of the traces that begin here; of the samplers by ratio. */
  ratio: number;
}

const address = z
  .url({ protocol: /^https?$/, error: 'must be the address of a collector, such as http://localhost:4318' })
  .optional();

/** `name=value,…`, each percent-encoded where it has to be. The library reads them; a login never comes to the configuration. */
const headers = z
  .string()
  .regex(/^\s*[^\s=,]+\s*=[^,]*(,\s*[^\s=,]+\s*=[^,]*)*$/, {
    error: 'must be name=value, separated by commas',
  })
  .optional();

/** Null where no collector is named. @throws ConfigError naming the variable */
export function parseTracing(environment: Environment): TracingConfig | null {
  const { own, common, sampler, ratio } = parseEach({
    own: () => parseVariable(environment, 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', address),
    common: () => parseVariable(environment, 'OTEL_EXPORTER_OTLP_ENDPOINT', address),
    headers: () => parseVariable(environment, 'OTEL_EXPORTER_OTLP_HEADERS', headers),
    sampler: () =>
      parseVariable(
        environment,
        'OTEL_TRACES_SAMPLER',
        z.enum(samplers, { error: `must be one of ${samplers.join(', ')}` }).default('parentbased_always_on'),
      ),
    ratio: () =>
      parseVariable(
        environment,
        'OTEL_TRACES_SAMPLER_ARG',
        z.coerce.number({ error: 'must be a share from 0 to 1' }).min(0).max(1).default(1),
      ),
  });
  const url = own ?? (common === undefined ? undefined : `${common.replace(/\/+$/, '')}/v1/traces`);
  if (url === undefined) return null;
  if (new URL(url).username !== '') {
    throw new ConfigError(
      'OTEL_EXPORTER_OTLP_ENDPOINT: holds a login, which would be logged: set OTEL_EXPORTER_OTLP_HEADERS instead',
    );
  }
  return { url, sampler, ratio };
}
