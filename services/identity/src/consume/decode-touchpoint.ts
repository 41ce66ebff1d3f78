/** From a record of `touchpoints.v1` to what the resolver and the store need of it. */
import {
  type AcceptedTouchpoint,
  acceptedTouchpointSchema,
  compareIdentifierTypes,
  isTransactionType,
  type Touchpoint,
} from '@throughline/contracts';
import { type LogRecord, type ParsedRecord, parseJsonRecord } from '@throughline/event-log';
import { z } from 'zod';
import { isGuessableNumber } from '../core/guessable-number.ts';
import { type Statement, statementsOf } from '../core/statements.ts';
import type { IncomingTouchpoint, MentionedIdentifier } from '../core/mentions.ts';
import { shownIdentifier } from '../core/normalization.ts';
import { withdrawnPairs } from '../core/evidence-withdrawal.ts';
import type { NamingRules, Rules } from '../core/rules.ts';
import type { IdentifierIds } from '../identifier-id.ts';

/** Compiled: a third of the cost. */
const checkAccepted = z.compile(acceptedTouchpointSchema);

export interface DecodedTouchpoint {
  /** The record as the log has it. */
  text: string;
  accepted: AcceptedTouchpoint;
  incoming: IncomingTouchpoint;
  /** Normalized values by identifier id. */
  values: { id: string; value: string }[];
  statements: Statement[];
  /** Version of the rules that say what is blocked and withdrawn. */
  rulesVersion: number;
  /** Of the record. */
  traceparent?: string | undefined;
}

const acceptedFormat = {
  schema: checkAccepted,
  kindPaths: ['touchpoint.type', 'touchpoint.identifiers.*.type', 'touchpoint.amends.type', 'trust'],
  touchpointPath: 'touchpoint',
};

/** Weighs a touchpoint by the links it can make: pairs of its identifiers. */
export function parseTouchpoint(
  record: LogRecord,
  ids: IdentifierIds,
  rules: Rules,
): ParsedRecord<DecodedTouchpoint> {
  const parsed = parseJsonRecord(record, acceptedFormat);
  if (parsed.kind !== 'readable') return parsed;
  const { value: text, traceparent } = record;
  const value = decodeTouchpoint({ text, accepted: parsed.value, traceparent }, ids, rules);
  const { length } = value.incoming.identifiers;
  return { ...parsed, value, weight: 1 + (length * (length - 1)) / 2 };
}

/** The identifiers of a touchpoint as these rules name them, in its order: two may be one. */
export function nameIdentifiers(
  { touchpoint, verifiedIdentifiers }: AcceptedTouchpoint,
  ids: IdentifierIds,
  { normalize, isBlocked }: NamingRules,
): { identifier: MentionedIdentifier; value: string }[] {
  const verified = new Set(
    verifiedIdentifiers?.map((one) => {
      const normal = normalize(one.type, one.value, one.region);
      return ids.keyedId(normal.type, normal.value);
    }),
  );
  return touchpoint.identifiers.map((sent) => {
    const { type, value, original } = shownIdentifier(sent, normalize);
    const id = ids.keyedId(type, value);
    const identifier = {
      id,
      type,
      blocked: isBlocked(type, value),
      verified: verified.has(id),
      guessable: isTransactionType(type) && isGuessableNumber(value),
      ...(original === undefined ? {} : { original }),
    };
    return { identifier, value };
  });
}

export function decodeTouchpoint(
  { text, accepted, traceparent }: Pick<DecodedTouchpoint, 'text' | 'accepted' | 'traceparent'>,
  ids: IdentifierIds,
  rules: Rules,
): DecodedTouchpoint {
  const { touchpoint, trust } = accepted;
  const mentioned = new Map<string, MentionedIdentifier>();
  const values: DecodedTouchpoint['values'] = [];
  for (const { identifier, value } of nameIdentifiers(accepted, ids, rules)) {
    const { id } = identifier;
    // Two spellings of one number.
    if (mentioned.has(id)) continue;
    mentioned.set(id, identifier);
    values.push({ id, value });
  }
  const incoming = {
    key: ids.touchpointKey(touchpoint.source, touchpoint.id),
    source: touchpoint.source,
    id: touchpoint.id,
    trust,
    occurredAt: touchpoint.occurredAt,
    receivedAt: touchpoint.receivedAt,
    alias: touchpoint.type === 'alias' && trust === 'server',
    identifiers: [...mentioned.values()],
  };
  const withdrawn = withdrawnPairs(incoming, rules.withdrawals);
  return {
    text,
    accepted,
    values,
    statements: statementsOf(touchpoint),
    rulesVersion: rules.version,
    traceparent,
    incoming: withdrawn === null ? incoming : { ...incoming, withdrawn },
  };
}

/** The order or receipt that a touchpoint names: the strongest that is not blocked. */
export function transactionOf(touchpoint: Touchpoint, ids: IdentifierIds): string | null {
  const named = touchpoint.identifiers.filter(
    ({ type, value }) => isTransactionType(type) && !ids.isBlocked(type, value),
  );
  const keyed = named.map(({ type, value }) => ({ type, id: ids.identifierId(type, value) }));
  keyed.sort((left, right) => compareIdentifierTypes(left.type, right.type) || (left.id < right.id ? -1 : 1));
  return keyed[0]?.id ?? null;
}
