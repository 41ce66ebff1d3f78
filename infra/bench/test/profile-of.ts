import type { CpuProfile } from '../src/cpu-profile.ts';

export interface Frame {
  name: string;
  url?: string;
  /** Samples in the frame itself, of a millisecond each. */
  samples?: number;
  calls?: Frame[];
}

/** A profile as V8 writes it, from a tree of calls. */
export function profileOf(root: Frame): CpuProfile {
  const nodes: {
    id: number;
    callFrame: { functionName: string; url: string; lineNumber: number };
    children: number[];
  }[] = [];
  const samples: number[] = [];
  const add = ({ name, url = '', samples: own = 0, calls = [] }: Frame): number => {
    const id = nodes.length + 1;
    const node = { id, callFrame: { functionName: name, url, lineNumber: 0 }, children: [] as number[] };
    nodes.push(node);
    for (let count = 0; count < own; count += 1) samples.push(id);
    node.children = calls.map(add);
    return id;
  };
  add(root);
  // One more than is used: the first is the time before the first sample.
  return { nodes, samples, timeDeltas: [0, ...samples.map(() => 1_000)] };
}
