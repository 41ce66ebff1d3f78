/** A profile that is to be erased, and an erasure, in words. */
import { z } from 'zod';
import { printableText } from './printable-text.ts';

const identifiersSchema = z.array(z.looseObject({ id: z.string(), type: z.string(), value: z.string() }));

export const erasableProfileSchema = z.looseObject({
  id: z.string(),
  identifiers: identifiersSchema,
  identifierCount: z.number(),
  touchpointCount: z.number(),
});
export type ErasableProfile = z.infer<typeof erasableProfileSchema>;

const listSchema = z.looseObject({ count: z.number(), items: identifiersSchema });

export const erasureSchema = z.looseObject({
  id: z.string(),
  at: z.string(),
  profile: z.string(),
  state: z.enum(['running', 'done']),
  step: z.string(),
  failure: z.string().nullable(),
  finishedAt: z.string().nullable(),
  extent: listSchema,
  unconfirmed: listSchema,
  suppression: z.looseObject({ state: z.string(), since: z.string() }).nullable(),
  removed: z.record(z.string(), z.number()),
  metrics: z
    .looseObject({
      state: z.enum(['pending', 'done', 'unavailable']),
      facts: z.number().optional(),
      deadLetters: z.number().optional(),
      message: z.string().optional(),
    })
    .optional(),
  expires: z.array(z.looseObject({ what: z.string(), after: z.string() })),
});
export type Erasure = z.infer<typeof erasureSchema>;

/** What an erasure would be about. */
export function erasableText({ id, identifiers, identifierCount, touchpointCount }: ErasableProfile): string {
  return [
    `profile ${printableText(id)}, identifiers: ${identifierCount}, touchpoints: ${touchpointCount}`,
    ...identifierLines({ count: identifierCount, items: identifiers }),
  ].join('\n');
}

const removedNames: Readonly<Record<string, string>> = {
  touchpointsDropped: 'touchpoints dropped',
  touchpointsStruck: 'touchpoints of others that lost identifiers of the person',
  decisions: 'decisions ended',
  historyEntries: 'entries of the history',
  rejections: 'rejected items',
  deadLetters: 'dead letters',
};

/** The confirmation: what it takes, what it has removed, what stays until it is confirmed, and what expires. */
export function erasureText(erasure: Erasure): string {
  const { id, at, state, step, failure, extent, unconfirmed, suppression, removed, expires } = erasure;
  const progress = state === 'done' ? `done at ${erasure.finishedAt ?? ''}` : `running, at the step ${step}`;
  return [
    `erasure ${printableText(id)} of profile ${printableText(erasure.profile)}: ${printableText(progress)}`,
    `What occurred or was received by ${printableText(at)} is erased, late arrivals included.`,
    ...(failure === null ? [] : [`Its last attempt failed and is repeated: ${printableText(failure)}`]),
    `Identifiers that it takes: ${extent.count}`,
    ...identifierLines(extent),
    ...unconfirmedLines(unconfirmed),
    ...(suppression === null
      ? []
      : [`Kept out since ${printableText(suppression.since)}: ${printableText(suppression.state)}`]),
    'Removed:',
    ...Object.entries(removed).map(
      ([kind, count]) => `  ${printableText(removedNames[kind] ?? kind)}: ${count}`,
    ),
    ...metricsLines(erasure.metrics),
    'Expires:',
    ...expires.map(({ what, after }) => `  ${printableText(what)}: ${printableText(after)}`),
  ].join('\n');
}

/** What metrics removes follows, so it may still be pending. */
export function isDone({ state, metrics }: Erasure): boolean {
  return state === 'done' && metrics?.state !== 'pending';
}

function metricsLines(metrics: Erasure['metrics']): string[] {
  if (metrics === undefined) return [];
  const { state, facts = 0, deadLetters = 0, message = '' } = metrics;
  if (state === 'unavailable') return [`  in metrics: not known, ${printableText(message)}`];
  const counts = `facts: ${facts}, dead letters: ${deadLetters}`;
  return [`  in metrics${state === 'done' ? '' : ', so far'}: ${counts}`];
}

interface ListedIdentifiers {
  count: number;
  items: readonly { id: string; type: string; value: string }[];
}

/** Those that wait for a confirmation, by the ids that it may name. */
export function unconfirmedText({ count, items }: ListedIdentifiers): string {
  return [
    `Identifiers that are linked by public evidence alone: ${count}`,
    ...items.map(({ id, type, value }) => `  ${printableText(id)}  ${printableText(`${type}:${value}`)}`),
    ...(count > items.length ? [`  and ${count - items.length} more`] : []),
  ].join('\n');
}

function unconfirmedLines(unconfirmed: ListedIdentifiers): string[] {
  if (unconfirmed.count === 0) return [];
  return [
    `Identifiers that are linked by public evidence alone, and stay until they are confirmed: ${unconfirmed.count}`,
    ...identifierLines(unconfirmed),
  ];
}

/** Removed values are blank: those are only counted. */
function identifierLines({ count, items }: ListedIdentifiers): string[] {
  const named = items.filter(({ value }) => value !== '');
  const removed = items.length - named.length;
  return [
    ...named.map(({ type, value }) => `  ${printableText(`${type}:${value}`)}`),
    ...(removed > 0 ? [`  ${removed} whose values are removed`] : []),
    ...(count > items.length ? [`  and ${count - items.length} more`] : []),
  ];
}
