/** Profiles the services of a running stack while something loads it, and names the Kafka client's share in each. */
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { type ClientShare, clientShareOf, type CpuProfile } from './client-share.ts';
import type { MeasuredProcess } from './process-usage.ts';

const preload = path.join(import.meta.dirname, 'profile-on-signal.ts');
const writtenWithinMs = 60_000;

/** What every Node process of the stack gets, so that it can be profiled; until it is asked to, it costs nothing. */
export function profilerOptions(directory: string): string {
  const url = pathToFileURL(preload);
  url.searchParams.set('directory', directory);
  return `--import=${url.href}`;
}

/** @param services processes that were started with `profilerOptions(directory)` */
export async function profileServices(
  directory: string,
  services: readonly MeasuredProcess[],
  load: () => Promise<unknown>,
): Promise<Record<string, ClientShare>> {
  mkdirSync(directory, { recursive: true });
  for (const { pid } of services) process.kill(pid, 'SIGUSR2');
  await load();
  for (const { pid } of services) process.kill(pid, 'SIGUSR2');
  const shares: Record<string, ClientShare> = {};
  for (const { name, pid } of services) {
    shares[name] = clientShareOf(await readProfile(path.join(directory, `${pid}.cpuprofile`)));
  }
  return shares;
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
