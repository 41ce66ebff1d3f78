/** What the last verification came to, for Prometheus: an alert on differences, and on none for days. */
import { exportGauges } from '@throughline/runtime/service';
import type { ServiceHttp } from '@throughline/runtime';
import type { Pool } from 'pg';
import { findLastVerification } from '../db/verification/save-verification.ts';

export function exportVerifications(pool: Pool, registry: ServiceHttp['registry']): void {
  exportGauges(
    registry,
    {
      throughline_verification_differences:
        'Values in which the last verification found figures or histories to differ from what is recomputed',
      throughline_verification_finished_timestamp_seconds:
        'When the last verification that came to a result ended; absent before the first',
    },
    async () => {
      const last = await findLastVerification(pool);
      if (last === null) return null;
      return {
        throughline_verification_differences: last.differenceCount,
        throughline_verification_finished_timestamp_seconds: last.finishedAt.getTime() / 1_000,
      };
    },
  );
}
