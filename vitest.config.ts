import { defineConfig } from 'vitest/config';

// Where CI reads the totals.
const resultsFile = process.env['THROUGHLINE_TEST_RESULTS'];

export default defineConfig({
  test: {
    include: ['{services,packages,infra}/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    reporters: resultsFile ? ['default', ['json', { outputFile: resultsFile }]] : ['default'],
    globalSetup: ['packages/testkit/src/vitest-global-setup.ts'],
  },
});
