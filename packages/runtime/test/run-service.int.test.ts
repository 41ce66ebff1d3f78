import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseStartReport } from '../src/start-report.ts';

const fixture = path.join(import.meta.dirname, 'fixtures', 'service.ts');

interface Ended {
  code: number | null;
  events: string[];
  messages: unknown[];
  output: string;
}

/** Runs the fixture; `act` is called when it says that it is ready, or something else than a step of its start. */
function run(behaviour: string, act: (child: ChildProcess) => void): Promise<Ended> {
  return new Promise((resolve) => {
    const child = fork(fixture, [behaviour], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    const messages: unknown[] = [];
    let output = '';
    child.stdout?.on('data', (chunk) => (output += String(chunk)));
    child.on('message', (message) => {
      messages.push(message);
      if (parseStartReport(message)?.type !== 'starting') act(child);
    });
    // Not `close`, which does not come after the parent has disconnected.
    let code: number | null = null;
    let open = 2;
    const settle = (): void => {
      if (--open > 0) return;
      const lines = output.split('\n').filter((line) => line !== '');
      const events = lines.map((line) => (JSON.parse(line) as { event: string }).event);
      resolve({ code, events, messages, output });
    };
    child.stdout?.on('end', settle);
    child.on('exit', (exitCode) => {
      code = exitCode;
      settle();
    });
  });
}

describe('a service process', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    'reports to its parent each step of its start and that it is ready, and stops in order on %s',
    async (signal) => {
      const { code, events, messages } = await run('', (child) => child.kill(signal));
      expect(messages).toEqual([{ type: 'starting', step: 'waits for the database' }, { type: 'ready' }]);
      expect(events).toEqual(['service.started', 'service.stopping', 'service.stopped']);
      expect(code).toBe(0);
    },
  );

  test('stops when its parent is gone', async () => {
    const { code, events } = await run('', (child) => child.disconnect());
    expect(events).toEqual(['service.started', 'service.stopping', 'service.stopped']);
    expect(code).toBe(0);
  });

  test('takes several signals at once for one, as Ctrl-C in a terminal sends them', async () => {
    const { code, events } = await run('', (child) => {
      child.kill('SIGINT');
      child.kill('SIGTERM');
    });
    expect(events.at(-1)).toBe('service.stopped');
    expect(code).toBe(0);
  });

  test('ends all the same when a part does not stop', async () => {
    const stuck = await run('hang', (child) => child.kill('SIGTERM'));
    expect(stuck).toMatchObject({ code: 1, events: expect.arrayContaining(['service.stop_timeout']) });
    const failed = await run('fail-stop', (child) => child.kill('SIGTERM'));
    expect(failed).toMatchObject({ code: 1, events: expect.arrayContaining(['service.stop_failed']) });
  });

  test('stops at once when its start still waits for something', async () => {
    const { code, events } = await run('wait', (child) => child.kill('SIGTERM'));
    expect(events).toEqual(['service.stopping', 'service.stopped']);
    expect(code).toBe(0);
  });

  test('says in its sentence what it cannot start for, the cause too', async () => {
    const { output } = await run('fail-cause', () => {});
    expect(output).toContain('"msg":"fixture cannot start: no log: Start the brokers."');
  });

  test('says why it cannot start, and ends', async () => {
    const { code, events, messages, output } = await run('fail', () => {});
    expect({ code, events, messages }).toEqual({ code: 1, events: ['service.start_failed'], messages: [] });
    expect(output).toContain('no database for [email]');
  });

  test('ends on an unhandled rejection', async () => {
    const { code, events } = await run('reject', () => {});
    expect(events).toEqual(['service.started', 'service.crashed']);
    expect(code).toBe(1);
  });
});
