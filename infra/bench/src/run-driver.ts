/** Starts a driver process for one job. */
import { fork } from 'node:child_process';
import path from 'node:path';
import type { DriverJob, ProbeJob, ProbeResult, SendJob, SendResult } from './driver-protocol.ts';

export function runDriver(job: SendJob): Promise<SendResult>;
export function runDriver(job: ProbeJob): Promise<ProbeResult>;
export function runDriver(job: DriverJob): Promise<SendResult | ProbeResult> {
  const { promise, resolve, reject } = Promise.withResolvers<SendResult | ProbeResult>();
  const child = fork(path.join(import.meta.dirname, 'driver.ts'));
  child.once('message', (answer: { result: SendResult | ProbeResult } | { error: string }) => {
    if ('result' in answer) resolve(answer.result);
    else reject(new Error(`the driver failed: ${answer.error}`));
  });
  child.once('exit', (code) => reject(new Error(`the driver ended with ${code} before it answered`)));
  child.send(job);
  return promise;
}
