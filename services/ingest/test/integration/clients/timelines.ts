/** What of a client's touchpoints is in the timelines of profiles, as identity's API shows them to anybody with a read key. */
import { testKeys, until } from '../ingest-server.ts';

interface Trace {
  state: string;
  belongsTo: { profile: string };
  conflicts: unknown[];
  rejections: unknown[];
}

interface TimelinePage {
  items: { id: string; source: string }[];
  nextCursor: string | null;
}

/**
 * How often each of the ids is in a timeline.
 * @param url of identity
 * @throws Error for an id that is not accepted, or of which something is kept aside
 */
export async function countInTimelines(
  url: string,
  ids: ReadonlySet<string>,
  source: string,
): Promise<Map<string, number>> {
  // Nothing that was answered before is pending any more.
  const isCaughtUp = async (): Promise<boolean> =>
    (await ask(`${url}/v1/freshness`)).body.pendingRecords === 0;
  await until(isCaughtUp);
  const profiles = new Set<string>();
  for (const id of ids) profiles.add(await profileOf(url, id, source));
  const counts = new Map([...ids].map((id) => [id, 0]));
  for (const profile of profiles) {
    for (const item of await timelineOf(url, profile)) {
      const count = item.source === source ? counts.get(item.id) : undefined;
      if (count !== undefined) counts.set(item.id, count + 1);
    }
  }
  return counts;
}

async function profileOf(url: string, id: string, source: string): Promise<string> {
  const path = `${url}/v1/touchpoints/${encodeURIComponent(id)}?source=${source}`;
  const { status, body }: { status: number; body: Trace } = await ask(path);
  const isAccepted = status === 200 && body.state === 'accepted';
  if (!isAccepted || body.conflicts.length > 0 || body.rejections.length > 0) {
    throw new Error(`${id} is not simply accepted: ${status} ${JSON.stringify(body)}`);
  }
  return body.belongsTo.profile;
}

async function timelineOf(url: string, profile: string): Promise<TimelinePage['items']> {
  const items: TimelinePage['items'] = [];
  let query = '';
  for (;;) {
    const { body }: { body: TimelinePage } = await ask(
      `${url}/v1/profiles/${profile}/touchpoints?limit=100${query}`,
    );
    items.push(...body.items);
    if (body.nextCursor === null) return items;
    query = `&cursor=${encodeURIComponent(body.nextCursor)}`;
  }
}

// oxlint-disable-next-line typescript/no-explicit-any -- answers are looked at from outside, as a client does
async function ask(url: string): Promise<{ status: number; body: any }> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${testKeys.read}` } });
  return { status: response.status, body: await response.json() };
}
