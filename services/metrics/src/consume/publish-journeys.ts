/**
 * Writes a page of `journeys.v1`: the profiles whose figures have changed, and those whose day has come, as they are in one
 * snapshot. Records, what they said, and what was worked off are one transaction (law 3): a page that is interrupted is written
 * again from its beginning, and a profile has one record for each change of its state.
 */
import { topics, type ProfileJourney } from '@throughline/contracts';
import { partitionOfKey, type Outbox, type OutboxRecord } from '@throughline/event-log';
import { retryTransaction } from '@throughline/postgres';
import type { Pool, PoolClient } from 'pg';
import { formatDay } from '../core/calendar.ts';
import { isSameContent, journeyChanges, presentJourney } from '../core/journey-state.ts';
import { findJourneys } from '../db/find-journeys.ts';
import { findDueJourneys, takeJourneyChanges } from '../db/journey-changes.ts';
import {
  findKeptJourneys,
  lockJourneyHead,
  saveKeptJourneys,
  type KeptJourney,
} from '../db/profile-journeys.ts';
import type { FigureContext } from './apply-records.ts';

export interface JourneyPublisher {
  pool: Pool;
  figures: FigureContext;
  outbox: Pick<Outbox, 'write'>;
  /** Of `journeys.v1`. */
  partitions: number;
}

export interface PublishedJourneys {
  records: number;
  /** There may be more to publish at once. */
  isFull: boolean;
}

/** Batches whose profiles a page takes: each names as many as it has touchpoints, at most. */
const pageBatches = 4;
const pageDue = 500;
/** Profiles that are read at a time. */
const readProfiles = 500;
/** The outbox shard of all pages: one is published at a time. */
const shard = 'journeys';
const nothing: PublishedJourneys = { records: 0, isFull: false };

/** @param today the running day of the reporting zone. @param nowMs the clock, that versions begin at */
export async function publishJourneys(
  publisher: JourneyPublisher,
  { today, nowMs }: { today: number; nowMs: number },
): Promise<PublishedJourneys> {
  return await retryTransaction(publisher.pool, async (client) => {
    await client.query('set transaction isolation level repeatable read');
    const head = await lockJourneyHead(client);
    if (head === null) return nothing;
    const changed = await takeJourneyChanges(client, pageBatches);
    const due = await findDueJourneys(client, today, pageDue);
    const profiles = [...new Set([...changed, ...due])].toSorted();
    if (profiles.length === 0) return nothing;
    const first = Math.max(head + 1, Math.floor(nowMs * 1_000));
    const records: ProfileJourney[] = [];
    for (let start = 0; start < profiles.length; start += readProfiles) {
      const page = profiles.slice(start, start + readProfiles);
      records.push(...(await publishPage(client, publisher, page, { today, first: first + records.length })));
    }
    await publisher.outbox.write(
      client,
      shard,
      records.map((record) => outboxRecord(record, publisher.partitions)),
    );
    return { records: records.length, isFull: true };
  });
}

/** Those of the profiles whose state is another than the last record said. */
async function publishPage(
  client: PoolClient,
  { figures }: Pick<JourneyPublisher, 'figures'>,
  profiles: readonly string[],
  { today, first }: { today: number; first: number },
): Promise<ProfileJourney[]> {
  const kept = await findKeptJourneys(client, profiles);
  const { catalog, generation } = figures;
  const found = await findJourneys(client, { generation: generation.id, catalog }, profiles, today);
  const { windows } = catalog.settings;
  const records: ProfileJourney[] = [];
  const saved: KeptJourney[] = [];
  for (const profile of profiles) {
    const [was, is] = [kept.get(profile), found.get(profile) ?? null];
    const isKept = was?.day === today && is !== null && isSameContent(was.content, is.content);
    if (isKept && was.due === is.due) continue;
    const before = was === undefined ? null : presentJourney(was.content, was.day, windows);
    const state = is === null ? null : presentJourney(is.content, today, windows);
    const isSame = JSON.stringify(before) === JSON.stringify(state);
    if (is !== null) {
      const { content, due } = is;
      saved.push({ profile, day: isSame ? (was?.day ?? today) : today, due, content });
    }
    if (isSame) continue;
    const version = first + records.length;
    const day = formatDay(today);
    const changes = journeyChanges(before, state);
    records.push({ kind: 'profile.journey', profile, version, day, state, changes });
  }
  const ended = profiles.filter((profile) => kept.has(profile) && !found.has(profile));
  await saveKeptJourneys(client, { saved, ended, version: first + records.length - 1 });
  return records;
}

function outboxRecord(record: ProfileJourney, partitions: number): OutboxRecord {
  return {
    topic: topics.journeys,
    key: record.profile,
    partition: partitionOfKey(record.profile, partitions),
    value: (position) => JSON.stringify(position === null ? record : { ...record, ...position }),
  };
}
