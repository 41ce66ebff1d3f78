/** The services that run: ready, and consuming. */
import type { CliConfig } from '../config.ts';
import { judgeServices } from '../core/doctor/judge-services.ts';
import type { Finding } from '../core/doctor/finding.ts';
import { collectStatus } from '../status/collect-status.ts';

export async function checkServices({ urls, keys }: CliConfig, timeoutMs: number): Promise<Finding[]> {
  return judgeServices(await collectStatus({ urls, readKey: keys.read, timeoutMs }));
}
