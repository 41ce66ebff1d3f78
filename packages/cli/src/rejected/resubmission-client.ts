/** Resubmissions of ingest: made, followed to their end, listed and cancelled. */
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { readAnswer } from '../ask-service.ts';
import { resubmissionSchema, type Resubmission } from '../core/resubmission.ts';
import type { IngestAccess, RejectedFilter } from './find-rejected.ts';

const pollMs = 500;

export interface ResubmissionClient {
  create(filter: RejectedFilter, dryRun: boolean): Promise<Resubmission>;
  /** Calls back with each progress, and resolves with the last one. */
  follow(id: string, onProgress: (job: Resubmission) => void): Promise<Resubmission>;
  list(): Promise<Resubmission[]>;
  cancel(id: string): Promise<Resubmission>;
}

/** Each may throw ServiceRefusal. */
export function createResubmissionClient({ ingestUrl, key, timeoutMs }: IngestAccess): ResubmissionClient {
  const base = `${ingestUrl}/v1/resubmissions`;
  const one = (id: string): string => `${base}/${encodeURIComponent(id)}`;
  return {
    create: (filter, dryRun) =>
      readAnswer({ method: 'POST', url: base, key, timeoutMs, body: { filter, dryRun } }, resubmissionSchema),
    async follow(id, onProgress) {
      for (;;) {
        const job = await readAnswer({ url: one(id), key, timeoutMs }, resubmissionSchema);
        onProgress(job);
        if (job.state !== 'running') return job;
        await delay(pollMs);
      }
    },
    async list() {
      const answer = z.object({ items: z.array(resubmissionSchema) });
      return (await readAnswer({ url: base, key, timeoutMs }, answer)).items;
    },
    cancel: (id) =>
      readAnswer({ method: 'POST', url: `${one(id)}/cancel`, key, timeoutMs }, resubmissionSchema),
  };
}
