import path from 'node:path';
import { findFreePort } from '@throughline/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { poll } from '../src/poll.ts';
import { isRunning, type ProcessIdentity } from '../src/process-identity.ts';
import { createSupervisor, type Supervisor } from '../src/supervisor.ts';
import { waitUntilReady } from '../src/wait-until-ready.ts';

let supervisor: Supervisor | undefined;

afterEach(() => supervisor?.kill());

interface Supervised extends Supervisor {
  children(): readonly ProcessIdentity[];
}

function supervise(fixture: string, port: number, onHopeless: (name: string) => void = () => {}): Supervised {
  let children: readonly ProcessIdentity[] = [];
  supervisor = createSupervisor({
    services: [
      {
        name: 'fixture',
        entryPoint: path.join(import.meta.dirname, 'fixtures', fixture),
        environment: { FIXTURE_PORT: String(port) },
        isReady: () =>
          fetch(`http://127.0.0.1:${port}/`).then(
            (answer) => answer.ok,
            () => false,
          ),
      },
    ],
    onOutput: () => {},
    onChange: (now) => (children = now),
    onEnd: () => {},
    onHopeless,
  });
  supervisor.start();
  return Object.assign(supervisor, { children: () => children });
}

async function outcomeOf(running: Supervisor, stalledAfterMs = 60_000): ReturnType<typeof waitUntilReady> {
  return await waitUntilReady(running, { stalledAfterMs, reportEveryMs: 60_000, onWaiting: () => {} });
}

describe('the supervisor', () => {
  test('brings back a service that was killed', async () => {
    const port = await findFreePort();
    const running = supervise('service.ts', port);
    expect(await outcomeOf(running)).toEqual({ outcome: 'ready' });
    const [first] = running.children();
    process.kill(first?.pid ?? 0, 'SIGKILL');
    const answered = async (): Promise<string> =>
      await fetch(`http://127.0.0.1:${port}/`).then(
        (answer) => answer.text(),
        () => '',
      );
    const isBack = await poll(async () => !['', String(first?.pid)].includes(await answered()), {
      withinMs: 60_000,
    });
    expect(isBack).toBe(true);
    expect(running.children().map(({ pid }) => String(pid))).toEqual([await answered()]);
  });

  test.each([
    ['that ends when it is asked to', 'service.ts', 20_000],
    ['that ignores signals', 'stubborn-service.ts', 200],
  ])('leaves no service running %s', async (_, fixture, graceMs) => {
    const running = supervise(fixture, await findFreePort());
    expect(await outcomeOf(running)).toEqual({ outcome: 'ready' });
    const before = [...running.children()];
    await running.stop(graceMs);
    expect(before.map(isRunning)).toEqual([false]);
    expect(running.children()).toEqual([]);
  });

  test('reports the step at which a start without progress has stalled', async () => {
    const running = supervise('stalled-service.ts', await findFreePort());
    const reached = (): boolean => running.observeStart()[0]?.state.step === 'waits for the event log';
    expect(await poll(reached, { withinMs: 60_000 })).toBe(true);
    expect(await outcomeOf(running, 500)).toEqual({
      outcome: 'stalled',
      waiting: [expect.stringMatching(/^fixture waits for the event log \(\d+ s\)$/)],
    });
  });

  test('ends the wait for a start when it is stopped', async () => {
    const running = supervise('stalled-service.ts', await findFreePort());
    const outcome = outcomeOf(running);
    await running.stop(20_000);
    expect(await outcome).toEqual({ outcome: 'stopped' });
  });

  test('gives up on a service that never gets ready', async () => {
    const hopeless = Promise.withResolvers<string>();
    supervise('failing-service.ts', await findFreePort(), hopeless.resolve);
    expect(await hopeless.promise).toBe('fixture');
  });
});
