/** Where a service finds another one: by its setting, else on this machine at the port that it listens on. */
import { defaultPorts, portVariable, urlVariable, type ServiceName } from '@throughline/contracts';
import { z } from 'zod';
import { parseVariable, type Environment } from './listen-config.ts';

const urlSchema = z.url({ protocol: /^https?$/, error: 'must be an http or https address' });

/** @throws ConfigError naming the variable */
export function parseServiceUrl(environment: Environment, service: ServiceName): string {
  const port = environment[portVariable(service)];
  const local = `http://127.0.0.1:${port === undefined || port === '' ? defaultPorts[service] : port}`;
  return parseVariable(environment, urlVariable(service), urlSchema.default(local));
}
