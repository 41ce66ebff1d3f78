import { defineConfig } from 'vitest/config';
import LongestFirst from './packages/testkit/src/longest-first.ts';

// Where CI reads the totals.
const resultsFile = process.env['THROUGHLINE_TEST_RESULTS'];

export default defineConfig({
  test: {
    include: ['{services,packages,infra}/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    // Tests poll with deadlines of two and a half minutes: on a busy machine they are slow, but green. With a load of thirty a
    // stack took three minutes to start.
    testTimeout: 300_000,
    hookTimeout: 600_000,
    // Of `expect.poll`, which by itself gives up after one second.
    expect: { poll: { timeout: 150_000 } },
    // More than the two cores of the smallest machine: the longest files mostly wait for brokers and processes.
    maxWorkers: 4,
    // Loading the same modules again for each file was half of the CPU. So tests leave no state in modules or in the environment.
    isolate: false,
    sequence: { sequencer: LongestFirst },
    reporters: resultsFile ? ['default', ['json', { outputFile: resultsFile }]] : ['default'],
    setupFiles: ['packages/testkit/src/fresh-connections.ts'],
    globalSetup: ['packages/testkit/src/vitest-global-setup.ts'],
  },
});
