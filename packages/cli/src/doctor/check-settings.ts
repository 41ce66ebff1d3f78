/**
 * Whether the services would start with the settings that it was given. Each service reads them itself, in a process of its own, so
 * this knows no rule twice.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { keyKinds, keyPrefixes, portVariable, serviceNames, type ServiceName } from '@throughline/contracts';
import { checkSettingsOption, findUnknownSettings } from '@throughline/runtime/settings';
import type { CliConfig } from '../config.ts';
import { ok, type Finding } from '../core/doctor/finding.ts';

const checkout = path.resolve(import.meta.dirname, '../../../..');
const remedy = 'Correct it in the environment of the services; infra/docs/settings.md lists every setting.';

export async function checkSettings(config: CliConfig): Promise<Finding[]> {
  const environment = environmentOfServices(config);
  const problems = await Promise.all(serviceNames.map((name) => findProblems(name, environment)));
  const ofServices = [...new Set([...problems.flat(), ...samePorts(config)])];
  const ofCommand = config.faults.filter(({ of }) => !ofServices.some((problem) => problem.startsWith(of)));
  const faults = [...ofServices, ...ofCommand.map(({ message }) => message)];
  const unknown = unknownSettings(config);
  if (faults.length === 0) return [ok('settings', 'every service can start with them'), ...unknown];
  return [
    ...faults.map((message) => ({ check: 'settings', state: 'fault', message, remedy }) as const),
    ...unknown,
  ];
}

/** A name that is misspelt is ignored by all that read settings. */
function unknownSettings({ environment }: CliConfig): Finding[] {
  return findUnknownSettings(environment).map(({ name, nearest }) => ({
    check: 'settings',
    state: 'warning',
    message: `${name} is no setting, and has no effect`,
    remedy:
      nearest === null ? remedy : `Did you mean ${nearest}? infra/docs/settings.md lists every setting.`,
  }));
}

/** As `start` would make it; what it would generate is stood in for, since nothing is opened with it here. */
function environmentOfServices({ environment, keys }: CliConfig): NodeJS.ProcessEnv {
  const given = { ...environment };
  let isGenerated = false;
  for (const kind of keyKinds) {
    const name = `THROUGHLINE_${kind.toUpperCase()}_KEY`;
    if ((given[name] ?? '') !== '') continue;
    given[name] = keys[kind] ?? `${keyPrefixes[kind]}${'0123456789abcdef'.repeat(2)}`;
    isGenerated = true;
  }
  if (isGenerated) given['THROUGHLINE_KEYS_GENERATED'] = 'true';
  given['DATABASE_URL'] ||= 'postgres://localhost/embedded';
  given['THROUGHLINE_IDENTITY_SECRET'] ||= 'a-secret-that-start-would-make-or-keep';
  return given;
}

async function findProblems(name: ServiceName, environment: NodeJS.ProcessEnv): Promise<string[]> {
  const child = spawn(
    process.execPath,
    [path.join(checkout, `services/${name}/src/main.ts`), checkSettingsOption],
    { env: environment, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += String(text)));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code === 0) return [];
  const problems = output.split('\n').flatMap((line) => problemOf(line));
  if (problems.length > 0) return problems;
  return [`${name} ended with ${code} while it read its settings: ${output.slice(0, 300).trim()}`];
}

function problemOf(line: string): string[] {
  try {
    const { event, problem } = JSON.parse(line) as { event?: string; problem?: string };
    return event === 'service.config_invalid' && typeof problem === 'string' ? [problem] : [];
  } catch {
    return [];
  }
}

function samePorts({ urls }: CliConfig): string[] {
  return serviceNames.flatMap((one) =>
    serviceNames
      .filter((other) => other > one && urls[other] === urls[one])
      .map(
        (other) =>
          `${portVariable(one)} and ${portVariable(other)} are the same: each service needs its own port`,
      ),
  );
}
