/**
 * Carries out erasures, page by page, each page a transaction of its own: a restart resumes at the last page, and other work
 * runs between two pages. In steps:
 *
 * 1. decisions that name the extent end;
 * 2. touchpoints that name it are looked for where they can lie, and dropped or struck;
 * 3. links and identifiers that lost touchpoints get their evidence and times from what remains;
 * 4. copies that no graph knows go: dead letters here, the rejected store of ingest;
 * 5. the history forgets them, and those who keep copies are informed which identifiers it was about.
 *
 * What arrives meanwhile meets the erasure by itself, as soon as it is written down: see `honourErasures`.
 */
import { foldedWords } from '@throughline/contracts';
import { eraseDeadLetters } from '@throughline/event-log';
import { retryTransaction } from '@throughline/postgres';
import type { PoolClient } from 'pg';
import { resolve } from '../core/resolve.ts';
import { insertChangedMembers } from '../db/changed-members.ts';
import {
  type ErasureProgress,
  type ErasureStep,
  findWanted,
  loadExtent,
  postponeErasure,
  saveErasureProgress,
  takeErasure,
} from '../db/erasure-jobs.ts';
import { saveLostEvidence } from '../db/erasure-evidence.ts';
import { deleteErasureMentions } from '../db/erasure-mentions.ts';
import { loadTimeline, saveTimelines } from '../db/erasure-timelines.ts';
import { deleteDecision, loadEndedDecision, purgeHistory } from '../db/purge-history.ts';
import { insertBacklog } from '../db/rules/backlog.ts';
import { forgetNotesAbout } from '../db/rules/forget-notes.ts';
import { countPublishing } from '../db/rules/rules-in-force.ts';
import { deleteRejections } from '../db/save-rejections.ts';
import { clockMicroseconds } from './clock.ts';
import type { EraseCopies } from '../ask-ingest.ts';
import { eraseTouchpointPage } from './erase-touchpoint-page.ts';
import { erasureShard, type ErasureWork, remainsWith, saveErased } from './erasure-work.ts';
import { GraphReader, type LockSet } from './graph-reader.ts';
import type { IdentityContext } from './identity-context.ts';
import { measureLostEvidence } from './measure-lost-evidence.ts';
import { erasedRecord } from './resolved-record.ts';

const extentPage = 50;
/** What one record names. */
const recordPage = 200;

const pageOf: Record<Exclude<ErasureStep, 'done'>, (work: ErasureWork) => Promise<ErasureProgress>> = {
  decisions: endDecision,
  gather: gatherTimelines,
  touchpoints: workOffTimelines,
  evidence: measureEvidence,
  copies: removeCopies,
  history: forgetHistory,
};

/**
 * One page of the erasure whose turn it is. False when there was nothing to do.
 * @throws what the page failed with; the erasure waits apart then
 */
