/** What became of a touchpoint, in lines for a terminal. */
import type { Counted, Trace } from './explained.ts';

export function touchpointText(trace: Trace, counted: Counted | null): string {
  const { state, id, source, receivedAt, belongsTo, duplicates, conflicts, rejections, deadLetters } = trace;
  const copies = duplicates?.copies ?? 0;
  const lines = [
    `  ${source === undefined ? id : `${source}/${id}`} is ${state}${receivedAt === undefined ? '' : `, received at ${receivedAt}`}`,
    ...(belongsTo === undefined
      ? []
      : [
          `  it belongs to ${belongsTo.identifier.type}:${belongsTo.identifier.value}, profile ${belongsTo.profile}`,
        ]),
    ...(belongsTo === undefined ? [] : [`  ${countedText(counted)}`]),
    ...(copies > 0 ? [`  it came ${copies} more times, and counts once`] : []),
    ...(conflicts ?? []).map(
      ({ rejectionId }) => `  another body came under its id: throughline rejected show ${rejectionId}`,
    ),
    ...rejections.map(
      ({ rejectionId, code, field, message }) =>
        `  rejected: ${code}${field === '' ? '' : ` (${field})`}: ${message}; throughline rejected show ${rejectionId}`,
    ),
    ...deadLetters.map(
      ({ id: letter, state: of, message }) => `  could not be processed (${of}, ${letter}): ${message}`,
    ),
  ];
  return ['', ...lines, ''].join('\n');
}

function countedText(counted: Counted | null): string {
  if (counted === null) return 'it is in no figure, or is still pending';
  const { day, stage, countsTransactionOf } = counted;
  const parts = [
    `it counts on ${day}`,
    ...(stage === null ? [] : [`as ${stage}`]),
    ...(countsTransactionOf.length === 0
      ? []
      : [`and for its transaction in ${countsTransactionOf.join(', ')}`]),
  ];
  return parts.join(' ');
}
