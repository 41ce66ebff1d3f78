/** Settings as they may be shown: secrets are replaced by stars. */
import { isJsonObject, type JsonObject } from './json-value.ts';

export function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (!isJsonObject(value)) return value;
  const shown: JsonObject = {};
  for (const [key, member] of Object.entries(value)) {
    if (key === 'secret') shown[key] = '***';
    else if (key === 'secrets' && Array.isArray(member)) shown[key] = member.map(() => '***');
    else shown[key] = withoutSecrets(member);
  }
  return shown;
}