export async function workOffErasure(context: IdentityContext, eraseCopies: EraseCopies): Promise<boolean> {
  const locks: LockSet = new Set();
  const taken: { id: string | null } = { id: null };
  try {
    await retryTransaction(context.pool, async (client) => {
      const job = await takeErasure(client);
      taken.id = job?.id ?? null;
      if (job === null || job.step === 'done') return;
      await enterRules(context, client, job.id);
      const reader = new GraphReader(client, locks);
      const progress = await pageOf[job.step]({ context, client, reader, job, eraseCopies });
      await saveErasureProgress(client, job.id, progress);
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : 'the page failed';
    if (taken.id !== null) await postponeErasure(context.pool, taken.id, message.slice(0, 500));
    throw error;
  }
  if (taken.id !== null) context.outbox.nudge();
  return taken.id !== null;
}

/**
 * A version of the rules that is worked out beside the live state has seen what is erased now: it begins again. One that is being put
 * in force is waited for.
 */
async function enterRules(context: IdentityContext, client: PoolClient, erasure: string): Promise<void> {
  const { isCaptured } = await context.rules.enter(client);
  if ((await countPublishing(client)) > 0) throw new Error('a version of the rules is being put in force');
  if (isCaptured) await insertBacklog(client, 'erasure', [erasure]);
}

/** As if it had never been made; a withdrawn one has no effect any more, and its note goes. */
async function endDecision(work: ErasureWork): Promise<ErasureProgress> {
  const { context, client, reader, job } = work;
  const decision = await loadEndedDecision(client, job.id, job.at);
  if (decision === null) return { step: 'gather', cursor: null };
  if (!decision.isWithdrawn) {
    const revisit = decision.sides.flat();
    await reader.lock(revisit);
    const remains = remainsWith({ endedDecisions: [decision.id] });
    const input = { clock: clockMicroseconds(), touchpoints: [], stored: [], revisit, remains };
    await saveErased(work, await reader.run(resolve(input, context.rules.current.limits)));
  }
  await deleteDecision(client, decision.id);
  return { step: 'decisions', cursor: null, removed: { decisions: 1 } };
}

/** The locks wait for batches that do not know of the erasure yet, so that what they store is found. */
async function gatherTimelines({ client, reader, job }: ErasureWork): Promise<ErasureProgress> {
  const page = await loadExtent(client, job.id, job.cursor, extentPage);
  await reader.lock(page);
  const taken = await deleteErasureMentions(client, page, job.at);
  await saveLostEvidence(
    client,
    job.id,
    taken.map((id) => ({ weaker: id, stronger: id })),
  );
  await saveTimelines(client, job.id, page);
  const last = page.length < extentPage ? undefined : page.at(-1);
  return last === undefined ? { step: 'touchpoints', cursor: null } : { step: 'gather', cursor: last };
}

/** Touchpoints may move from one identifier to another meanwhile, so it ends with a pass that finds none. */
async function workOffTimelines(work: ErasureWork): Promise<ErasureProgress> {
  const { client, job } = work;
  const timeline = await loadTimeline(client, job.id);
  if (timeline === null) {
    return { step: job.foundInPass > 0 ? 'gather' : 'evidence', cursor: null };
  }
  const { found, removed } = await eraseTouchpointPage(work, timeline);
  return { step: 'touchpoints', cursor: null, foundInPass: job.foundInPass + found, removed };
}

async function measureEvidence(work: ErasureWork): Promise<ErasureProgress> {
  const isDone = await measureLostEvidence(work);
  return { step: isDone ? 'copies' : 'evidence', cursor: null };
}

/** First those of identity, then page by page those of ingest, which says how far it is. */
async function removeCopies({ client, job, eraseCopies }: ErasureWork): Promise<ErasureProgress> {
  const wanted = await findWanted(client, job.id);
  let deadLetters = 0;
  if (job.cursor === null) {
    const words = new Set(wanted);
    const isMentioned = (text: string): boolean => [...foldedWords(text)].some((word) => words.has(word));
    for (let after: number | null = 0; after !== null;) {
      const page = await eraseDeadLetters(client, { schema: 'identity', after, isMentioned });
      deadLetters += page.removed;
      after = page.next;
    }
  }
  const { id: erasure, at, cursor } = job;
  const answer = await eraseCopies({ erasure, at, wanted, cursor });
  await deleteRejections(client, answer.rejections);
  return {
    step: answer.next === null ? 'history' : 'copies',
    cursor: answer.next,
    removed: { deadLetters: deadLetters + answer.deadLetters, rejections: answer.rejections.length },
  };
}

async function forgetHistory({ context, client, job }: ErasureWork): Promise<ErasureProgress> {
  const page = await loadExtent(client, job.id, job.cursor, recordPage);
  const historyEntries = await purgeHistory(client, page);
  await forgetNotesAbout(client, page);
  await insertChangedMembers(client, page);
  if (page.length > 0) {
    const stream = { shard: erasureShard, partitions: context.resolvedPartitions, traffic: 'bulk' as const };
    const record = erasedRecord(stream, { erasure: job.id, at: job.at, touchpoints: [], identifiers: page });
    await context.outbox.write(client, erasureShard, [record]);
  }
  const last = page.length < recordPage ? undefined : page.at(-1);
  const removed = { historyEntries };
  return last === undefined
    ? { step: 'done', cursor: null, removed }
    : { step: 'history', cursor: last, removed };
}
