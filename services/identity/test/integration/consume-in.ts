/** Touchpoints as one batch in a transaction of the caller's: what the consumer's loop does with them, without a log. */
import type { AcceptedTouchpoint } from '@throughline/contracts';
import { untraced } from '@throughline/event-log';
import type { PoolClient } from 'pg';
import { parseTouchpoint } from '../../src/consume/decode-touchpoint.ts';
import { resolveBatch } from '../../src/consume/resolve-batch.ts';
import type { IdentityHarness } from './identity-harness.ts';

export async function consumeIn(
  client: PoolClient,
  { ids, identity: { context } }: Pick<IdentityHarness, 'ids' | 'identity'>,
  touchpoints: readonly AcceptedTouchpoint[],
): Promise<void> {
  const records = touchpoints.map((one) => {
    const record = { offset: 0, key: '', value: JSON.stringify(one) };
    const parsed = parseTouchpoint(record, ids, context.rules.current);
    if (parsed.kind !== 'readable') throw new Error(`an unreadable touchpoint: ${parsed.kind}`);
    return parsed.value;
  });
  await resolveBatch(context, {
    client,
    topic: 'touchpoints.v1',
    traffic: 'interactive',
    partitions: [{ partition: 0, records }],
    records,
    shard: 'touchpoints.v1/0',
    neededKeys: new Set(),
    trace: untraced,
  });
}
