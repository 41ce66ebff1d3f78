/** What the demo asks the services for, by their public API: batches taken in, figures caught up, decisions made. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { ServiceName } from '@throughline/contracts';
import { readAnswer, ServiceRefusal } from '../ask-service.ts';
import type { Batch } from '../core/build-batches.ts';
import { demoGroupings } from '../core/demo/demo-catalog.ts';
import type { DemoItem, DemoSender } from '../core/demo/demo-event.ts';
import type { DemoMerge } from '../core/demo/demo-scenes.ts';
import type { DemoSpend } from '../core/demo/demo-spend.ts';
import { formatCount } from '../core/progress-text.ts';
import type { ProgressDisplay } from '../replay/show-progress.ts';
import { sendBatch } from '../replay/send-batch.ts';

export interface DemoTarget {
  urls: Readonly<Record<ServiceName, string>>;
  keys: Readonly<Record<'write' | 'server' | 'read' | 'admin', string>>;
  patienceMs: number;
}

export interface Tally {
  accepted: number;
  rejected: number;
}

const batchItems = 400;
const inFlightMax = 4;
const timeoutMs = 30_000;

const groupingsSchema = z.looseObject({ groupings: z.array(z.string()), state: z.string() });

const freshnessSchema = z.looseObject({
  processedThrough: z.string().nullable(),
  pendingRecords: z.number().nullable(),
});

export interface SendingProgress {
  display: ProgressDisplay;
  /** Items of the demo altogether. */
  all: number;
  /** What was sent of them earlier. */
  before: Tally;
}

/** @returns with what was sent before. @throws ServiceRefusal when a batch cannot be delivered */
export async function sendItems(
  items: readonly DemoItem[],
  target: DemoTarget,
  { display, all, before }: SendingProgress,
): Promise<Tally> {
  const batches = batchesOf(items);
  const halt = new AbortController();
  let tally = before;
  let next = 0;
  async function work(): Promise<void> {
    for (let batch = batches[next]; batch !== undefined && !halt.signal.aborted; batch = batches[next]) {
      next += 1;
      const outcome = await sendBatch(batch.batch, {
        ingestUrl: target.urls.ingest,
        path: batch.sender === 'till' ? '/v1/pos/receipts' : '/v1/touchpoints',
        key: batch.sender === 'website' ? target.keys.write : target.keys.server,
        patienceMs: target.patienceMs,
        stopping: halt.signal,
        onWaiting: (why) => display.wait(why),
      });
      if (outcome.kind === 'stop') {
        halt.abort();
        throw new ServiceRefusal(`The demo stopped: ${outcome.why}.`);
      }
      if (outcome.kind === 'given_up') return;
      tally = {
        accepted: tally.accepted + outcome.accepted,
        rejected: tally.rejected + outcome.rejected.length,
      };
      display.update({ ...tally, share: (tally.accepted + tally.rejected) / all });
    }
  }
  await Promise.all(Array.from({ length: inFlightMax }, work));
  return tally;
}

/** A batch is of one sender, since the sender's key says its trust; batches are in the order of their first items. */
function batchesOf(items: readonly DemoItem[]): { sender: DemoSender; batch: Batch }[] {
  return [...Map.groupBy(items, ({ sender }) => sender)]
    .flatMap(([sender, ofSender]) =>
      Array.from({ length: Math.ceil(ofSender.length / batchItems) }, (_, index) => {
        const part = ofSender.slice(index * batchItems, (index + 1) * batchItems);
        return { sender, atMs: part[0]?.atMs ?? 0, batch: batchOf(part) };
      }),
    )
    .toSorted((one, other) => one.atMs - other.atMs);
}

function batchOf(items: readonly DemoItem[]): Batch {
  const entries = items.map(({ id, item }, index) => ({
    id,
    row: index + 1,
    line: index + 1,
    json: JSON.stringify(item),
  }));
  return { items: entries, failures: [], skipped: 0, end: null };
}

/** Whether anything has ever been processed, or waits to be. @throws ServiceRefusal */
export async function holdsData(target: DemoTarget): Promise<boolean> {
  const { processedThrough, pendingRecords } = await readFreshness(target);
  return processedThrough !== null || (pendingRecords ?? 0) > 0;
}

/** Resolves when everything that was acknowledged is in the figures. @throws ServiceRefusal when it takes too long */
export async function waitForFigures(target: DemoTarget, display: ProgressDisplay): Promise<void> {
  const deadline = performance.now() + target.patienceMs;
  for (;;) {
    const { pendingRecords } = await readFreshness(target);
    if (pendingRecords === 0) break;
    display.wait(
      `profiles and figures, ${pendingRecords === null ? 'unknown' : formatCount(pendingRecords)} records pending`,
    );
    if (performance.now() > deadline) {
      throw new ServiceRefusal(
        `The figures did not catch up within ${Math.round(target.patienceMs / 1_000)} s: throughline status says what they wait for.`,
      );
    }
    await sleep(200);
  }
  display.wait(null);
}

async function readFreshness({ urls, keys }: DemoTarget): Promise<z.infer<typeof freshnessSchema>> {
  const url = `${urls.metrics}/v1/metrics/freshness`;
  return await readAnswer({ url, key: keys.read, timeoutMs }, freshnessSchema);
}

/**
 * Has figures grouped, where nothing is chosen yet. It is done before anything is sent: a rebuild of an empty deployment takes seconds.
 *
 * @throws ServiceRefusal when it takes too long
 */
export async function chooseGroupings(target: DemoTarget, display: ProgressDisplay): Promise<void> {
  const url = `${target.urls.metrics}/v1/metrics/groupings`;
  const { groupings } = await readAnswer({ url, key: target.keys.read, timeoutMs }, groupingsSchema);
  if (groupings.length > 0) return;
  const body = { groupings: demoGroupings };
  await readAnswer({ method: 'PUT', url, key: target.keys.admin, timeoutMs, body }, groupingsSchema);
  const deadline = performance.now() + target.patienceMs;
  for (;;) {
    const { state } = await readAnswer({ url, key: target.keys.read, timeoutMs }, groupingsSchema);
    if (state === 'ready') break;
    display.wait(`figures are made ready for groups by ${demoGroupings.join(' and ')}`);
    if (performance.now() > deadline) {
      throw new ServiceRefusal(
        'The figures were not made ready for groups in time: throughline status says why.',
      );
    }
    await sleep(200);
  }
  display.wait(null);
}

/** Again, it replaces what was there. @throws ServiceRefusal */
export async function saveSpend(items: readonly DemoSpend[], { urls, keys }: DemoTarget): Promise<void> {
  const url = `${urls.metrics}/v1/metrics/spend`;
  await readAnswer(
    { method: 'PUT', url, key: keys.admin, timeoutMs, body: { items } },
    z.looseObject({ saved: z.number() }),
  );
}

/** @throws ServiceRefusal */
export async function makeMerge({ refs, note, isWithdrawn }: DemoMerge, target: DemoTarget): Promise<void> {
  const url = `${target.urls.identity}/v1/identity/decisions`;
  const body = { kind: 'merge', refs, note, author: 'demo' };
  const decision = await readAnswer(
    { method: 'POST', url, key: target.keys.admin, timeoutMs, body },
    z.looseObject({ id: z.string() }),
  );
  if (!isWithdrawn) return;
  await readAnswer(
    { method: 'DELETE', url: `${url}/${decision.id}?author=demo`, key: target.keys.admin, timeoutMs },
    z.looseObject({ id: z.string() }),
  );
}
