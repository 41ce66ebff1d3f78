/**
 * What a service did in the last while, as one line: counters, gauges and quantiles of timings. Nothing is logged for a
 * while in which nothing happened. Counters go to Prometheus as well, so a figure is counted in one place.
 */
import { Counter, Histogram, type Registry } from 'prom-client';
import type { Logger } from './logger.ts';

export interface Summary {
  /** Adds to a counter. `label` distinguishes parts, such as the reason of a rejection; keep its values few. */
  count(name: string, amount?: number, label?: string): void;
  /** Registers a value that is read when the line is written. Null leaves it out. */
  gauge(name: string, read: () => number | null): void;
  /** Records a duration. */
  timing(name: string, durationMs: number): void;
  /** As `timing`, and as a histogram in Prometheus; of what takes up to hours. */
  age(name: string, ageMs: number): void;
  /** Writes the line now if something happened. */
  flush(): void;
  /** Writes the last line and stops the timer. */
  stop(): void;
}

export interface SummaryOptions {
  logger: Logger;
  service: string;
  /** Default 10 s. */
  intervalMs?: number;
  /** Counters appear here as `throughline_<service>_<name>_total`, ages as `throughline_<service>_<name>_seconds`. */
  registry?: Registry;
}

/** In seconds: from the goal under half load to what an outage of hours leaves behind. */
const ageBuckets = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 1_800, 7_200];
const samplesPerTiming = 1_024;
const labelsPerCounter = 50;

interface Timing {
  count: number;
  maxMs: number;
  samples: number[];
}

export function createSummary({ logger, service, intervalMs = 10_000, registry }: SummaryOptions): Summary {
  const gauges = new Map<string, () => number | null>();
  const exported = registry === undefined ? undefined : createExport(registry, service);
  let counters = new Map<string, Map<string, number>>();
  let timings = new Map<string, Timing>();
  let since = performance.now();

  function timing(name: string, durationMs: number): void {
    let kept = timings.get(name);
    if (kept === undefined) timings.set(name, (kept = { count: 0, maxMs: 0, samples: [] }));
    kept.count += 1;
    kept.maxMs = Math.max(kept.maxMs, durationMs);
    if (kept.samples.length < samplesPerTiming) kept.samples.push(durationMs);
    else {
      // Reservoir sampling: every duration of the while has the same chance to be in the sample.
      const slot = Math.floor(Math.random() * kept.count);
      if (slot < samplesPerTiming) kept.samples[slot] = durationMs;
    }
  }

  function flush(): void {
    const seconds = Math.round((performance.now() - since) / 100) / 10;
    since = performance.now();
    if (counters.size === 0 && timings.size === 0) return;
    const line = {
      event: 'service.summary',
      seconds,
      counters: Object.fromEntries([...counters].map(([name, parts]) => [name, flattenParts(parts)])),
      gauges: readGauges(gauges),
      timings: Object.fromEntries([...timings].map(([name, kept]) => [name, quantilesOf(kept)])),
    };
    counters = new Map();
    timings = new Map();
    logger.info(line, 'summary');
  }

  const timer = setInterval(flush, intervalMs);
  timer.unref();
  return {
    count(name, amount = 1, label = '') {
      if (amount === 0) {
        // Prometheus sees the first one only if it has seen none before.
        exported?.count(name, 0, '');
        return;
      }
      let parts = counters.get(name);
      if (parts === undefined) counters.set(name, (parts = new Map()));
      const part = parts.has(label) || parts.size < labelsPerCounter ? label : 'other';
      parts.set(part, (parts.get(part) ?? 0) + amount);
      exported?.count(name, amount, part);
    },
    gauge(name, read) {
      gauges.set(name, read);
    },
    timing,
    age(name, ageMs) {
      timing(name, ageMs);
      exported?.age(name, ageMs);
    },
    flush,
    stop() {
      clearInterval(timer);
      flush();
    },
  };
}

function createExport(registry: Registry, service: string) {
  const counters = new Map<string, Counter<'label'>>();
  const histograms = new Map<string, Histogram>();
  return {
    count(name: string, amount: number, label: string): void {
      let counter = counters.get(name);
      if (counter === undefined) {
        const metric = `throughline_${service}_${toSnakeCase(name)}_total`;
        counter = new Counter({ name: metric, help: name, labelNames: ['label'], registers: [registry] });
        counters.set(name, counter);
      }
      if (label === '') counter.inc(amount);
      else counter.inc({ label }, amount);
    },
    age(name: string, ageMs: number): void {
      let histogram = histograms.get(name);
      if (histogram === undefined) {
        const metric = `throughline_${service}_${toSnakeCase(name)}_seconds`;
        histogram = new Histogram({ name: metric, help: name, buckets: ageBuckets, registers: [registry] });
        histograms.set(name, histogram);
      }
      histogram.observe(ageMs / 1_000);
    },
  };
}

function flattenParts(parts: Map<string, number>): number | Record<string, number> {
  const whole = parts.get('');
  return parts.size === 1 && whole !== undefined ? whole : Object.fromEntries(parts);
}

function readGauges(gauges: Map<string, () => number | null>): Record<string, number> {
  const values: Record<string, number> = {};
  for (const [name, read] of gauges) {
    const value = read();
    if (value !== null) values[name] = value;
  }
  return values;
}

function quantilesOf({ count, maxMs, samples }: Timing): Record<string, number> {
  const sorted = samples.toSorted((left, right) => left - right);
  const at = (share: number): number =>
    round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
  return { count, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: round(maxMs) };
}

function round(durationMs: number): number {
  return Math.round(durationMs * 100) / 100;
}

function toSnakeCase(name: string): string {
  return name
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase();
}
