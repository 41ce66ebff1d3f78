/** `throughline keys`: makes, replaces and disables keys. A key goes to the standard output, once, and nothing else does. */
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { readAnswer } from '../ask-service.ts';
import { UsageError, type CliConfig } from '../config.ts';
import { alignColumns } from '../core/align-columns.ts';
import { accessHelp, accessOf, accessOptions, type AskIngest } from './access-options.ts';

export const keysHelp = `Usage: throughline keys [list] [--source <name>] [options]
       throughline keys create --scope <write|server|read|admin> [--source <name>] [--note <text>]
                               [--fields <field,…>] [--search] [options]
       throughline keys rotate <id> [--grace <seconds>] [options]
       throughline keys disable <id> [options]

A key that is made is printed once, alone on the standard output; only its digest is stored. A key that is replaced stays
valid for the grace period (7 days unless set). A disabled key ends within seconds, for good.

  --source <name>        create: what it writes as, required of write and server keys; list: only its keys
  --scope <scope>        create: what it may do
  --fields <field,…>     create, of a read key: what it shows of profiles, such as identifiers.loyalty_id, traits.plan,
                         consents, feedback or computed; it opens nothing else
  --search               create, of a read key: it may look for people by name
  --note <text>          create: where it is used
  --grace <seconds>      rotate: 0 to 7776000
${accessHelp}
Examples:
  throughline keys
  throughline keys create --scope server --source server --note "till server" > key.txt
  throughline keys create --scope read --search --fields identifiers.loyalty_id,traits.name --note "call centre"
  throughline keys rotate <id> --grace 86400
`;

const options = {
  ...accessOptions,
  source: { type: 'string' },
  scope: { type: 'string' },
  fields: { type: 'string' },
  search: { type: 'boolean', default: false },
  note: { type: 'string' },
  grace: { type: 'string' },
} as const;

const keySchema = z.looseObject({
  id: z.string(),
  scope: z.string(),
  source: z.string(),
  fields: z.array(z.string()).nullable(),
  search: z.boolean(),
  note: z.string(),
  hint: z.string(),
  builtIn: z.boolean(),
  expiresAt: z.string().nullable(),
  disabledAt: z.string().nullable(),
});
type ListedKey = z.infer<typeof keySchema>;
const pageSchema = z.object({ items: z.array(keySchema), nextCursor: z.string().nullable() });
const madeSchema = z.looseObject({
  id: z.string(),
  key: z.string(),
  replacedExpiresAt: z.string().optional(),
});

/** Returns the exit code. @throws UsageError, ServiceRefusal */
export async function keysCommand(argv: readonly string[], config: CliConfig): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
  const ask = accessOf(values, config);
  const [action = 'list', id, ...rest] = positionals;
  if (rest.length > 0) throw new UsageError('one key at a time');
  if (action === 'list' && id === undefined) return await list(ask, values.source, values.json);
  if (action === 'create' && id === undefined) {
    if (values.scope === undefined) throw new UsageError('--scope: write, server, read or admin is expected');
    const { scope, source, note, search } = values;
    const fields = values.fields?.split(',').map((field) => field.trim());
    const body = { scope, source, note, fields, ...(search ? { search } : {}) };
    return await make(ask('/v1/keys', { method: 'POST', body }), values.json);
  }
  if (id === undefined) throw new UsageError('list, create, rotate <id> or disable <id> is expected');
  const path = `/v1/keys/${encodeURIComponent(id)}`;
  if (action === 'rotate') {
    const graceSeconds = parseGrace(values.grace);
    return await make(ask(`${path}/rotate`, { method: 'POST', body: { graceSeconds } }), values.json);
  }
  if (action === 'disable') {
    const key = await readAnswer(ask(`${path}/disable`, { method: 'POST', body: {} }), keySchema);
    if (values.json) console.log(JSON.stringify(key, null, 2));
    else console.log(`${key.id} is disabled.`);
    return 0;
  }
  throw new UsageError('list, create, rotate <id> or disable <id> is expected');
}

async function list(ask: AskIngest, source: string | undefined, json: boolean): Promise<number> {
  const keys: ListedKey[] = [];
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams({ limit: '100' });
    if (source !== undefined) query.set('source', source);
    if (cursor !== null) query.set('cursor', cursor);
    const page: z.infer<typeof pageSchema> = await readAnswer(
      ask(`/v1/keys?${query.toString()}`),
      pageSchema,
    );
    keys.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  if (json) console.log(JSON.stringify(keys, null, 2));
  else {
    const rows = keys.map((key) => [
      key.id,
      key.scope,
      key.source,
      `${key.hint}…`,
      stateOf(key),
      key.search ? 'yes' : '',
      key.fields?.join(',') ?? '',
      key.note,
    ]);
    const heads = ['id', 'scope', 'source', 'key', 'state', 'search', 'fields', 'note'];
    console.log(alignColumns([heads, ...rows]));
  }
  return 0;
}

async function make(request: ReturnType<AskIngest>, json: boolean): Promise<number> {
  const made = await readAnswer(request, madeSchema);
  if (json) {
    console.log(JSON.stringify(made, null, 2));
    return 0;
  }
  console.error(`${made.id} is made; this is the only time that it is shown:`);
  console.log(made.key);
  if (made.replacedExpiresAt !== undefined)
    console.error(`The one before it ends at ${made.replacedExpiresAt}.`);
  return 0;
}

function stateOf({ builtIn, disabledAt, expiresAt }: ListedKey): string {
  if (builtIn) return 'built-in';
  if (disabledAt !== null) return 'disabled';
  return expiresAt === null ? 'valid' : `replaced, until ${expiresAt}`;
}

function parseGrace(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,7}$/.test(text) && Number(text) <= 7_776_000) return Number(text);
  throw new UsageError('--grace: seconds from 0 to 7776000 are expected');
}
