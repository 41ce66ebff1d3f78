/** What the pages of an erasure share. */
import type { PoolClient } from 'pg';
import type { EraseCopies } from '../ask-ingest.ts';
import type { Remains } from '../core/erasure.ts';
import type { Resolution } from '../core/resolve.ts';
import type { ErasureJob } from '../db/erasure-jobs.ts';
import type { GraphReader } from './graph-reader.ts';
import type { IdentityContext } from './identity-context.ts';
import { saveResolution } from './save-resolution.ts';

/** Erasures have an outbox shard of their own. */
export const erasureShard = 'erasure';

/** What a page works with: one transaction. */
export interface ErasureWork {
  context: IdentityContext;
  client: PoolClient;
  reader: GraphReader;
  job: ErasureJob;
  eraseCopies: EraseCopies;
}

export function remainsWith(some: Partial<Remains>): Remains {
  return { links: [], mentions: [], dropped: [], erased: [], endedDecisions: [], ...some };
}

export async function saveErased(
  { context, client, job }: ErasureWork,
  resolution: Resolution,
): Promise<void> {
  await saveResolution(client, resolution, {
    outbox: context.outbox,
    limits: context.rules.current.limits,
    stream: { shard: erasureShard, partitions: context.resolvedPartitions, traffic: 'bulk' },
    valueOf: new Map(),
    reason: job.id,
    origin: null,
    touchpointRecords: [],
  });
}
