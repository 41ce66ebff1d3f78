/** How much memory the Node process of a service may take. Package scripts and images give the same flags; a test compares. */
import type { ServiceName } from '@throughline/contracts';

interface MemoryLimits {
  heapMiB: number;
  /** Node takes three times of it. */
  youngGenerationMiB: number;
}

/**
 * Heap: left to itself, V8 lets garbage grow with the machine's memory: 480 MiB were seen after 60,000 touchpoints. With these
 * limits no service went above 370 MiB.
 *
 * V8 makes its young generation small where the heap is, and a batch of a thousand touchpoints then outlives it. Measured over
 * all services: 32 instead of what V8 takes saves 12 % of the CPU, and peaks fall from 330 to 250 MiB; 64 instead of 32 saves 5 %
 * more, for 70 to 130 MiB of each.
 *
 * Ingest has less of both: with its log away and large batches waiting, it is to stay within 256 MiB of what it takes idle. With
 * the others' limits it went 273 MiB above it.
 */
const limits: Readonly<Record<ServiceName, MemoryLimits>> = {
  ingest: { heapMiB: 256, youngGenerationMiB: 32 },
  identity: { heapMiB: 320, youngGenerationMiB: 64 },
  metrics: { heapMiB: 320, youngGenerationMiB: 64 },
};

/** Options of Node. */
export function nodeLimitsOf(service: ServiceName): string[] {
  const { heapMiB, youngGenerationMiB } = limits[service];
  return [`--max-old-space-size=${heapMiB}`, `--max-semi-space-size=${youngGenerationMiB}`];
}
