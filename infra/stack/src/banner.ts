/** What a person reads after `start`: where things are, and a first touchpoint that works when it is pasted. */
import { defaultPorts, type KeyKind, portVariable, serviceNames } from '@throughline/contracts';
import { isLoopbackHost } from '@throughline/runtime/settings';
import { defaultHome, type StackConfig } from './config.ts';
import type { Credentials } from './credentials.ts';

export interface BannerFacts {
  config: Pick<StackConfig, 'home' | 'host' | 'ports'>;
  credentials: Pick<Credentials, 'keysFile' | 'fromEnvironment'>;
  /** Without its password. */
  database: string;
  startedInMs: number;
}

export function bannerText({ config, credentials, database, startedInMs }: BannerFacts): string {
  const address = (service: keyof StackConfig['ports']): string => serviceUrl(config, service);
  const inEnvironment = credentials.fromEnvironment.map((kind) => `THROUGHLINE_${kind.toUpperCase()}_KEY`);
  const keys =
    inEnvironment.length === 0
      ? credentials.keysFile
      : inEnvironment.length === 4
        ? 'the environment (THROUGHLINE_*_KEY)'
        : `${credentials.keysFile}; set in the environment: ${inEnvironment.join(', ')}`;
  return `
  Throughline is running (ready in ${(startedInMs / 1000).toFixed(1)} s). Stop it with Ctrl-C; its data stays.

    ingest    ${address('ingest')}    touchpoints in         docs: ${address('ingest')}/docs
    identity  ${address('identity')}    profiles out           docs: ${address('identity')}/docs
    metrics   ${address('metrics')}    churn, retention out   docs: ${address('metrics')}/docs
    console   ${address('metrics')}/console

    data      ${config.home}
    database  ${database}
    keys      ${keys}

  A generated shop with a year of life, to look at in the console:

    ${settingsOf(config)}npx -y pnpm@12 throughline demo

  A first touchpoint, the profile it makes, and the day's figures:

    curl -sSw '\\n' ${address('ingest')}/v1/touchpoints -H "authorization: Bearer ${keyInShell('server', credentials)}" \\
      -H 'content-type: application/json' \\
      -d '{"id":"first-order","type":"track","name":"Order Completed","userId":"ada","properties":{"order_id":"A-1","revenue":12.5,"currency":"EUR"}}'

    curl -sSw '\\n' "${address('identity')}/v1/profiles/user_id:ada?after=server/first-order" -H "authorization: Bearer ${keyInShell('read', credentials)}"

    curl -sSw '\\n' "${address('metrics')}/v1/metrics/growth?window=30&activity=purchase&from=$(date -u +%F)" -H "authorization: Bearer ${keyInShell('read', credentials)}"

`;
}

/** What a command needs to find this deployment, where it is not the one that is found without settings. */
function settingsOf({ home, ports }: BannerFacts['config']): string {
  const named = serviceNames.filter((name) => ports[name] !== defaultPorts[name]);
  return [
    ...(home === defaultHome ? [] : [`THROUGHLINE_HOME=${quoted(home)}`]),
    ...named.map((name) => `${portVariable(name)}=${ports[name]}`),
  ]
    .map((setting) => `${setting} `)
    .join('');
}

export function serviceUrl(
  { host, ports }: Pick<StackConfig, 'host' | 'ports'>,
  service: keyof StackConfig['ports'],
): string {
  const reachable = isLoopbackHost(host) ? host : '127.0.0.1';
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${ports[service]}`;
}

/** A key as a shell reads it, so that the banner itself never shows one. */
function keyInShell(kind: KeyKind, credentials: BannerFacts['credentials']): string {
  if (credentials.fromEnvironment.includes(kind)) return `$THROUGHLINE_${kind.toUpperCase()}_KEY`;
  return `$(sed -n 's/.*"${kind}": "\\(.*\\)".*/\\1/p' ${quoted(credentials.keysFile)})`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
