/** A setting that is JSON text. */
import { z } from 'zod';
import { ConfigError } from './config-error.ts';
import { parseVariable, type Environment } from './listen-config.ts';

/** Not set is `{}`. @throws ConfigError naming the variable, and the place in it */
export function parseJsonVariable<T>(environment: Environment, name: string, schema: z.ZodType<T>): T {
  const text = parseVariable(environment, name, z.string().default('{}'));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ConfigError(`${name}: must be JSON, such as {}`);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`);
  throw new ConfigError(`${name}: ${faults.join('; ')}`);
}
