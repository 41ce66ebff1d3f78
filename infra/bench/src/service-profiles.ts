/** V8's CPU profiles of the services of a running stack, taken while something loads it. */
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { type ClientShare, clientShareOf } from './client-share.ts';
import type { CpuProfile } from './cpu-profile.ts';
import type { MeasuredProcess } from './process-usage.ts';

const preload = path.join(import.meta.dirname, 'profile-on-signal.ts');
const writtenWithinMs = 60_000;

/** What every Node process of the stack gets, so that it can be profiled; until it is asked to, it costs nothing. */
export function profilerOptions(directory: string): string {
  const url = pathToFileURL(preload);
  url.searchParams.set('directory', directory);
  return `--import=${url.href}`;
}

/**
 * @param services processes that were started with `profilerOptions(directory)`
 * @returns by the name of the service
 */
export async function profileServices(
  directory: string,
  services: readonly MeasuredProcess[],
  load: () => Promise<unknown>,
): Promise<Record<string, CpuProfile>> {
  mkdirSync(directory, { recursive: true });
  for (const { pid } of services) process.kill(pid, 'SIGUSR2');
  await load();
  for (const { pid } of services) process.kill(pid, 'SIGUSR2');
  const profiles: Record<string, CpuProfile> = {};
  for (const { name, pid } of services) {
    profiles[name] = await readProfile(path.join(directory, `${pid}.cpuprofile`));
  }
  return profiles;
}

/** The Kafka client's share in each service. */
export async function shareOfServices(
  directory: string,
  services: readonly MeasuredProcess[],
  load: () => Promise<unknown>,
): Promise<Record<string, ClientShare>> {
  const profiles = await profileServices(directory, services, load);
  return Object.fromEntries(
    Object.entries(profiles).map(([name, profile]) => [name, clientShareOf(profile)]),
  );
}

async function readProfile(file: string): Promise<CpuProfile> {
  const deadline = performance.now() + writtenWithinMs;
  for (;;) {
    try {
      return JSON.parse(readFileSync(file, 'utf8')) as CpuProfile;
    } catch (error) {
      if (performance.now() > deadline) throw new Error(`${file} was not written`, { cause: error });
      await delay(50);
    }
  }
}
