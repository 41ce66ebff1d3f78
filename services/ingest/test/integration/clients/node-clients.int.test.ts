/** The clients of servers as their makers publish them, each in a process of its own, by the code of the pages about them. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { startFaultProxy, startService, type ProxyFault, type StartedService } from '@throughline/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startIngestServer, testKeys, type IngestServer } from '../ingest-server.ts';
import { clientStories, storyCode } from './client-story.ts';
import { delivered, expectOnceInTimelines, storyOf } from './delivered.ts';

let server: IngestServer;
let identity: StartedService;

beforeAll(async () => {
  server = await startIngestServer();
  identity = await startService('identity', server.connectionString);
});
afterAll(async () => {
  await identity.stop();
  await server.stop();
});

const segmentCalls = ['alias', 'group', 'identify', 'page Home', 'screen Basket', 'track Order Completed'];
/** Four attempts are what the least patient of the clients that repeat makes. */
const repeating: readonly (readonly ProxyFault[])[] = [
  ['rateLimited', 'failed', 'answerLost'],
  ['requestLost', 'late'],
];
const once: readonly (readonly ProxyFault[])[] = [['late']];

const stories = [
  { name: 'segment-node', story: segmentCalls, faults: repeating },
  { name: 'segment-node-legacy', story: segmentCalls, faults: repeating },
  { name: 'rudder-node', story: segmentCalls, faults: repeating },
  {
    name: 'jitsu-node',
    story: ['group', 'identify', 'page Home', 'track Order Completed'],
    faults: once,
  },
  {
    name: 'snowplow-node',
    story: ['page Home', 'track Order Completed', 'track Page Ping', 'track add'],
    faults: repeating,
  },
  {
    name: 'cloudevents-node',
    story: ['identify', 'track Order Completed', 'track com.example.parcel.shipped'],
    faults: once,
  },
];

test('every page about a client of servers is run', () => {
  const documented = [...clientStories.values()].filter(({ runsIn }) => runsIn === 'node');
  expect(documented.map(({ name }) => name).sort()).toEqual(stories.map(({ name }) => name).sort());
});

describe.each(stories)('$name', ({ name, story, faults }) => {
  test.each(faults.map((plan) => [plan.join(', '), plan] as const))(
    'ends well and has delivered each call once, through %s, also when all is sent again',
    async (_names, plan) => {
      const proxy = await startFaultProxy({ target: server.url });
      try {
        proxy.inject(plan);
        const { exitCode, output } = await runInNode(storyCode(name, proxy.url, testKeys));
        expect(exitCode, output).toBe(0);
        expect(proxy.pendingFaults()).toBe(0);
        const touchpoints = await delivered(server, proxy);
        expect(storyOf(touchpoints)).toEqual(story);
        expect(touchpoints.every(({ source }) => source === 'server')).toBe(true);
        const order = touchpoints.find((touchpoint) => touchpoint.name === 'Order Completed');
        expect(order?.identifiers).toContain('order_id:order-1');
        expect(new Set(await proxy.sendAgain())).toEqual(new Set([200]));
        expect(storyOf(await delivered(server, proxy))).toEqual(story);
        await expectOnceInTimelines(identity.url, proxy, 'server');
      } finally {
        await proxy.stop();
      }
    },
  );
});

interface Ended {
  exitCode: number | null;
  output: string;
}

/** In the folder whose packages the code imports. */
async function runInNode(code: string): Promise<Ended> {
  const child = spawn(process.execPath, ['--input-type=module', '--no-deprecation', '-'], {
    cwd: path.resolve(import.meta.dirname, '../../..'),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stdin.end(code);
  const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { exitCode, output };
}
