/**
 * Where a process is busy, from V8's profile of its main thread: once by file, where what Node and built-ins do is booked
 * on the file that called them, and once by function alone.
 */
import { type CpuProfile, type ProfileNode, selfMicrosOf } from '../cpu-profile.ts';

export interface HotSpots {
  /** Part of the samples in which the thread was not idle. */
  busyShare: number;
  /** Parts of the busy time, largest first. */
  areas: readonly Spot[];
  files: readonly Spot[];
  functions: readonly Spot[];
}

export interface Spot {
  name: string;
  share: number;
}

const collector = '(garbage collector)';
/** The event loop, system calls, the compiler. */
const outside = '(outside of JavaScript)';

export function hotSpotsOf(profile: CpuProfile): HotSpots {
  const self = selfMicrosOf(profile);
  const files = new Map<string, number>();
  const functions = new Map<string, number>();
  let busy = 0;
  let total = 0;
  for (const { node, file } of withCallers(profile.nodes)) {
    const micros = self.get(node.id) ?? 0;
    total += micros;
    if (node.callFrame.functionName === '(idle)') continue;
    busy += micros;
    files.set(file, (files.get(file) ?? 0) + micros);
    const name = functionName(node);
    functions.set(name, (functions.get(name) ?? 0) + micros);
  }
  const areas = new Map<string, number>();
  for (const [file, micros] of files) areas.set(areaOf(file), (areas.get(areaOf(file)) ?? 0) + micros);
  return {
    busyShare: total === 0 ? 0 : busy / total,
    areas: sharesOf(areas, busy),
    files: sharesOf(files, busy),
    functions: sharesOf(functions, busy),
  };
}

interface Booked {
  node: ProfileNode;
  file: string;
}

function withCallers(nodes: readonly ProfileNode[]): Booked[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const children = new Set(nodes.flatMap((node) => node.children ?? []));
  const booked: Booked[] = [];
  const waiting = nodes.filter((node) => !children.has(node.id)).map((node) => ({ node, caller: outside }));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, caller } = next;
    const file = fileOf(node, caller);
    booked.push({ node, file });
    // The collector runs on behalf of the function that happens to allocate: its callees are no one's.
    const forCallees = file === collector ? caller : file;
    for (const id of node.children ?? []) {
      const child = byId.get(id);
      if (child !== undefined) waiting.push({ node: child, caller: forCallees });
    }
  }
  return booked;
}

function fileOf({ callFrame: { functionName: name, url } }: ProfileNode, caller: string): string {
  if (name === collector) return collector;
  if (name === '(program)') return outside;
  const isOfNode = url === '' || url.startsWith('node:');
  if (!isOfNode) return shortPath(url);
  // With no file among its callers it is Node's own: the event loop's callbacks, streams, sockets.
  return caller === outside && url !== '' ? 'node' : caller;
}

function functionName({ callFrame }: ProfileNode): string {
  const { functionName: name, url, lineNumber } = callFrame;
  if (name === collector) return collector;
  if (name === '(program)') return outside;
  const place = url === '' ? 'V8' : `${shortPath(url)}:${lineNumber + 1}`;
  return `${name === '' ? '(anonymous)' : name} ${place}`;
}

/** From the workspace's or the package's name on. */
function shortPath(url: string): string {
  const inPackage = /\/node_modules\/((?:@[^/]+\/)?[^/]+\/(?!.*\/node_modules\/).*)$/.exec(url)?.[1];
  if (inPackage !== undefined) return inPackage;
  return /\/((?:services|packages|infra)\/[^?]*)/.exec(url)?.[1] ?? url;
}

/** `packages/event-log`, `services/identity/core`, `pg`, `node`. */
function areaOf(file: string): string {
  const service = /^services\/([^/]+)\/src\/(core|consume|db|http)\//.exec(file);
  if (service !== null) return `services/${service[1]}/${service[2]}`;
  const parts = file.split('/');
  return /^(services|packages|infra|@.*)$/.test(parts[0] ?? '')
    ? parts.slice(0, 2).join('/')
    : (parts[0] ?? file);
}

function sharesOf(micros: ReadonlyMap<string, number>, busy: number): Spot[] {
  return [...micros]
    .filter(([, each]) => each > 0)
    .map(([name, each]) => ({ name, share: each / busy }))
    .toSorted((a, b) => b.share - a.share);
}
