/** Asks the three services for their state. What one of them does not answer is unknown, and stops nothing. */
import { z } from 'zod';
import type { ServiceName } from '@throughline/contracts';
import { askService, parseJson, problemText } from '../ask-service.ts';
import { readConsumers, readOutbox } from '../core/consumer-status.ts';
import { sumCounter, totalOf, type Freshness, type ServiceStatus, type Status } from '../core/status.ts';
import { reasonOf } from '../replay/send-batch.ts';

export interface StatusOptions {
  urls: Readonly<Record<ServiceName, string>>;
  readKey: string | undefined;
  timeoutMs: number;
}

const freshnessSchema = z.object({
  processedThrough: z.string().nullable(),
  pendingRecords: z.number().nullable(),
});
const readySchema = z.object({ checks: z.record(z.string(), z.string()) });

export async function collectStatus(options: StatusOptions): Promise<Status> {
  const { urls } = options;
  const [ingest, identity, metrics, profiles, figures, ...counters] = await Promise.all([
    askReady('ingest', options),
    askReady('identity', options),
    askReady('metrics', options),
    askFreshness(`${urls.identity}/v1/freshness`, options),
    askFreshness(`${urls.metrics}/v1/metrics/freshness`, options),
    askCounters(urls.ingest, options),
    askCounters(urls.identity, options),
    askCounters(urls.metrics, options),
  ]);
  const [ofIngest, ofIdentity] = counters;
  addProblem(identity, profiles.problem);
  addProblem(metrics, figures.problem);
  const services = [ingest, identity, metrics];
  const count = (text: string | null | undefined, name: string): number | null =>
    text == null ? null : totalOf(sumCounter(text, name) ?? {});
  const dead = counters.map((text) => count(text, 'throughline_dead_letters_total'));
  return {
    ready: services.every(({ ready }) => ready),
    checkedAt: new Date().toISOString(),
    services,
    lag: { identity: profiles.freshness, metrics: figures.freshness },
    consumers: counters.flatMap((text) => (text === null ? [] : readConsumers(text))),
    outboxes: counters.flatMap((text) => (text === null ? [] : readOutbox(text))),
    ingest:
      ofIngest == null
        ? null
        : {
            accepted: count(ofIngest, 'throughline_ingest_touchpoints_accepted_total') ?? 0,
            rejected: sumCounter(ofIngest, 'throughline_ingest_touchpoints_rejected_total') ?? {},
          },
    deadLetters: dead.includes(null) ? null : dead.reduce<number>((sum, one) => sum + (one ?? 0), 0),
    conflicts: count(ofIdentity, 'throughline_identity_conflicts_total'),
  };
}

/** The progress of a ready service may still be unknown. */
function addProblem(service: ServiceStatus, problem: string | null): void {
  if (!service.ready || problem === null) return;
  service.problem = service.problem === null ? problem : `${service.problem}; ${problem}`;
}

async function askReady(
  name: ServiceName,
  { urls, readKey, timeoutMs }: StatusOptions,
): Promise<ServiceStatus> {
  const url = urls[name];
  const startedAt = performance.now();
  try {
    const { status, text } = await askService({ url: `${url}/readyz`, key: readKey, timeoutMs });
    const answerMs = Math.round(performance.now() - startedAt);
    if (status === 200) return { name, url, ready: true, problem: remarksOf(text), answerMs };
    return { name, url, ready: false, problem: problemText(status, text), answerMs };
  } catch (error) {
    return { name, url, ready: false, problem: `does not answer (${reasonOf(error)})`, answerMs: null };
  }
}

/** A check that passes may say more than `ok`: `durability: fsync_off`. */
function remarksOf(text: string): string | null {
  const checks = readySchema.safeParse(parseJson(text)).data?.checks ?? {};
  const remarks = Object.entries(checks).filter(([, word]) => word !== 'ok');
  return remarks.length === 0 ? null : remarks.map(([check, word]) => `${check}: ${word}`).join(', ');
}

async function askFreshness(
  url: string,
  { readKey, timeoutMs }: StatusOptions,
): Promise<{ freshness: Freshness | null; problem: string | null }> {
  try {
    const { status, text } = await askService({ url, key: readKey, timeoutMs });
    if (status === 200) return { freshness: freshnessSchema.parse(JSON.parse(text)), problem: null };
    const hint =
      status === 401 || status === 403 ? ': a read key is needed (THROUGHLINE_READ_KEY or --key)' : '';
    return { freshness: null, problem: `its freshness is unknown${hint} (${problemText(status, text)})` };
  } catch (error) {
    return { freshness: null, problem: `its freshness is unknown (${reasonOf(error)})` };
  }
}

async function askCounters(url: string, { readKey, timeoutMs }: StatusOptions): Promise<string | null> {
  try {
    const { status, text } = await askService({ url: `${url}/metrics`, key: readKey, timeoutMs });
    return status === 200 ? text : null;
  } catch {
    return null;
  }
}
