/** What `receipt-numbers.v1` says of a received receipt. It goes to the log in the same append as the receipt itself. */
import { hash } from 'node:crypto';
import { topics, type ReceivedReceipt } from '@throughline/contracts';
import type { OutgoingRecord } from '@throughline/event-log';
import type { Decision } from '../core/decide-touchpoint.ts';
import { isKeptApart } from '../core/pos/is-kept-apart.ts';

/** Empty for an item without a readable number: nothing can be missing because of it. */
export function receiptNumberRecord(
  decision: Decision,
  { source, receivedAt }: { source: string; receivedAt: string },
): OutgoingRecord[] {
  const { receiptNumber: number, canonicalBody } = decision;
  if (number === undefined || number === null || canonicalBody === undefined) return [];
  const value: ReceivedReceipt = {
    source,
    ...number,
    state: stateOf(decision),
    id: decision.ok ? decision.touchpoint.id : decision.id,
    bodyHash: hash('sha256', canonicalBody, 'base64url'),
    receivedAt,
  };
  return [
    {
      topic: topics.receiptNumbers,
      key: `${number.store}:${number.register}`,
      value: JSON.stringify(value),
    },
  ];
}

function stateOf(decision: Decision): ReceivedReceipt['state'] {
  if (decision.ok) return 'accepted';
  return isKeptApart(decision.rejection.code) ? 'kept_apart' : 'rejected';
}
