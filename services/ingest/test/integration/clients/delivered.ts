/** What of a client's requests is in the log, as identity will see it. */
import { topics } from '@throughline/contracts';
import type { FaultProxy } from '@throughline/testkit';
import { expect } from 'vitest';
import type { IngestServer } from '../ingest-server.ts';
import { idsOf } from './sent-ids.ts';
import { countInTimelines } from './timelines.ts';

export interface Delivered {
  type: string;
  name: string | null;
  source: string;
  identifiers: string[];
}

/**
 * The touchpoints that a client sent. Fails unless each id is in the log, with one body however often it came, so that
 * what came twice is a duplicate and no conflict, and unless nothing was rejected.
 */
export async function delivered(server: IngestServer, proxy: FaultProxy): Promise<Delivered[]> {
  const { sent } = idsOf(proxy.requests);
  const records = (await server.records(topics.touchpoints)).filter(({ touchpoint }) =>
    sent.has(touchpoint.id),
  );
  const byId = Map.groupBy(records, ({ touchpoint }) => touchpoint.id as string);
  expect(new Set(byId.keys())).toEqual(sent);
  for (const [id, copies] of byId) {
    expect([
      id,
      new Set(copies.map(({ bodyHash, touchpoint }) => `${bodyHash} ${touchpoint.source}`)).size,
    ]).toEqual([id, 1]);
  }
  const rejected = (await server.records(topics.rejected)).filter(({ id }) => sent.has(id));
  expect(rejected).toEqual([]);
  return [...byId.values()].map(([record]) => ({
    type: record.touchpoint.type,
    name: record.touchpoint.name,
    source: record.touchpoint.source,
    identifiers: record.touchpoint.identifiers.map(
      ({ type, value }: { type: string; value: string }) => `${type}:${value}`,
    ),
  }));
}

/** Fails unless each id that a client sent is in one timeline, once. @param url of identity */
export async function expectOnceInTimelines(url: string, proxy: FaultProxy, source: string): Promise<void> {
  const { sent } = idsOf(proxy.requests);
  expect(await countInTimelines(url, sent, source)).toEqual(new Map([...sent].map((id) => [id, 1])));
}

/** As `type name`, sorted. */
export function storyOf(touchpoints: readonly Delivered[]): string[] {
  return touchpoints.map(({ type, name }) => (name === null ? type : `${type} ${name}`)).sort();
}
