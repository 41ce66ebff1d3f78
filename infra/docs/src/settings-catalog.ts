/**
 * Every setting: what it means and its default. The page of settings is made from it; a test holds the names to those that the
 * services and `start` read, and the values to what they come to without them.
 */

export interface Setting {
  names: readonly string[];
  /** Markdown, with links relative to infra/docs. */
  meaning: string;
  /** As a reader sees it. */
  default: string;
  /** By name, a text that comes to the same as leaving it out; absent where there is none. */
  sameAsUnset?: Readonly<Record<string, string>>;
}

export const settings: readonly Setting[] = [
  {
    names: ['THROUGHLINE_HOME'],
    meaning: 'data directory of the embedded mode, with keys and identity secret',
    default: '`.throughline/`',
  },
  {
    names: ['DATABASE_URL'],
    meaning: 'an existing Postgres, 15 or newer',
    default: 'embedded',
  },
  {
    names: ['KAFKA_BROKERS'],
    meaning: '`host:port,…`: the event log is Kafka',
    default: 'the log is in Postgres',
  },
  {
    names: ['KAFKA_TLS', 'KAFKA_TLS_CA_FILE', 'KAFKA_TLS_CERTIFICATE_FILE', 'KAFKA_TLS_KEY_FILE'],
    meaning: 'TLS to Kafka: [secured clusters](deployment.md#a-kafka-cluster-of-yours)',
    default: '`false`; on where a file is set',
  },
  {
    names: ['KAFKA_SASL_MECHANISM', 'KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'],
    meaning: 'login to Kafka: `plain`, `scram-sha-256` or `scram-sha-512`',
    default: 'none',
  },
  {
    names: ['KAFKA_COMPRESSION'],
    meaning: 'of records sent to Kafka: `zstd`, `gzip`, `none`',
    default: '`zstd`',
  },
  {
    names: ['THROUGHLINE_HOST'],
    meaning: 'address to listen on; other than loopback needs all four keys set, not generated',
    default: '`127.0.0.1`',
    sameAsUnset: { THROUGHLINE_HOST: '127.0.0.1' },
  },
  {
    names: ['THROUGHLINE_INGEST_PORT', 'THROUGHLINE_IDENTITY_PORT', 'THROUGHLINE_METRICS_PORT'],
    meaning: 'ports',
    default: '8080, 8081, 8082',
    sameAsUnset: {
      THROUGHLINE_INGEST_PORT: '8080',
      THROUGHLINE_IDENTITY_PORT: '8081',
      THROUGHLINE_METRICS_PORT: '8082',
    },
  },
  {
    names: [
      'THROUGHLINE_WRITE_KEY',
      'THROUGHLINE_SERVER_KEY',
      'THROUGHLINE_READ_KEY',
      'THROUGHLINE_ADMIN_KEY',
    ],
    meaning: 'keys: `wk_`, `sk_`, `rk_`, `ak_` and at least 128 random bits',
    default: 'generated, in `keys.json`',
  },
  {
    names: ['THROUGHLINE_IDENTITY_SECRET'],
    meaning: 'makes the ids of identifiers; lives, and is backed up, with the data',
    default: 'made once, in `identity-secret`: from the admin key if that was set, else from chance',
  },
  {
    names: ['THROUGHLINE_TIME_ZONE', 'THROUGHLINE_WEEK_START'],
    meaning: 'what a day and a week are in the figures',
    default: '`UTC`, `monday`',
    sameAsUnset: { THROUGHLINE_TIME_ZONE: 'UTC', THROUGHLINE_WEEK_START: 'monday' },
  },
  {
    names: ['THROUGHLINE_WINDOWS'],
    meaning: 'days of the rolling windows',
    default: '`7,30,90,365`',
    sameAsUnset: { THROUGHLINE_WINDOWS: '7,30,90,365' },
  },
  {
    names: ['THROUGHLINE_COHORTS', 'THROUGHLINE_RECURRING_COHORTS'],
    meaning:
      'pairs `start:return` of activities whose cohorts are kept, by the first period with the start activity and by each',
    default:
      '`purchase:purchase,netPurchase:netPurchase,engagement:engagement,engagement:purchase,purchase:engagement`; `purchase:purchase`',
    sameAsUnset: {
      THROUGHLINE_COHORTS:
        'purchase:purchase,netPurchase:netPurchase,engagement:engagement,engagement:purchase,purchase:engagement',
      THROUGHLINE_RECURRING_COHORTS: 'purchase:purchase',
    },
  },
  {
    names: ['THROUGHLINE_GROUPS'],
    meaning:
      'by what growth, churn, retention and cohorts are grouped until an operator chooses it at run time, such as `acquisitionChannel,homeStore+relationship`: [the dimensions](figures.md#groups)',
    default: 'not grouped',
    sameAsUnset: {},
  },
  {
    names: ['THROUGHLINE_CLOSE_HOURS'],
    meaning: 'hours after which a day is closed; later changes are restatements',
    default: '6',
    sameAsUnset: { THROUGHLINE_CLOSE_HOURS: '6' },
  },
  {
    names: ['THROUGHLINE_SOURCES'],
    meaning:
      'settings of the sources `website`, `server` and `admin`, as JSON: [what there is](../../services/ingest/README.md#sources)',
    default: '`{}`',
    sameAsUnset: { THROUGHLINE_SOURCES: '{}' },
  },
  {
    names: ['THROUGHLINE_BLOCKED_IDENTIFIERS'],
    meaning:
      'values that link nothing, beyond the shipped lists, as JSON: [how](../../services/ingest/README.md#blocked-identifiers)',
    default: '`{}`',
    sameAsUnset: { THROUGHLINE_BLOCKED_IDENTIFIERS: '{}' },
  },
  {
    names: ['THROUGHLINE_PHONE_REGION'],
    meaning:
      'where telephone numbers without a country code are read, such as `DE`, in a new database; later [the policy](../../services/identity/README.md#the-policy) says',
    default: 'none',
  },
  {
    names: ['THROUGHLINE_METRICS_TRAITS'],
    meaning:
      'names of the traits that figures may be grouped by, separated by commas, such as `plan,country`; never contact data',
    default: 'none',
  },
  {
    names: ['THROUGHLINE_METRICS_URL'],
    meaning: 'where identity asks metrics what a decision would do to the figures',
    default: 'metrics on `127.0.0.1`',
  },
  {
    names: ['THROUGHLINE_INGEST_URL', 'THROUGHLINE_IDENTITY_URL'],
    meaning:
      'where the console finds the other services, and where identity asks ingest to remove the copies of an erased person',
    default: 'their ports on `127.0.0.1`',
  },
  {
    names: ['THROUGHLINE_REJECTED_RETENTION_DAYS'],
    meaning: 'days that rejected items, conflicts and dead letters are kept, by every service',
    default: '90',
    sameAsUnset: { THROUGHLINE_REJECTED_RETENTION_DAYS: '90' },
  },
  {
    names: ['THROUGHLINE_STALL_SECONDS'],
    meaning:
      'a consumer with records pending whose offset does not advance for this long is reported as stalled',
    default: '60',
    sameAsUnset: { THROUGHLINE_STALL_SECONDS: '60' },
  },
  {
    names: ['THROUGHLINE_ADDRESS_REQUESTS_PER_MINUTE', 'THROUGHLINE_KEY_REQUESTS_PER_MINUTE'],
    meaning:
      'requests a minute of one address without a secret key, and with one key; 0 is no limit ([more](deployment.md#limits-of-requests))',
    default: '30000, 600000',
    sameAsUnset: {
      THROUGHLINE_ADDRESS_REQUESTS_PER_MINUTE: '30000',
      THROUGHLINE_KEY_REQUESTS_PER_MINUTE: '600000',
    },
  },
  {
    names: ['THROUGHLINE_ADDRESS_PAIRS_PER_MINUTE', 'THROUGHLINE_KEY_PAIRS_PER_MINUTE'],
    meaning:
      'pairs of identifiers a minute that public items may have beyond those of three identifiers each; 0 is no limit ([more](deployment.md#limits-of-identifier-pairs))',
    default: '6000, 30000',
    sameAsUnset: { THROUGHLINE_ADDRESS_PAIRS_PER_MINUTE: '6000', THROUGHLINE_KEY_PAIRS_PER_MINUTE: '30000' },
  },
  {
    names: ['THROUGHLINE_ADDRESS_REJECTED_BYTES_PER_MINUTE', 'THROUGHLINE_KEY_REJECTED_BYTES_PER_MINUTE'],
    meaning:
      'bytes of public items a minute that cannot be used and are kept among the rejects; 0 is no limit ([more](deployment.md#limits-of-rejected-items))',
    default: '18000000, 60000000',
    sameAsUnset: {
      THROUGHLINE_ADDRESS_REJECTED_BYTES_PER_MINUTE: '18000000',
      THROUGHLINE_KEY_REJECTED_BYTES_PER_MINUTE: '60000000',
    },
  },
  {
    names: ['THROUGHLINE_TRUSTED_PROXIES'],
    meaning: 'proxies whose `X-Forwarded-For` is believed: addresses or ranges',
    default: 'none',
  },
  {
    names: ['THROUGHLINE_ALLOW_NON_DURABLE_DATABASE'],
    meaning:
      '`true` starts the services on a `DATABASE_URL` that can lose commits (`fsync` or `full_page_writes` off)',
    default: '`false`: they refuse it',
    sameAsUnset: { THROUGHLINE_ALLOW_NON_DURABLE_DATABASE: 'false' },
  },
  {
    names: ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'],
    meaning:
      'address of a collector that takes OTLP over HTTP, such as `http://localhost:4318`, and another for the traces alone: spans are sent there ([traces](deployment.md#traces))',
    default: 'none: no spans are recorded',
  },
  {
    names: ['OTEL_EXPORTER_OTLP_HEADERS'],
    meaning: 'headers for the collector, such as a login: `name=value,…`',
    default: 'none',
  },
  {
    names: ['OTEL_TRACES_SAMPLER', 'OTEL_TRACES_SAMPLER_ARG'],
    meaning:
      'which requests are recorded: `always_on`, `always_off`, `traceidratio` with its share, and each as `parentbased_…`, where the caller decides',
    default: '`parentbased_always_on`, `1`',
    sameAsUnset: { OTEL_TRACES_SAMPLER: 'parentbased_always_on', OTEL_TRACES_SAMPLER_ARG: '1' },
  },
  {
    names: ['LOG_LEVEL'],
    meaning: '`trace debug info warn error fatal silent`',
    default: '`info`',
    sameAsUnset: { LOG_LEVEL: 'info' },
  },
];
