/** The resolved stream, as a reader of it knows it. */
import { type Membership, resolvedRecordSchema, topics } from '@throughline/contracts';
import { until } from '@throughline/testkit';
import type { IdentityHarness } from './identity-harness.ts';

export interface Published {
  memberships: Map<string, Membership>;
  assignments: Map<string, { identifier: string; version: number }>;
  causes: Set<string | null>;
  /** Keys of touchpoints and ids of identifiers that erasures took. */
  erased: Set<string>;
}

/** What a reader of the stream knows: of each identifier and touchpoint the newest version, in whatever order they came. */
export async function readStream(harness: IdentityHarness): Promise<Published> {
  const texts: string[] = [];
  const subscription = await harness.log.subscribe({
    group: 'reader',
    topics: [topics.resolved],
    loadPosition: () => Promise.resolve({ nextOffset: 0, lastRecord: null }),
    handle: ({ records }) => {
      texts.push(...records.map(({ value }) => value));
      return Promise.resolve();
    },
    onProblem: () => {},
  });
  await until('the stream is read to its end', async () => {
    const { rows } = await harness.pool.query<{ count: number }>(
      'select coalesce(sum(next_offset), 0)::integer as count from event_log.partition_head where topic = $1',
      [topics.resolved],
    );
    return texts.length >= (rows[0]?.count ?? 0);
  });
  await subscription.stop();
  const published: Published = {
    memberships: new Map(),
    assignments: new Map(),
    causes: new Set(),
    erased: new Set(),
  };
  for (const record of texts.map((text) => resolvedRecordSchema.parse(JSON.parse(text)))) {
    for (const membership of 'memberships' in record ? record.memberships : []) {
      const known = published.memberships.get(membership.identifier);
      if (known === undefined || known.version < membership.version)
        published.memberships.set(membership.identifier, membership);
    }
    if (record.kind === 'profile.erased')
      for (const one of [...record.touchpoints, ...record.identifiers]) published.erased.add(one);
    if (record.kind === 'membership.changed') published.causes.add(record.cause);
    if (record.kind !== 'touchpoint.resolved') continue;
    const { touchpoint, identifier, assignmentVersion: assigned } = record;
    const known = published.assignments.get(touchpoint.key);
    if (known === undefined || known.version < assigned)
      published.assignments.set(touchpoint.key, { identifier, version: assigned });
  }
  return published;
}
