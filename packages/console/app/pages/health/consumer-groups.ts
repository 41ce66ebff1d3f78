/** How far the consumers of a service are, by group, from its gauges. */
import { readSamples } from '../../text/prometheus.ts';

export interface GroupLag {
  group: string;
  /** States of its partitions, each once. */
  states: readonly string[];
  records: number;
  /** For how long the oldest of them has waited. */
  seconds: number;
}

export function readGroups(text: string): GroupLag[] {
  const states = readSamples(text, 'throughline_consumer_state').filter(({ value }) => value === 1);
  const records = readSamples(text, 'throughline_consumer_lag_records');
  const seconds = readSamples(text, 'throughline_consumer_lag_seconds');
  const groups = [...new Set(states.map(({ labels }) => labels['group'] ?? ''))];
  return groups.map((group) => {
    const valuesOf = (samples: typeof records) =>
      samples.filter(({ labels }) => labels['group'] === group).map(({ value }) => value);
    return {
      group,
      states: [
        ...new Set(
          states.filter(({ labels }) => labels['group'] === group).map(({ labels }) => labels['state'] ?? ''),
        ),
      ],
      records: valuesOf(records).reduce((sum, value) => sum + value, 0),
      seconds: Math.round(Math.max(0, ...valuesOf(seconds))),
    };
  });
}
