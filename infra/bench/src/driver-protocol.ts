/** What the driver is asked to do, and what it saw. It is a process of its own, so its work is in no service's CPU figure. */
import type { StreamRef } from './workload.ts';

/** Sends a stream as fast as it is taken, or at a rate, in batches. */
export interface SendJob {
  job: 'send';
  url: string;
  key: string;
  stream: StreamRef;
  batchSize: number;
  /** Requests on their way at once. */
  concurrency: number;
  /** Touchpoints per second; as fast as it goes when null. */
  rate: number | null;
  /** Sends one stretch of the stream again and again, made before the clock starts: for ceilings. */
  repeatFirstBatches: number | null;
}

/** While something else loads the stack: single touchpoints, each followed until both APIs show it. */
export interface ProbeJob {
  job: 'probe';
  ingestUrl: string;
  identityUrl: string;
  metricsUrl: string;
  serverKey: string;
  readKey: string;
  run: string;
  /** Number of the first probe, by which each has days of its own. Default 0. */
  from?: number;
  seconds: number;
  concurrency: number;
}

export type DriverJob = SendJob | ProbeJob;

export interface SendResult {
  seconds: number;
  sent: number;
  /** Answers that asked to come again later. */
  retries: number;
  acknowledgementMs: number[];
}

export interface ProbeResult {
  acknowledgementMs: number[];
  /** From the acknowledgement on. */
  profileVisibleMs: number[];
  metricsVisibleMs: number[];
  profileGetMs: number[];
}
