/** The topics of the event log. Services know each other by these records and by public HTTP APIs only. */
export const topics = {
  /** Accepted touchpoints, keyed by their strongest identifier. Written by ingest, read by identity. */
  touchpoints: 'touchpoints.v1',
  /** What was received but cannot be used, with its reason and bytes. Written by ingest and identity. */
  rejected: 'rejected.v1',
  /** Touchpoints with the membership of their identifier, and membership changes. Written by identity. */
  resolved: 'resolved.v1',
  /** Numbers of till receipts, whatever became of the receipts. Written and read by ingest, to find those that are missing. */
  receiptNumbers: 'receipt-numbers.v1',
  /** Where profiles are in their journeys, keyed by profile. Written by metrics, read by identity and by campaign tools. */
  journeys: 'journeys.v1',
  /** Which identifiers profiles consist of, keyed by profile. Written by identity, read by those who keep a copy. */
  profiles: 'profiles.v1',
} as const;

export type Topic = (typeof topics)[keyof typeof topics];

/**
 * Partitions that a topic is created with; a topic that exists keeps the number it has. Those of touchpoints and of what was
 * resolved are divided: the first half for single requests, the second for imports and bursts.
 */
export const topicPartitions: Readonly<Record<Topic, number>> = {
  [topics.touchpoints]: 8,
  [topics.rejected]: 1,
  [topics.resolved]: 8,
  [topics.receiptNumbers]: 1,
  [topics.journeys]: 4,
  [topics.profiles]: 4,
};

/** Topics of states: of each key the last record is kept, for ever. The others keep all records, for their retention. */
export const compactedTopics: ReadonlySet<Topic> = new Set([topics.profiles]);

/** Consumer groups; a group's offsets live in the consuming service's own schema. */
export const consumerGroups = {
  identity: 'identity',
  metrics: 'metrics',
  rejectedStore: 'ingest.rejected',
  receiptNumbers: 'ingest.receipt-numbers',
  identityRejections: 'identity.rejected',
  identityJourneys: 'identity.journeys',
} as const;
