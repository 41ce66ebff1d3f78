/** `throughline erase`: erases a person, shows what is taken, and follows the erasure until it is done. */
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { readAnswer, type ServiceRequest } from '../ask-service.ts';
import { UsageError, type CliConfig } from '../config.ts';
import {
  erasableProfileSchema,
  erasableText,
  erasureSchema,
  erasureText,
  type Erasure,
} from '../core/erasure-text.ts';
import { identityAccess, identityHelp, identityOptions } from './identity-access.ts';

export const eraseHelp = `Usage: throughline erase <ref> [--yes] [options]

Erases a person: what is held of the profile that <ref> names, an id or type:value such as user_id:42, and what arrives of it
later about the time until now. It cannot be taken back. Without --yes it shows the profile and erases nothing. The confirmation is
printed: keep it outside of the database for as long as backups are kept. What hangs from the profile by public evidence
alone stays until it is confirmed.

  --yes                  erase
  --suppress             keep the person out from now on
  --include-public       confirm what hangs from the profile by public evidence alone
  --author <name>        who asks for it, such as a ticket: it stays, so not the name of the person
  --wait                 follow the erasure until it is done
  --timeout <seconds>    how long to follow it, 1 to 7200 (default 600); it continues when the command ends
  --json                 the confirmation as JSON
${identityHelp}
Ends with 0 when it is requested, with --wait when it is done; with 2 when it still runs at the timeout; with 1 when nothing was
erased, or it could not be followed.

Examples:
  throughline export user_id:customer-1 --out customer-1.json
  throughline erase user_id:customer-1
  throughline erase user_id:customer-1 --yes --wait --json > confirmation.json
`;

const options = {
  yes: { type: 'boolean', default: false },
  suppress: { type: 'boolean', default: false },
  'include-public': { type: 'boolean', default: false },
  author: { type: 'string' },
  wait: { type: 'boolean', default: false },
  timeout: { type: 'string', default: '600' },
  json: { type: 'boolean', default: false },
  ...identityOptions,
} as const;

const requestTimeoutMs = 30_000;
const pollMs = 500;

type AskIdentity = (path: string, method?: ServiceRequest['method']) => ServiceRequest;

/** Returns the exit code. @throws UsageError, ServiceRefusal */
export async function eraseCommand(argv: readonly string[], config: CliConfig): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
  const [ref, ...more] = positionals;
  if (ref === undefined || ref === '' || more.length > 0) throw new UsageError('one <ref> is expected');
  const waitMs = parseTimeout(values.timeout) * 1_000;
  const { identityUrl, key } = identityAccess(values, config);
  const ask: AskIdentity = (path, method = 'GET') => ({
    method,
    url: `${identityUrl}${path}`,
    key,
    timeoutMs: requestTimeoutMs,
  });
  const profile = await readAnswer(ask(`/v1/profiles/${encodeURIComponent(ref)}`), erasableProfileSchema);
  if (!values.yes) {
    console.error(`${erasableText(profile)}\nNothing is erased: with --yes it is, and cannot be taken back.`);
    return 1;
  }
  const query = new URLSearchParams({
    suppress: String(values.suppress),
    includePublic: String(values['include-public']),
    ...(values.author === undefined ? {} : { author: values.author }),
  });
  const path = `/v1/profiles/${encodeURIComponent(profile.id)}?${query.toString()}`;
  const requested = await readAnswer(ask(path, 'DELETE'), erasureSchema);
  if (values.wait) console.error(`erasure ${requested.id} is requested; it continues when the command ends`);
  const erasure = values.wait ? await follow(ask, requested, Date.now() + waitMs) : requested;
  console.log(values.json ? JSON.stringify(erasure, null, 2) : erasureText(erasure));
  return values.wait && erasure.state !== 'done' ? 2 : 0;
}

function parseTimeout(text: string): number {
  const seconds = Number(text);
  if (!(seconds >= 1 && seconds <= 7_200))
    throw new UsageError('--timeout: seconds from 1 to 7200 are expected');
  return seconds;
}

/** @returns the erasure when it is done, or as it was at the deadline */
async function follow(ask: AskIdentity, requested: Erasure, deadline: number): Promise<Erasure> {
  for (let erasure = requested; ;) {
    if (erasure.state === 'done' || Date.now() >= deadline) return erasure;
    await pause(Math.min(pollMs, Math.max(0, deadline - Date.now())));
    erasure = await readAnswer(ask(`/v1/erasures/${encodeURIComponent(requested.id)}`), erasureSchema);
  }
}
