/**
 * Whether an item may be kept, and what of it. Decided before anything else is, so that what a person refused is judged by
 * nothing and lies nowhere.
 */
import { isJsonObject, type JsonObject } from '../json-value.ts';
import { rejectionOf, type Rejection } from '../rejection.ts';
import type { PrivacySettings } from './privacy-settings.ts';
import { redactItem, type KeyedHash } from './redact-item.ts';

/** What the request says beside its items: of a browser, and about it. */
export interface RequestSignals {
  doNotTrack: boolean;
  globalPrivacyControl: boolean;
  /** Null where it is not that of the person's program, as with servers. */
  userAgent: string | null;
}

export const noSignals: RequestSignals = Object.freeze({
  doNotTrack: false,
  globalPrivacyControl: false,
  userAgent: null,
});

export interface PrivacyTools {
  keyedHash: KeyedHash;
  isBot: (userAgent: string) => boolean;
}

export type PrivacyDecision =
  | { ok: true; item: JsonObject; isBot: boolean }
  | {
      ok: false;
      rejection: Rejection;
      /** What may be kept of it among the rejects. */
      kept: JsonObject;
    };

export function decidePrivacy(
  item: JsonObject,
  signals: RequestSignals,
  settings: PrivacySettings,
  tools: PrivacyTools,
): PrivacyDecision {
  const signalled = withSignals(item, signals);
  const context = isJsonObject(signalled['context']) ? signalled['context'] : {};
  const refusal = findRefusal(context, settings);
  if (refusal !== null) {
    return { ok: false, rejection: rejectionOf('consent_refused', ...refusal), kept: namesOf(item) };
  }
  const redacted = redactItem(signalled, settings, tools.keyedHash);
  const own = context['userAgent'];
  const userAgent = typeof own === 'string' && own !== '' ? own : signals.userAgent;
  const isBot = userAgent !== null && tools.isBot(userAgent);
  if (isBot && settings.bots === 'refused') {
    const expected = 'a browser or an app of a person';
    return {
      ok: false,
      rejection: rejectionOf('bot_refused', 'context.userAgent', expected),
      kept: redacted,
    };
  }
  return { ok: true, item: redacted, isBot };
}

/** A browser's signals are carried with the touchpoint, where servers that pass one on write them too. */
function withSignals(item: JsonObject, { doNotTrack, globalPrivacyControl }: RequestSignals): JsonObject {
  if (!doNotTrack && !globalPrivacyControl) return item;
  const context = item['context'];
  if (context !== undefined && context !== null && !isJsonObject(context)) return item;
  return {
    ...item,
    context: {
      ...context,
      ...(doNotTrack ? { doNotTrack } : {}),
      ...(globalPrivacyControl ? { globalPrivacyControl } : {}),
    },
  };
}

/** Field and expectation of what the person refused, or null. */
function findRefusal(context: JsonObject, settings: PrivacySettings): [string, string] | null {
  if (settings.honor.includes('dnt') && context['doNotTrack'] === true) {
    return ['context.doNotTrack', 'a person who does not ask not to be tracked'];
  }
  if (settings.honor.includes('gpc') && context['globalPrivacyControl'] === true) {
    return ['context.globalPrivacyControl', 'a person who does not ask not to be tracked'];
  }
  const consent = consentOf(context['consent']);
  const missing = settings.requireConsent.find((category) => consent[category] !== true);
  return missing === undefined ? null : ['context.consent', `consent to the category ${missing}`];
}

/** By category, as Segment's clients send it (`categoryPreferences`), or plainly. */
function consentOf(consent: unknown): JsonObject {
  if (!isJsonObject(consent)) return {};
  const preferences = consent['categoryPreferences'];
  return isJsonObject(preferences) ? preferences : consent;
}

/** What lets an operator count refusals, and says nothing about the person. */
function namesOf(item: JsonObject): JsonObject {
  return Object.fromEntries(
    ['messageId', 'id', 'type'].flatMap((field) => {
      const value = item[field];
      return typeof value === 'string' && value.length <= 100 ? [[field, value]] : [];
    }),
  );
}
