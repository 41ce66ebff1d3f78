/** The fields that an operator has a source's identifiers read from, beside those that every source has them read from. */
import { identifierTypeSchema, isScopedType } from '@throughline/contracts';
import { z } from 'zod';
import { fieldPath } from './field-path.ts';
import { isJsonObject, type JsonObject } from './json-value.ts';

const readFrom = ['properties', 'traits', 'context'];

const propertyPath = fieldPath.refine((path) => readFrom.includes(path.split('.', 1)[0] ?? ''), {
  error: `expected a path that begins with ${readFrom.join(', ')}, such as properties.crm_id`,
});

const propertyType = identifierTypeSchema.refine((type) => !isScopedType(type), {
  error: 'expected a type without a scope, which transactionScope gives',
});

/** By path. At most 20: a touchpoint has no more identifiers. */
export const identifierPropertiesSchema = z
  .record(propertyPath, propertyType)
  .refine((properties) => Object.keys(properties).length <= 20, { error: 'expected at most 20 paths' });

/** Undefined where the path leads nowhere. Lists are not passed through: their elements are things, not the sender. */
export function valueAt(item: JsonObject, path: string): unknown {
  let value: unknown = item;
  for (const key of path.split('.')) {
    if (!isJsonObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}
