/**
 * How much of a process' CPU is spent in the Kafka client, from V8's profile of it. Every sample is booked once, on the
 * nearest caller that is a file: Node's own frames under a frame of kafkajs (Buffers, sockets, crc) are work for kafkajs.
 */
import { type CpuProfile, type ProfileNode, selfMicrosOf } from './cpu-profile.ts';

export const shareNames = [
  'client',
  'nodeForClient',
  'zstd',
  'adapter',
  'garbageCollector',
  'native',
  'rest',
] as const;
type ShareName = (typeof shareNames)[number];

/** Parts of the time in which the process was not idle; together 1. */
export type ClientShare = Record<ShareName, number>;

const clientFiles = /\/node_modules\/kafkajs\//;
const adapterFiles = /\/packages\/event-log\/src\/kafka\//;
const codecFunctions = /^(compress|decompress)$/;

export function clientShareOf(profile: CpuProfile): ClientShare {
  const booked = bookNodes(profile.nodes);
  const micros = Object.fromEntries(shareNames.map((name) => [name, 0])) as Record<ShareName, number>;
  let busy = 0;
  for (const [id, self] of selfMicrosOf(profile)) {
    const name = booked.get(id) ?? 'rest';
    if (name === 'idle') continue;
    micros[name] += self;
    busy += self;
  }
  return Object.fromEntries(
    shareNames.map((name) => [name, busy === 0 ? 0 : micros[name] / busy]),
  ) as ClientShare;
}

function bookNodes(nodes: readonly ProfileNode[]): Map<number, ShareName | 'idle'> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const booked = new Map<number, ShareName | 'idle'>();
  const children = new Set(nodes.flatMap((node) => node.children ?? []));
  const waiting: { node: ProfileNode; caller: ShareName }[] = nodes
    .filter((node) => !children.has(node.id))
    .map((node) => ({ node, caller: 'rest' }));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, caller } = next;
    const { own, forCallees } = bookOne(node, caller);
    booked.set(node.id, own);
    for (const id of node.children ?? []) {
      const child = byId.get(id);
      if (child !== undefined) waiting.push({ node: child, caller: forCallees });
    }
  }
  return booked;
}

function bookOne(
  { callFrame: { functionName, url } }: ProfileNode,
  caller: ShareName,
): { own: ShareName | 'idle'; forCallees: ShareName } {
  if (functionName === '(idle)') return { own: 'idle', forCallees: caller };
  if (functionName === '(garbage collector)') return { own: 'garbageCollector', forCallees: caller };
  // Outside of JavaScript: the event loop, system calls, the compiler.
  if (functionName === '(program)') return { own: 'native', forCallees: caller };
  if (clientFiles.test(url)) return { own: 'client', forCallees: 'nodeForClient' };
  if (adapterFiles.test(url)) {
    const name = codecFunctions.test(functionName) ? 'zstd' : 'adapter';
    return { own: name, forCallees: name };
  }
  // Node's own code and built-ins work for their caller.
  const isOfNode = url === '' || url.startsWith('node:');
  return isOfNode ? { own: caller, forCallees: caller } : { own: 'rest', forCallees: 'rest' };
}
