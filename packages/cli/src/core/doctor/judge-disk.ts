/** Whether what is left of a disk lets the embedded Postgres write on. */
import type { Finding } from './finding.ts';

const mib = 1024 * 1024;
/** A checkpoint and the write-ahead log of a busy hour. */
const faultBelowBytes = 256 * mib;
const warningBelowBytes = 2_048 * mib;

export function judgeDisk(place: string, freeBytes: number, totalBytes: number): Finding {
  const message = `${formatMib(freeBytes)} of ${formatMib(totalBytes)} are free at ${place}`;
  if (freeBytes >= warningBelowBytes) return { check: 'disk', state: 'ok', message, remedy: null };
  return {
    check: 'disk',
    state: freeBytes < faultBelowBytes ? 'fault' : 'warning',
    message:
      freeBytes < faultBelowBytes
        ? `the disk is full, or nearly: ${message}`
        : `the disk fills up: ${message}`,
    remedy:
      'Free some space, or move THROUGHLINE_HOME to a larger disk while nothing runs. Without space Postgres stops, and ' +
      'ingest answers 503; what was acknowledged is kept.',
  };
}

function formatMib(bytes: number): string {
  const whole = Math.floor(bytes / mib);
  return whole >= 10_240 ? `${Math.floor(whole / 1_024)} GiB` : `${whole} MiB`;
}
