/**
 * The one table of error codes. HTTP services answer them as RFC 9457 problems; item codes come back inside a 2xx
 * answer and lie in the rejected store. `infra/docs/errors.md` documents each, and a test compares the two.
 */
import { z } from 'zod';

/** A request as a whole failed: HTTP status and title of each code. */
export const problemCodes = {
  malformed_json: { status: 400, title: 'The body is not valid JSON' },
  malformed_request: { status: 400, title: 'The request cannot be read' },
  empty_body: { status: 400, title: 'The body is empty' },
  forbidden_key: { status: 400, title: 'The body holds a key that is never accepted' },
  nesting_too_deep: { status: 400, title: 'The body is nested too deeply' },
  invalid_parameter: { status: 400, title: 'A parameter is not valid' },
  unconfigured_cohort: { status: 400, title: 'The cohorts are not kept' },
  unconfigured_group: { status: 400, title: 'The figures are not grouped so' },
  unconfigured_window: { status: 400, title: 'The window is not configured' },
  unknown_activity: { status: 400, title: 'There is no such activity' },
  as_of_out_of_range: { status: 400, title: 'The figures cannot be answered as of this moment' },
  range_too_long: { status: 400, title: 'The range of days is too long' },
  unauthorized: { status: 401, title: 'A valid key is required' },
  forbidden: { status: 403, title: 'The key does not allow this' },
  cross_origin: { status: 403, title: 'The request comes from another origin' },
  wrong_host: { status: 403, title: 'The service does not answer to this host name' },
  not_found: { status: 404, title: 'There is nothing here' },
  profile_not_found: { status: 404, title: 'No profile has this reference' },
  touchpoint_not_found: { status: 404, title: 'No touchpoint has this id' },
  rejection_not_found: { status: 404, title: 'There is no such rejected item' },
  resubmission_not_found: { status: 404, title: 'There is no such resubmission' },
  policy_not_found: { status: 404, title: 'There is no such version of the policy' },
  withdrawal_not_found: { status: 404, title: 'There is no such withdrawal' },
  erasure_not_found: { status: 404, title: 'There is no such erasure' },
  decision_not_found: { status: 404, title: 'There is no such decision' },
  dead_letter_not_found: { status: 404, title: 'There is no such dead letter' },
  source_not_found: { status: 404, title: 'There is no such source' },
  key_not_found: { status: 404, title: 'There is no such key' },
  verification_not_found: { status: 404, title: 'There is no such verification' },
  rebuild_not_found: { status: 404, title: 'There is no such rebuild' },
  definition_conflict: { status: 409, title: 'The definition cannot be changed so now' },
  method_not_allowed: { status: 405, title: 'The method is not allowed here' },
  request_timeout: { status: 408, title: 'The request did not arrive in time' },
  ambiguous_touchpoint: { status: 409, title: 'Several sources have a touchpoint with this id' },
  touchpoint_pending: { status: 409, title: 'The touchpoint is not in yet' },
  not_replayable: { status: 409, title: 'The item cannot be decided again' },
  access_conflict: { status: 409, title: 'The source or key cannot be made or changed so' },
  resubmission_conflict: { status: 409, title: 'The resubmission cannot be made or changed so' },
  rules_conflict: { status: 409, title: 'The rules cannot be changed so now' },
  profile_moved: { status: 409, title: 'The id is not the current one of a profile' },
  decision_conflict: { status: 409, title: 'The decision cannot be made' },
  cursor_expired: { status: 410, title: 'The cursor is too old' },
  payload_too_large: { status: 413, title: 'The request is too large' },
  too_many_items: { status: 413, title: 'The request has too many items' },
  unsupported_media_type: { status: 415, title: 'The content type or encoding is not supported' },
  rate_limited: { status: 429, title: 'Too many requests or identifiers in a minute' },
  headers_too_large: { status: 431, title: 'The headers are too large' },
  internal_error: { status: 500, title: 'Something went wrong on our side' },
  service_unreachable: { status: 502, title: 'Another service does not answer' },
  log_unavailable: { status: 503, title: 'The event log does not answer; nothing was accepted' },
  identity_unavailable: { status: 503, title: 'Identity does not answer' },
  database_unavailable: { status: 503, title: 'The database does not answer' },
  clock_skewed: { status: 503, title: "The service's clock is wrong; nothing was accepted" },
  overloaded: { status: 503, title: 'The service is at its limit' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof problemCodes;

/** One item of a request cannot be used; its neighbours are unharmed. */
export const itemCodes = {
  item_not_object: 'The item is not a JSON object',
  malformed_line: 'The line is not valid JSON',
  item_too_large: 'The item is larger than 32 KiB',
  too_many_keys: 'The item has too many keys',
  nesting_too_deep: 'The item is nested too deeply',
  forbidden_key: 'The item has a key that is never accepted',
  property_too_large: 'A string is larger than 32 KB',
  missing_field: 'A required field is missing',
  invalid_field: 'A field has the wrong type or value',
  unknown_type: 'The touchpoint type is not known',
  invalid_time: 'A time is not a real RFC 3339 instant with a zone',
  invalid_number: 'A number cannot be kept exactly',
  trait_name_too_long: 'A trait name is longer than 200 characters',
  too_many_traits: 'The item has more than 200 traits',
  missing_identifier: 'The touchpoint has no identifier',
  too_many_identifiers: 'The touchpoint has more than 20 identifiers',
  identifier_too_long: 'An identifier is longer than 200 characters',
  identifier_invalid_type: 'An identifier is neither text nor a safe integer',
  identifier_invalid_characters: 'An identifier has invisible characters',
  amounts_disagree: 'The amounts of the receipt do not agree',
  training_receipt: 'The receipt was made in training mode',
  control_receipt: 'The transaction sells nothing',
  unsupported_event: 'The event is none that becomes a touchpoint',
  consent_refused: 'The person did not agree to be recorded',
  bot_refused: 'The sender is a bot',
  conflicting_touchpoint: 'Another touchpoint with this id and another body came first',
  unreadable_record: 'The stored record does not match its schema',
} as const;

export type ItemCode = keyof typeof itemCodes;

/**
 * RFC 9457, with the stable `code` that clients switch on. Media type `application/problem+json`. A code may bring members of
 * its own, such as the `windows` of `unconfigured_window`, so clients must ignore those that they do not know.
 */
export const problemSchema = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string().exactOptional(),
  /** Path of the offending field or parameter. */
  field: z.string().exactOptional(),
  /** What would have been right. */
  expected: z.string().exactOptional(),
  requestId: z.string().exactOptional(),
});
export type Problem = z.infer<typeof problemSchema>;

interface AppErrorDetails {
  /** Path of the offending field or parameter. */
  field?: string;
  /** What would have been right. */
  expected?: string;
  /** For the `Retry-After` of the answer; not part of the problem. */
  retryAfterSeconds?: number;
  [extra: string]: unknown;
}

/** A fault that crosses layers by code; only `http/problem.ts` of the runtime turns it into a status. */
export class AppError extends Error {
  readonly code: ProblemCode;
  readonly details: AppErrorDetails;

  constructor(code: ProblemCode, message: string, options: AppErrorDetails & { cause?: unknown } = {}) {
    const { cause, ...details } = options;
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'AppError';
    this.code = code;
    this.details = details;
  }
}
