/**
 * Loaded into a service before its own code, by the benchmark alone: SIGUSR2 starts V8's CPU profiler, SIGUSR2 again stops
 * it and leaves `<pid>.cpuprofile` in the directory that the URL of this import names.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import path from 'node:path';

const directory = new URL(import.meta.url).searchParams.get('directory');
const sampleEveryMicros = 500;

let running: Session | null = null;

async function toggle(): Promise<void> {
  if (running === null) {
    running = new Session();
    running.connect();
    await running.post('Profiler.enable');
    await running.post('Profiler.setSamplingInterval', { interval: sampleEveryMicros });
    await running.post('Profiler.start');
  } else {
    const { profile } = await running.post('Profiler.stop');
    running.disconnect();
    running = null;
    const file = path.join(directory ?? '.', `${process.pid}.cpuprofile`);
    // Whole or not at all: the benchmark waits for the name.
    writeFileSync(`${file}.new`, JSON.stringify(profile));
    renameSync(`${file}.new`, file);
  }
}

process.on('SIGUSR2', () => void toggle());
