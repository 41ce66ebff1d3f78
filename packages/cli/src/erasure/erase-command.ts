/** `throughline erase`: erases a person, shows what is taken, and follows the erasure until it is done. */
import { parseArgs } from 'node:util';
import { readAnswer } from '../ask-service.ts';
import { UsageError, type CliConfig } from '../config.ts';
import { erasableProfileSchema, erasableText, erasureSchema } from '../core/erasure-text.ts';
import { confirmErasure, liftSuppression, listErasures, showErasure } from './earlier-erasures.ts';
import { type AskIdentity, askingIdentity, identityHelp, identityOptions } from '../identity-access.ts';
import { printErasure, printUntaken } from './print-erasure.ts';

export const eraseHelp = `Usage: throughline erase <ref> [--yes] [options]
       throughline erase list [options]
       throughline erase show <id> [--wait] [options]
       throughline erase confirm <id> [--identifiers <id,…>] [--yes] [options]
       throughline erase lift <id> [options]

<ref>: erases a person: what is held of the profile that <ref> names, an id or type:value such as user_id:42, and what arrives of it
later about the time until now. It cannot be taken back. Without --yes it shows the profile and erases nothing. The confirmation is
printed: keep it outside of the database for as long as backups are kept. What is linked to the profile by public evidence
alone stays until it is confirmed.

list: all erasures, newest first. show: one of them, which is the confirmation once it is done. confirm: takes what an erasure has
left because it is linked by public evidence alone, as an erasure of its own. lift: lets a person in again who was kept out.

  --yes                  erase; confirm: take it
  --suppress             keep the person out from now on
  --include-public       confirm what is linked to the profile by public evidence alone
  --identifiers <id,…>   confirm: only these of the unconfirmed ones (default: all)
  --author <name>        who asks for it, such as a ticket: it stays, so not the name of the person
  --wait                 follow the erasure until it is done
  --timeout <seconds>    how long to follow it, 1 to 7200 (default 600); it continues when the command ends
  --json                 as JSON
${identityHelp}
Ends with 0 when it is requested, with --wait when it is done; with 2 when it still runs at the timeout; with 1 when nothing was
erased, or it could not be followed.

Examples:
  throughline export user_id:customer-1 --out customer-1.json
  throughline erase user_id:customer-1
  throughline erase user_id:customer-1 --yes --wait --json > confirmation.json
  throughline erase list
  throughline erase confirm 0f8fad5b-d9cb-469f-a165-70867728950e --yes --wait
  throughline erase lift 0f8fad5b-d9cb-469f-a165-70867728950e
`;

const options = {
  yes: { type: 'boolean', default: false },
  suppress: { type: 'boolean', default: false },
  'include-public': { type: 'boolean', default: false },
  identifiers: { type: 'string' },
  author: { type: 'string' },
  wait: { type: 'boolean', default: false },
  timeout: { type: 'string', default: '600' },
  json: { type: 'boolean', default: false },
  ...identityOptions,
} as const;

/** Returns the exit code. @throws UsageError, ServiceRefusal */
export async function eraseCommand(argv: readonly string[], config: CliConfig): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
  const [subject, id, ...more] = positionals;
  if (subject === undefined || subject === '' || more.length > 0)
    throw new UsageError('one <ref> is expected');
  const { author, json, yes } = values;
  const waitMs = parseTimeout(values.timeout) * 1_000;
  const printing = { json, waitMs: values.wait ? waitMs : null };
  const ask = askingIdentity(values, config);
  if (subject === 'list' && id === undefined) return await listErasures(ask, json);
  if (!['show', 'confirm', 'lift'].includes(subject)) {
    if (id !== undefined) throw new UsageError('one <ref> is expected');
    const { suppress, 'include-public': includePublic } = values;
    if (yes) return await erase(ask, subject, { suppress, includePublic, author }, printing);
    const profile = await findProfile(ask, subject);
    return printUntaken({ profile }, erasableText(profile), json);
  }
  if (id === undefined) throw new UsageError(`the <id> of an erasure is expected: ${subject} <id>`);
  if (subject === 'show') return await showErasure(ask, id, printing);
  if (subject === 'lift') return await liftSuppression(ask, id, printing);
  const identifiers = values.identifiers?.split(',').map((one) => one.trim()) ?? 'all';
  return await confirmErasure(ask, id, yes ? { identifiers, author } : null, printing);
}

const findProfile = async (ask: AskIdentity, ref: string) =>
  await readAnswer(ask(`/v1/profiles/${encodeURIComponent(ref)}`), erasableProfileSchema);

async function erase(
  ask: AskIdentity,
  ref: string,
  wish: { suppress: boolean; includePublic: boolean; author: string | undefined },
  printing: Parameters<typeof printErasure>[2],
): Promise<number> {
  const { id } = await findProfile(ask, ref);
  const query = new URLSearchParams({
    suppress: String(wish.suppress),
    includePublic: String(wish.includePublic),
    ...(wish.author === undefined ? {} : { author: wish.author }),
  });
  const path = `/v1/profiles/${encodeURIComponent(id)}?${query.toString()}`;
  return await printErasure(ask, await readAnswer(ask(path, 'DELETE'), erasureSchema), printing);
}

function parseTimeout(text: string): number {
  const seconds = Number(text);
  if (!(seconds >= 1 && seconds <= 7_200))
    throw new UsageError('--timeout: seconds from 1 to 7200 are expected');
  return seconds;
}
