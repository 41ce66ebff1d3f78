/** `throughline policy`: the rules of identity as a document: shown, tried on the whole history, put in force, discarded. */
import { parseArgs } from 'node:util';
import { readAnswer } from '../ask-service.ts';
import { UsageError, type CliConfig } from '../config.ts';
import { alignColumns } from '../core/align-columns.ts';
import { type RulesVersion, rulesVersionSchema, rulesVersionText, stateText } from '../core/rules-version.ts';
import { type AskIdentity, askingIdentity, identityHelp, identityOptions } from '../identity-access.ts';
import { readJsonObject } from '../read-json-object.ts';
import { findInWork, findVersion, followVersion, listVersions, versionPath } from './rules-versions.ts';

export const policyHelp = `Usage: throughline policy [show] [<version>] [options]
       throughline policy list [options]
       throughline policy check <file> [--note <text>] [--author <name>] [options]
       throughline policy report|switch|discard [<version>] [options]

The policy says which values link nothing, how many of a type one person has, from when on an identifier is shared, which
spellings are one, and what types of your own are. It is a document, in versions. Without <version>, show is about the one in force,
and report, switch and discard are about the one in work.

show: the document, in the form that check takes. list: all versions, newest first. check: evaluates a document on all touchpoints
and decisions, beside the live state, and says which profiles would join and part, and what the key figures would become;
nothing else changes. report: how far that is, and the same. switch: puts the version in force, whole, as soon as it is evaluated.
discard: throws it away. Withdrawals of evidence make versions too, which are reported, switched and discarded alike.

  --note <text>          check: why, for a later reader
  --author <name>        check: who asks for it
  --no-wait              check, switch: do not follow it
  --timeout <seconds>    check, switch: how long to follow it, 1 to 86400 (default 3600); it continues when the command ends
  --json                 as JSON; of show the whole version, with its state
${identityHelp}
Ends with 0 when it is done: checked, in force or discarded; with 2 when it is still in work at the timeout; with 1 when it was
refused, or another one has discarded the version.

Examples:
  throughline policy show > policy.json
  throughline policy check policy.json --note "families share tablets"
  throughline policy switch
  throughline policy discard
  throughline policy list
`;

const options = {
  note: { type: 'string' },
  author: { type: 'string' },
  'no-wait': { type: 'boolean', default: false },
  timeout: { type: 'string', default: '3600' },
  json: { type: 'boolean', default: false },
  ...identityOptions,
} as const;

interface Following {
  json: boolean;
  /** Null for not at all. */
  waitMs: number | null;
}

/** Returns the exit code. @throws UsageError, ServiceRefusal */
export async function policyCommand(argv: readonly string[], config: CliConfig): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
  const [action = 'show', named, ...more] = positionals;
  if (more.length > 0) throw new UsageError('one version, or one file, is expected');
  const { json, note, author } = values;
  const waitMs = parseTimeout(values.timeout) * 1_000;
  const following = { json, waitMs: values['no-wait'] ? null : waitMs };
  const ask = askingIdentity(values, config);
  switch (action) {
    case 'show':
      return await show(ask, parseVersion(named), json);
    case 'list':
      if (named !== undefined) throw new UsageError('list takes no version');
      return await list(ask, json);
    case 'check': {
      if (named === undefined) throw new UsageError('the <file> of a document is expected: check <file>');
      const policy = readJsonObject(named, config);
      return await check(ask, { policy, note, author }, following);
    }
    case 'report':
      return print(await findVersion(ask, await versionOrInWork(ask, named)), json);
    case 'switch':
      return await putInForce(ask, await versionOrInWork(ask, named), following);
    case 'discard':
      return await discard(ask, await versionOrInWork(ask, named), json);
    default:
      throw new UsageError('show, list, check, report, switch or discard is expected');
  }
}

async function show(ask: AskIdentity, version: number | null, json: boolean): Promise<number> {
  const found =
    version === null
      ? await readAnswer(ask('/v1/identity/policy'), rulesVersionSchema)
      : await findVersion(ask, version);
  console.log(JSON.stringify(json ? found : found.policy, null, 2));
  return 0;
}

async function list(ask: AskIdentity, json: boolean): Promise<number> {
  const versions = await listVersions(ask);
  if (json) {
    console.log(JSON.stringify(versions, null, 2));
    return 0;
  }
  const rows = versions.map((one) => [
    String(one.version),
    one.kind,
    stateText(one),
    one.madeAt,
    one.madeBy.author ?? one.madeBy.key,
    one.note,
  ]);
  console.log(alignColumns([['version', 'kind', 'state', 'made at', 'by', 'note'], ...rows]));
  return 0;
}

async function check(
  ask: AskIdentity,
  body: { policy: object; note: string | undefined; author: string | undefined },
  { json, waitMs }: Following,
): Promise<number> {
  const made = await readAnswer(ask('/v1/identity/policies', 'POST', body), rulesVersionSchema);
  if (waitMs === null) return print(made, json);
  const checked = await followVersion(ask, made.version, ['evaluating'], Date.now() + waitMs);
  print(checked, json);
  if (checked.state === 'evaluating') return 2;
  return checked.state === 'discarded' ? 1 : 0;
}

async function putInForce(ask: AskIdentity, version: number, { json, waitMs }: Following): Promise<number> {
  const path = `${versionPath(version)}/activate`;
  const activated = await readAnswer(ask(path, 'POST'), rulesVersionSchema);
  if (waitMs === null) return print(activated, json);
  const inWork = ['evaluating', 'evaluated', 'publishing'] as const;
  const switched = await followVersion(ask, version, inWork, Date.now() + waitMs);
  print(switched, json);
  if (inWork.some((state) => state === switched.state)) return 2;
  return switched.state === 'discarded' ? 1 : 0;
}

async function discard(ask: AskIdentity, version: number, json: boolean): Promise<number> {
  return print(await readAnswer(ask(versionPath(version), 'DELETE'), rulesVersionSchema), json);
}

function print(version: RulesVersion, json: boolean): number {
  console.log(json ? JSON.stringify(version, null, 2) : rulesVersionText(version));
  return 0;
}

/** @throws UsageError where none is named and none is in work */
async function versionOrInWork(ask: AskIdentity, named: string | undefined): Promise<number> {
  const version = parseVersion(named) ?? (await findInWork(ask));
  if (version === null) throw new UsageError('no version is in work: name one of throughline policy list');
  return version;
}

function parseVersion(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new UsageError('the number of a version is expected');
}

function parseTimeout(text: string): number {
  const seconds = Number(text);
  if (!(seconds >= 1 && seconds <= 86_400))
    throw new UsageError('--timeout: seconds from 1 to 86400 are expected');
  return seconds;
}
