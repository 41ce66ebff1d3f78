/** Links and identifiers that lost touchpoints get their evidence and their times from those that remain. */
import { createMeasure } from '../core/erasure.ts';
import { foldMentions } from '../core/kept-mention.ts';
import { resolve } from '../core/resolve.ts';
import {
  deleteLostEvidence,
  loadLostEvidence,
  type LostEvidence,
  readTouchpointsNaming,
} from '../db/erasure-evidence.ts';
import { loadErasureMentions } from '../db/erasure-mentions.ts';
import { clockMicroseconds } from './clock.ts';
import { decodeTouchpoint } from './decode-touchpoint.ts';
import { type ErasureWork, remainsWith, saveErased } from './erasure-work.ts';

const pageSize = 20;

/** One page, with all its identifiers locked: no batch adds evidence meanwhile. True when nothing is left. */
export async function measureLostEvidence(work: ErasureWork): Promise<boolean> {
  const { context, client, reader, job } = work;
  const page = await loadLostEvidence(client, job.id, pageSize);
  if (page.length === 0) return true;
  await reader.lock(page.flatMap(({ weaker, stronger }) => [weaker, stronger]));
  const remains = remainsWith({});
  for (const lost of page) {
    const { links, mentions } = await measure(work, lost);
    remains.links.push(...links);
    remains.mentions.push(...mentions);
  }
  const input = { clock: clockMicroseconds(), touchpoints: [], stored: [], revisit: [], remains };
  await saveErased(work, await reader.run(resolve(input, context.rules.current.limits)));
  await deleteLostEvidence(client, job.id, page);
  return false;
}

async function measure({ context, client }: ErasureWork, lost: LostEvidence) {
  const { weaker, stronger } = lost;
  const measured = weaker === stronger ? createMeasure([], [weaker]) : createMeasure([lost], []);
  for await (const touchpoints of readTouchpointsNaming(client, lost)) {
    for (const accepted of touchpoints) {
      measured.add(decodeTouchpoint({ text: '', accepted }, context.ids, context.rules.current).incoming);
    }
  }
  const { links, mentions } = measured.result();
  if (mentions.length === 0) return { links, mentions };
  const kept = await loadErasureMentions(client, [weaker]);
  return { links, mentions: [foldMentions(weaker, [...mentions, ...(kept.get(weaker) ?? [])])] };
}
