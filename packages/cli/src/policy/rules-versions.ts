/** Versions of the rules, as identity answers them. */
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { readAnswer } from '../ask-service.ts';
import { type RulesVersion, rulesVersionSchema, progressText } from '../core/rules-version.ts';
import type { AskIdentity } from '../identity-access.ts';

const pageSchema = z.object({ items: z.array(rulesVersionSchema), nextCursor: z.string().nullable() });
const pollMs = 500;
/** Progress is said this often, unless the phase changes. */
const sayEveryMs = 10_000;
const inWork: readonly RulesVersion['state'][] = ['evaluating', 'evaluated', 'publishing'];

export const versionPath = (version: number): string => `/v1/identity/policies/${version}`;

/** With the key figures, for which identity asks metrics. */
export async function findVersion(ask: AskIdentity, version: number): Promise<RulesVersion> {
  return await readAnswer(ask(versionPath(version)), rulesVersionSchema);
}

/** Newest first. */
export async function listVersions(ask: AskIdentity): Promise<RulesVersion[]> {
  const versions: RulesVersion[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: z.infer<typeof pageSchema> = await readAnswer(ask(pagePath(100, cursor)), pageSchema);
    versions.push(...page.items);
    cursor = page.nextCursor;
  }
  return versions;
}

/** Null where none is. One at a time is, and it is the newest. */
export async function findInWork(ask: AskIdentity): Promise<number | null> {
  const { items } = await readAnswer(ask(pagePath(1, '')), pageSchema);
  const [newest] = items;
  return newest !== undefined && inWork.includes(newest.state) ? newest.version : null;
}

/** Follows it while it is in one of the states; as it is then, or at the deadline. */
export async function followVersion(
  ask: AskIdentity,
  version: number,
  states: readonly RulesVersion['state'][],
  deadline: number,
): Promise<RulesVersion> {
  let said = { phase: '', at: Date.now() };
  for (;;) {
    // The list has it without the figures, so that following costs metrics nothing.
    const { items } = await readAnswer(ask(pagePath(1, String(version + 1))), pageSchema);
    const [found] = items;
    if (found === undefined || !states.includes(found.state) || Date.now() >= deadline) break;
    const { phase } = found.progress;
    if (phase !== said.phase || Date.now() - said.at >= sayEveryMs) {
      console.error(progressText(found));
      said = { phase, at: Date.now() };
    }
    await pause(Math.min(pollMs, Math.max(0, deadline - Date.now())));
  }
  return await findVersion(ask, version);
}

function pagePath(limit: number, cursor: string): string {
  return `/v1/identity/policies?limit=${limit}${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
}
