/**
 * What the `previousId` of an alias is. Segment's specification lets it be a user's old id or a visitor's anonymous id and
 * has no field that says which, so a rule over the touchpoint itself decides, never what is stored.
 */
import type { Trust } from '@throughline/contracts';
import { isBlank, type JsonObject } from './json-value.ts';

type AliasIdType = 'user_id' | 'anonymous_id';

/** Client libraries make anonymous ids as UUIDs. */
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * The types under which `previousId` is named, by the first rule that applies:
 * 1. Browser libraries put the user's id there, else the visitor's, and send `anonymousId` beside it: equal to that one it
 *    is a visitor's, else a user's.
 * 2. A public key cannot join two users, so without an `anonymousId` all that its alias can do is to join a visitor.
 * 3. A UUID beside a user id that is none is a visitor's; what is no UUID is a user's.
 * 4. Where user ids are UUIDs too, the form decides nothing: it is named as both, and is joined in either case.
 */
export function aliasIdTypes(item: JsonObject, trust: Trust): readonly AliasIdType[] {
  const previousId = textOf(item['previousId']);
  if (!isBlank(item['anonymousId'])) {
    return textOf(item['anonymousId']) === previousId ? ['anonymous_id'] : ['user_id'];
  }
  if (trust === 'public') return ['anonymous_id'];
  if (!uuidPattern.test(previousId)) return ['user_id'];
  return uuidPattern.test(textOf(item['userId'])) ? ['user_id', 'anonymous_id'] : ['anonymous_id'];
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
}
