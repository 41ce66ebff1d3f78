/** `throughline sources`: what may send, with which trust and by which settings. */
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { readAnswer } from '../ask-service.ts';
import { UsageError, type CliConfig } from '../config.ts';
import { alignColumns } from '../core/align-columns.ts';
import { readJsonObject } from '../read-json-object.ts';
import { accessHelp, accessOf, accessOptions } from './access-options.ts';

export const sourcesHelp = `Usage: throughline sources [list] [options]
       throughline sources create <name> --trust <public|server> [--settings <file>] [options]
       throughline sources set <name> --settings <file> [options]
       throughline sources disable|enable <name> [options]

A source is what sends, under a name of its own. Its settings are a file of JSON, as in THROUGHLINE_SOURCES, and are replaced
whole. Disabling a source disables its keys; they stay disabled when it is enabled again.

  --trust <trust>        public for websites and apps (write keys), server for back ends and tills (server keys)
  --settings <file>      such as {"transactionScope": "berlin"}
${accessHelp}
Examples:
  throughline sources
  throughline sources create berlin --trust server --settings berlin.json
  throughline sources disable berlin
`;

const options = { ...accessOptions, trust: { type: 'string' }, settings: { type: 'string' } } as const;

const sourceSchema = z.looseObject({
  name: z.string(),
  trust: z.string(),
  builtIn: z.boolean(),
  disabled: z.boolean(),
  settings: z.record(z.string(), z.unknown()),
});
type Source = z.infer<typeof sourceSchema>;

/** Returns the exit code. @throws UsageError, ServiceRefusal */
export async function sourcesCommand(argv: readonly string[], config: CliConfig): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
  const ask = accessOf(values, config);
  const [action = 'list', name, ...rest] = positionals;
  if (action === 'list' && name === undefined) {
    const { items } = await readAnswer(ask('/v1/sources'), z.object({ items: z.array(sourceSchema) }));
    show(items, values.json);
    return 0;
  }
  if (name === undefined || rest.length > 0) throw new UsageError('one source is expected');
  const settings = values.settings === undefined ? undefined : readJsonObject(values.settings, config);
  const one = `/v1/sources/${encodeURIComponent(name)}`;
  const requests = {
    create: () => ask('/v1/sources', { method: 'POST', body: { name, trust: values.trust, settings } }),
    set: () => {
      if (settings === undefined) throw new UsageError('--settings: a file is expected');
      return ask(one, { method: 'PUT', body: { settings } });
    },
    disable: () => ask(one, { method: 'PUT', body: { disabled: true } }),
    enable: () => ask(one, { method: 'PUT', body: { disabled: false } }),
  };
  if (!Object.hasOwn(requests, action))
    throw new UsageError('list, create, set, disable or enable is expected');
  if (action === 'create' && values.trust === undefined) {
    throw new UsageError('--trust: public or server is expected');
  }
  const request = requests[action as keyof typeof requests]();
  show([await readAnswer(request, sourceSchema)], values.json);
  return 0;
}

function show(sources: readonly Source[], json: boolean): void {
  if (json) {
    console.log(JSON.stringify(sources, null, 2));
    return;
  }
  const rows = sources.map(({ name, trust, builtIn, disabled, settings }) => [
    name,
    trust,
    builtIn ? 'built-in' : disabled ? 'disabled' : 'enabled',
    JSON.stringify(settings),
  ]);
  console.log(alignColumns([['source', 'trust', 'state', 'settings'], ...rows]));
}
