/** Watches a process of ingest from outside while its log is away: what its probes answer, and what memory it takes. */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { ServiceProcess } from './fleet.ts';

export interface IngestWatch {
  /** Resolves when `/readyz` answers so. @throws Error when it does not come to that in time */
  becomesReady(isReady: boolean): Promise<void>;
  /** What it takes now, in MiB. */
  memory(): number;
  /** From here on, what it takes at most counts under this name. */
  enter(phase: string): void;
  /** Ends the watch, however it went. */
  stop(): void;
  /** Ends the watch. @throws Error for a probe of `/livez` that was not answered with 200 */
  end(): Promise<WatchedIngest>;
}

export interface WatchedIngest {
  probes: number;
  idleMiB: number;
  mostMiB: number;
  /** By phase, with the part of the heap and of buffers outside of it at that moment. */
  phases: Readonly<Record<string, MemoryUse>>;
}

export interface MemoryUse {
  residentMiB: number;
  heapMiB: number;
  externalMiB: number;
}

const everyMs = 100;
const answerWithinMs = 10_000;
const readyWithinMs = 180_000;

export function watchIngest(ingest: ServiceProcess): IngestWatch {
  const idleMiB = residentMiB(ingest.pid);
  let mostMiB = idleMiB;
  let phase = 'before';
  const phases: Record<string, MemoryUse> = {};
  let probes = 0;
  const failures: string[] = [];
  const ended = new AbortController();

  async function watch(): Promise<void> {
    while (!ended.signal.aborted) {
      const status = await statusOf(`${ingest.url}/livez`);
      probes += 1;
      if (status !== 200) failures.push(`${status} at ${new Date().toISOString()}`);
      const now = residentMiB(ingest.pid);
      mostMiB = Math.max(mostMiB, now);
      if (now > (phases[phase]?.residentMiB ?? 0)) {
        phases[phase] = { residentMiB: now, ...(await heapOf(ingest.url)) };
      }
      await delay(everyMs);
    }
  }

  const watching = watch();
  return {
    async becomesReady(isReady) {
      const wanted = isReady ? 200 : 503;
      const deadline = Date.now() + readyWithinMs;
      for (;;) {
        const status = await statusOf(`${ingest.url}/readyz`);
        if (status === wanted) return;
        if (Date.now() > deadline) throw new Error(`/readyz answers ${status}, not ${wanted}`);
        await delay(everyMs);
      }
    },
    memory: () => residentMiB(ingest.pid),
    enter: (name) => {
      phase = name;
    },
    stop: () => ended.abort(),
    async end() {
      ended.abort();
      await watching;
      if (failures.length > 0) {
        throw new Error(
          `/livez failed ${failures.length} times of ${probes}: ${failures.slice(0, 5).join(', ')}`,
        );
      }
      return { probes, idleMiB, mostMiB, phases };
    },
  };
}

/** By the process's own metrics; 0 where it does not answer. */
async function heapOf(url: string): Promise<Omit<MemoryUse, 'residentMiB'>> {
  const text = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(answerWithinMs) }).then(
    (answer) => answer.text(),
    () => '',
  );
  const valueOf = (name: string): number => {
    const bytes = new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'm').exec(text)?.[1];
    return Math.round(Number(bytes ?? 0) / 1_048_576);
  };
  return {
    heapMiB: valueOf('nodejs_heap_size_used_bytes'),
    externalMiB: valueOf('nodejs_external_memory_bytes'),
  };
}

/** 0 when there is no answer in time. */
async function statusOf(url: string): Promise<number> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(answerWithinMs) });
    await answer.text();
    return answer.status;
  } catch {
    return 0;
  }
}

/** 0 when the process has ended, as that of a run that is interrupted. */
function residentMiB(pid: number): number {
  try {
    const kibibytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Math.round(Number(kibibytes) / 1_024);
  } catch {
    return 0;
  }
}
