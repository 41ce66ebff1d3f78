/**
 * The names of all settings, so that one that is misspelt is noticed: it would be ignored without a word. A test holds them to
 * the documented ones.
 */
export const settingNames: readonly string[] = [
  'DATABASE_URL',
  'KAFKA_BROKERS',
  'KAFKA_COMPRESSION',
  'KAFKA_SASL_MECHANISM',
  'KAFKA_SASL_PASSWORD',
  'KAFKA_SASL_USERNAME',
  'KAFKA_TLS',
  'KAFKA_TLS_CA_FILE',
  'KAFKA_TLS_CERTIFICATE_FILE',
  'KAFKA_TLS_KEY_FILE',
  'LOG_LEVEL',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_HEADERS',
  'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
  'OTEL_TRACES_SAMPLER',
  'OTEL_TRACES_SAMPLER_ARG',
  'THROUGHLINE_ADDRESS_PAIRS_PER_MINUTE',
  'THROUGHLINE_ADDRESS_REJECTED_BYTES_PER_MINUTE',
  'THROUGHLINE_ADDRESS_REQUESTS_PER_MINUTE',
  'THROUGHLINE_ADMIN_KEY',
  'THROUGHLINE_ALLOW_NON_DURABLE_DATABASE',
  'THROUGHLINE_BLOCKED_IDENTIFIERS',
  'THROUGHLINE_CLOSE_HOURS',
  'THROUGHLINE_COHORTS',
  'THROUGHLINE_GROUPS',
  'THROUGHLINE_HOME',
  'THROUGHLINE_HOST',
  'THROUGHLINE_IDENTITY_PORT',
  'THROUGHLINE_IDENTITY_SECRET',
  'THROUGHLINE_IDENTITY_URL',
  'THROUGHLINE_INGEST_PORT',
  'THROUGHLINE_INGEST_URL',
  'THROUGHLINE_KEY_PAIRS_PER_MINUTE',
  'THROUGHLINE_KEY_REJECTED_BYTES_PER_MINUTE',
  'THROUGHLINE_KEY_REQUESTS_PER_MINUTE',
  'THROUGHLINE_METRICS_PORT',
  'THROUGHLINE_METRICS_TRAITS',
  'THROUGHLINE_METRICS_URL',
  'THROUGHLINE_PHONE_REGION',
  'THROUGHLINE_READ_KEY',
  'THROUGHLINE_RECURRING_COHORTS',
  'THROUGHLINE_REJECTED_RETENTION_DAYS',
  'THROUGHLINE_SERVER_KEY',
  'THROUGHLINE_SOURCES',
  'THROUGHLINE_STALL_SECONDS',
  'THROUGHLINE_TIME_ZONE',
  'THROUGHLINE_TRUSTED_PROXIES',
  'THROUGHLINE_WEEK_START',
  'THROUGHLINE_WINDOWS',
  'THROUGHLINE_WRITE_KEY',
];

/** Set by `start` and by tests, never by a person. */
const ownNames: readonly string[] = ['THROUGHLINE_KEYS_GENERATED'];

export interface UnknownSetting {
  name: string;
  /** The setting that is nearest to it; null where none is near. */
  nearest: string | null;
}

/** Letters that may differ. */
const maxDistance = 3;

/** Variables that look like settings of ours, and are none. The tools of Kafka have variables of their own, so it is not among them. */
export function findUnknownSettings(
  environment: Readonly<Record<string, string | undefined>>,
): UnknownSetting[] {
  const known = new Set([...settingNames, ...ownNames]);
  return Object.keys(environment)
    .filter((name) => /^THROUGHLINE_/i.test(name) && !known.has(name) && !isOfTools(name))
    .toSorted()
    .map((name) => ({ name, nearest: nearestTo(name.toUpperCase()) }));
}

/** Read by the compose file, the tests and the fault runs, which share the environment of a shell. */
function isOfTools(name: string): boolean {
  return /^THROUGHLINE_(TEST_|DATA$|PUBLISH_|(INGEST|IDENTITY|METRICS)_DATABASE_PASSWORD$)/.test(name);
}

function nearestTo(name: string): string | null {
  const ranked = settingNames
    .map((known) => ({ known, distance: editDistance(name, known) }))
    .toSorted((left, right) => left.distance - right.distance);
  const [first] = ranked;
  return first !== undefined && first.distance <= maxDistance ? first.known : null;
}

/** Levenshtein's: insertions, deletions and replacements of one letter. */
function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}
