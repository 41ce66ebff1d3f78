/** What is known of the three services, and how it reads on one screen. */
import { remedyText } from './doctor/find-remedy.ts';
import { consumerLines, type ConsumerStatus, type OutboxStatus } from './consumer-status.ts';
import { formatCount, formatDuration } from './progress-text.ts';
import { readSamples } from './prometheus-text.ts';

export interface Freshness {
  processedThrough: string | null;
  pendingRecords: number | null;
}

export interface ServiceStatus {
  name: string;
  url: string;
  ready: boolean;
  /** Why it is not ready, or why something of it is not known. */
  problem: string | null;
  /** Of the answer about readiness. */
  answerMs: number | null;
}

export interface Status {
  ready: boolean;
  checkedAt: string;
  services: ServiceStatus[];
  /** Accepted touchpoints that are not in the profiles, and not in the figures yet; null when unknown. */
  lag: { identity: Freshness | null; metrics: Freshness | null };
  /** By partition, of the groups whose process answers. */
  consumers: ConsumerStatus[];
  /** What is not in the log yet. */
  outboxes: OutboxStatus[];
  /** Since ingest started; null when unknown. */
  ingest: { accepted: number; rejected: Record<string, number> } | null;
  /** Records set aside since the services started; null when one does not answer. */
  deadLetters: number | null;
  conflicts: number | null;
}

/** Sums a counter of Prometheus' text format by its `label`. Null when it does not stand there. */
export function sumCounter(text: string, name: string): Record<string, number> | null {
  const samples = readSamples(text, name);
  if (samples.length === 0) return null;
  const sums: Record<string, number> = {};
  for (const { labels, value } of samples) {
    const label = labels['label'] ?? '';
    sums[label] = (sums[label] ?? 0) + value;
  }
  return sums;
}

export function totalOf(sums: Readonly<Record<string, number>>): number {
  return Object.values(sums).reduce((total, count) => total + count, 0);
}

export function statusScreen(status: Status): string {
  const lines = ['', '  service   state      answer    address'];
  for (const { name, url, ready, problem, answerMs } of status.services) {
    const state = (ready ? 'ready' : 'NOT READY').padEnd(11);
    const answer = (answerMs === null ? '-' : `${answerMs} ms`).padEnd(10);
    lines.push(`  ${name.padEnd(10)}${state}${answer}${url}`);
    if (problem === null) continue;
    lines.push(
      ...[problem, remedyText(problem)].filter((text) => text !== '').map((text) => `            ${text}`),
    );
  }
  lines.push(
    '',
    '            pending   processed through',
    freshnessLine('profiles', status.lag.identity, status),
  );
  lines.push(freshnessLine('figures', status.lag.metrics, status), '');
  if (status.consumers.length > 0) {
    lines.push(...consumerLines(status.consumers, status.outboxes), '');
  }
  const { ingest, deadLetters, conflicts } = status;
  lines.push('  since the services started');
  lines.push(`  accepted  ${ingest === null ? 'unknown' : formatCount(ingest.accepted)}`);
  lines.push(`  rejected  ${ingest === null ? 'unknown' : rejectedText(ingest.rejected)}`);
  lines.push(`  conflicts ${conflicts === null ? 'unknown' : formatCount(conflicts)}`);
  lines.push(`  dead      ${deadLetters === null ? 'unknown' : formatCount(deadLetters)}`, '');
  return lines.join('\n');
}

function freshnessLine(name: string, freshness: Freshness | null, { checkedAt }: Status): string {
  if (freshness === null) return `  ${name.padEnd(10)}unknown`;
  const { pendingRecords, processedThrough } = freshness;
  const pending = pendingRecords === null ? 'unknown' : formatCount(pendingRecords);
  if (processedThrough === null) return `  ${name.padEnd(10)}${pending.padEnd(10)}-`;
  const age = formatDuration((Date.parse(checkedAt) - Date.parse(processedThrough)) / 1_000);
  return `  ${name.padEnd(10)}${pending.padEnd(10)}${processedThrough} (${age} ago)`;
}

function rejectedText(rejected: Readonly<Record<string, number>>): string {
  const codes = Object.entries(rejected)
    .sort(([, one], [, other]) => other - one)
    .map(([code, count]) => `${formatCount(count)} ${code}`);
  return `${formatCount(totalOf(rejected))}${codes.length === 0 ? '' : ` (${codes.join(', ')})`}`;
}
