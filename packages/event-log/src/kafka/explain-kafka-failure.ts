/**
 * What is wrong with a cluster, recognized from what kafkajs says. Its errors come wrapped, and its log lines as mere text, so
 * one table of patterns reads both. The texts are those of kafkajs 2.2.4, which is frozen, and of Node's TLS.
 */

import { missingPartitionHint } from '../log-failure.ts';

export interface KafkaFailure {
  kind: KafkaFailureKind;
  message: string;
  /** What an operator should do. */
  hint: string;
  /** It may pass without anybody changing a setting or a right: worth waiting for. */
  mayHeal: boolean;
}

export type KafkaFailureKind = keyof typeof remedies | 'unknown';

/** Kind, pattern. The first that matches counts, so what a text says precedes what a bare code can mean. */
const patterns: readonly (readonly [KafkaFailureKind, RegExp])[] = [
  ['certificate_other_name', /ALTNAME_INVALID|does not match certificate's altnames/],
  ['certificate_expired', /CERT_HAS_EXPIRED|CERT_NOT_YET_VALID|certificate (?:has expired|is not yet valid)/],
  [
    'certificate_not_trusted',
    /UNABLE_TO_(?:VERIFY|GET_ISSUER)|SELF_SIGNED_CERT|unable to (?:verify the first|get (?:local )?issuer)|self[- ]signed/,
  ],
  ['client_certificate_refused', /_ALERT_|\balert (?:bad|unknown|unsupported|handshake|certificate|access)/],
  [
    'tls_mismatch',
    /WRONG_VERSION_NUMBER|wrong version number|packet length too long|before secure TLS connection|\bEPROTO\b/,
  ],
  ['unknown_host', /\b(?:ENOTFOUND|EAI_AGAIN)\b/],
  [
    'unreachable',
    /\b(?:ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)\b|Connection timeout|No broker available/,
  ],
  [
    'sasl_mechanism_not_offered',
    /UNSUPPORTED_SASL_MECHANISM|support the requested SASL mechanism|mechanism is not supported/,
  ],
  ['sasl_not_expected', /ILLEGAL_SASL_STATE|the current SASL state/],
  ['sasl_refused', /KafkaJSSASLAuthenticationError|SASL_AUTHENTICATION_FAILED|authentication failed/i],
  ['topic_not_authorized', /TOPIC_AUTHORIZATION_FAILED|Not authorized to access topics/],
  ['group_not_authorized', /GROUP_AUTHORIZATION_FAILED|Not authorized to access group/],
  ['cluster_not_authorized', /CLUSTER_AUTHORIZATION_FAILED|Cluster authorization failed/],
  ['too_few_replicas', /NOT_ENOUGH_REPLICAS|fewer in-sync replicas than required/],
  ['too_few_brokers', /INVALID_REPLICATION_FACTOR|Replication-factor is invalid/],
  ['topic_refused', /POLICY_VIOLATION|INVALID_CONFIG|satisfy the configured policy|Configuration is invalid/],
  ['record_too_large', /MESSAGE_TOO_LARGE|RECORD_LIST_TOO_LARGE|larger than the max message size/],
  ['partition_missing', /no broker answered for/],
  ['topic_missing', /UNKNOWN_TOPIC_OR_PARTITION|does not host this topic-partition/],
  [
    'leader_missing',
    /LEADER_NOT_AVAILABLE|NOT_LEADER_FOR_PARTITION|no leader for this topic|not the leader for that topic/,
  ],
  [
    'coordinator_missing',
    /GroupCoordinatorNotFound|GROUP_COORDINATOR_NOT_AVAILABLE|GROUP_LOAD_IN_PROGRESS|coordinator is (?:loading|not available)/,
  ],
  ['no_answer', /RequestTimeoutError|REQUEST_TIMED_OUT|timed out|Broker not connected|no answer in /],
  ['connection_closed', /Closed connection|Connection closed|ECONNRESET|\bEPIPE\b|Not connected/],
];

const waits = { mayHeal: true };
const needsHand = { mayHeal: false };
const remedies = {
  unreachable: { ...waits, hint: 'Start the brokers, or correct KAFKA_BROKERS; a firewall may be between.' },
  unknown_host: { ...waits, hint: 'Correct the name in KAFKA_BROKERS, or make it known to DNS.' },
  no_answer: {
    ...waits,
    hint: 'See whether the broker is overloaded, and whether Kafka is what listens there.',
  },
  connection_closed: {
    ...waits,
    hint: 'If it lasts, the listener wants TLS (KAFKA_TLS) or a login (KAFKA_SASL_MECHANISM), or is not Kafka.',
  },
  tls_mismatch: {
    ...needsHand,
    hint: 'The listener does not speak TLS: take the port of one that does, or leave the KAFKA_TLS settings out.',
  },
  certificate_not_trusted: {
    ...needsHand,
    hint: 'Name the authority that signed the certificate of the broker in KAFKA_TLS_CA_FILE.',
  },
  certificate_other_name: {
    ...needsHand,
    hint: 'Use a name in KAFKA_BROKERS and in advertised.listeners that the certificate of the broker has.',
  },
  certificate_expired: {
    ...needsHand,
    hint: 'Renew the certificate of the broker; see that the clocks are right.',
  },
  client_certificate_refused: {
    ...needsHand,
    hint: 'Set KAFKA_TLS_CERTIFICATE_FILE and KAFKA_TLS_KEY_FILE to what an authority of the broker signed.',
  },
  sasl_refused: {
    ...needsHand,
    hint: 'Correct KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD, or make the user in Kafka.',
  },
  sasl_mechanism_not_offered: {
    ...needsHand,
    hint: 'Set KAFKA_SASL_MECHANISM to one that the listener has in sasl.enabled.mechanisms.',
  },
  sasl_not_expected: {
    ...needsHand,
    hint: 'The listener takes no login: take the port of one that does, or leave the KAFKA_SASL settings out.',
  },
  topic_not_authorized: {
    ...needsHand,
    hint: 'Grant the user the rights on the topics, or make the topics for it.',
  },
  group_not_authorized: { ...needsHand, hint: 'Grant the user Read on the consumer groups.' },
  cluster_not_authorized: {
    ...needsHand,
    hint: 'Grant the user Create on the topics; brokers before Kafka 2 ask for it on the cluster.',
  },
  too_few_replicas: {
    ...waits,
    hint: 'Bring the brokers that are down back: until then nothing is acknowledged.',
  },
  too_few_brokers: {
    ...waits,
    hint: 'Start as many brokers as KAFKA_BROKERS names (topics get up to three copies), or name fewer.',
  },
  topic_refused: {
    ...needsHand,
    hint: 'The cluster has a policy against these topics: make them by hand, as the deployment page says.',
  },
  record_too_large: { ...needsHand, hint: 'Raise max.message.bytes of the topic to 8 MiB.' },
  topic_missing: { ...needsHand, hint: 'Restart a service to have it made, or make it by hand.' },
  partition_missing: { ...needsHand, hint: missingPartitionHint },
  leader_missing: { ...waits, hint: 'Bring the brokers that have copies of the partition back.' },
  coordinator_missing: {
    ...waits,
    hint: 'If it lasts, grant the user Read on the consumer groups, or see that __consumer_offsets has its brokers.',
  },
} as const;

/** @internal A test compares it with the documentation. */
export const kafkaFailureKinds: readonly string[] = [...Object.keys(remedies), 'unknown'];

interface Facts {
  text: string;
  message: string;
  broker: string | undefined;
  topic: string | undefined;
  error: unknown;
}

/** Reads any error, or anything that has a message. Anything unforeseen is `unknown`, with its message. */
export function explainKafkaFailure(error: unknown): KafkaFailure & { origin: unknown } {
  const chain = collectFacts(error);
  // From the innermost: what is around it repeats its words, but not its code.
  for (const facts of chain.toReversed()) {
    const found = patterns.find(([, pattern]) => pattern.test(facts.text));
    if (found === undefined) continue;
    const [kind] = found;
    if (kind === 'unknown') continue;
    return { kind, ...remedies[kind], message: describe(facts), origin: facts.error };
  }
  const outermost = chain[0];
  return {
    kind: 'unknown',
    message: outermost === undefined ? String(error) : describe(outermost),
    hint: 'See the cause, and the logs of the brokers.',
    mayHeal: false,
    origin: error,
  };
}

const maxDepth = 8;

function collectFacts(error: unknown, depth = 0): Facts[] {
  if (typeof error !== 'object' || error === null || depth > maxDepth) return [];
  const { name, type, code, message, broker, topic, cause, errors } = error as Record<string, unknown>;
  const words = [name, type, code, message].filter((word) => typeof word === 'string');
  return [
    {
      text: words.join(' '),
      message: typeof message === 'string' ? message : '',
      broker: typeof broker === 'string' ? broker : undefined,
      topic: typeof topic === 'string' ? topic : undefined,
      error,
    },
    ...collectFacts(cause, depth + 1),
    ...(Array.isArray(errors)
      ? errors.slice(0, maxDepth).flatMap((one) => collectFacts(one, depth + 1))
      : []),
  ];
}

/** OpenSSL's `number:error:number:library:function:reason:file:…` becomes its reason. */
const openSsl = /\S*error:[0-9A-F]+:[^:]*:[^:]*:([^:]+):[^]*$/;

/** Advice of Node's, for settings that are not ours. */
const nodesAdvice = /; if the root CA is installed locally.*$/;

function describe({ message, broker, topic }: Facts): string {
  const plain = message.replace(openSsl, '$1').replace(nodesAdvice, '').replace(/\.$/, '').trim();
  const where = [broker, topic].filter((one) => one !== undefined && !plain.includes(one));
  return where.length === 0 ? plain : `${plain} (${where.join(', ')})`;
}
