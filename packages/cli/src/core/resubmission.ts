/** A resubmission as ingest shows it, and how it reads on a terminal. */
import { z } from 'zod';
import { alignColumns } from './align-columns.ts';
import { formatCount } from './progress-text.ts';

export const resubmissionSchema = z.looseObject({
  resubmissionId: z.string(),
  filter: z.looseObject({ source: z.string().nullable(), code: z.string().nullable() }),
  dryRun: z.boolean(),
  state: z.enum(['running', 'done', 'cancelled']),
  itemsAtMost: z.number(),
  accepted: z.number(),
  refused: z.record(z.string(), z.number()),
  failure: z.string().nullable(),
  createdAt: z.string(),
});
export type Resubmission = z.infer<typeof resubmissionSchema>;

export function refusedItems({ refused }: Resubmission): number {
  return Object.values(refused).reduce((sum, count) => sum + count, 0);
}

/** Without an end, since it is also a line of a list. */
export function resubmissionText(job: Resubmission): string {
  const { dryRun, accepted, refused, failure } = job;
  const reasons = Object.entries(refused).map(([code, count]) => `${code} ${formatCount(count)}`);
  const why = reasons.length === 0 ? '' : ` (${reasons.join(', ')})`;
  const what = dryRun ? 'would be accepted' : 'accepted';
  const text = `${formatCount(accepted)} ${what}, ${formatCount(refusedItems(job))} refused again${why}`;
  return failure === null ? text : `${text}; waiting: ${failure}`;
}

export function resubmissionTable(jobs: readonly Resubmission[]): string {
  const rows = jobs.map((job) => [
    job.resubmissionId,
    job.createdAt,
    job.dryRun ? `${job.state}, dry run` : job.state,
    [job.filter.source, job.filter.code].filter((part) => part !== null).join(' ') || 'all',
    resubmissionText(job),
  ]);
  return alignColumns([['resubmission', 'made', 'state', 'of', ''], ...rows]);
}
