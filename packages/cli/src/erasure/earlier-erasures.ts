/** Erasures that were requested before: listed, shown, confirmed, and their suppression lifted. */
import { z } from 'zod';
import { readAnswer } from '../ask-service.ts';
import { alignColumns } from '../core/align-columns.ts';
import { type Erasure, erasureSchema, unconfirmedText } from '../core/erasure-text.ts';
import { printableText } from '../core/printable-text.ts';
import type { AskIdentity } from '../identity-access.ts';
import { erasurePath, printErasure, printUntaken } from './print-erasure.ts';

type Printing = Parameters<typeof printErasure>[2];

const pageSchema = z.object({ items: z.array(erasureSchema), nextCursor: z.string().nullable() });

/** Returns the exit code, as all of these do. */
export async function listErasures(ask: AskIdentity, json: boolean): Promise<number> {
  const erasures: Erasure[] = [];
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams({ limit: '100', ...(cursor === null ? {} : { cursor }) });
    const page: z.infer<typeof pageSchema> = await readAnswer(
      ask(`/v1/erasures?${query.toString()}`),
      pageSchema,
    );
    erasures.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  if (json) {
    console.log(JSON.stringify(erasures, null, 2));
    return 0;
  }
  const rows = erasures.map(({ id, at, state, step, extent, unconfirmed, suppression, removed }) => [
    id,
    at,
    state === 'done' ? state : `${state}: ${step}`,
    String(extent.count),
    String(unconfirmed.count),
    String(removed['touchpointsDropped'] ?? 0),
    suppression === null ? '' : suppression.state,
  ]);
  const heads = ['id', 'until', 'state', 'identifiers', 'unconfirmed', 'touchpoints dropped', 'kept out'];
  console.log(alignColumns([heads, ...rows.map((row) => row.map(printableText))]));
  return 0;
}

export async function showErasure(ask: AskIdentity, id: string, printing: Printing): Promise<number> {
  return await printErasure(ask, await readAnswer(ask(erasurePath(id)), erasureSchema), printing);
}

export async function liftSuppression(ask: AskIdentity, id: string, printing: Printing): Promise<number> {
  const lifted = await readAnswer(ask(erasurePath(id, '/suppression'), 'DELETE'), erasureSchema);
  if (lifted.suppression !== null) return await printErasure(ask, lifted, { ...printing, waitMs: null });
  console.error(`erasure ${id} has no suppression: there is nothing to lift`);
  return 1;
}

/** @param wish null to show what there is to confirm, and to take nothing */
export async function confirmErasure(
  ask: AskIdentity,
  id: string,
  wish: { identifiers: 'all' | readonly string[]; author: string | undefined } | null,
  printing: Printing,
): Promise<number> {
  if (wish === null) {
    const { unconfirmed } = await readAnswer(ask(erasurePath(id)), erasureSchema);
    return printUntaken({ unconfirmed }, unconfirmedText(unconfirmed), printing.json);
  }
  const { identifiers, author } = wish;
  const body = { identifiers, ...(author === undefined ? {} : { author }) };
  return await printErasure(
    ask,
    await readAnswer(ask(erasurePath(id, '/confirm'), 'POST', body), erasureSchema),
    printing,
  );
}
