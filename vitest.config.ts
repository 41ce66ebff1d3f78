import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{services,packages,infra}/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    globalSetup: ['packages/testkit/src/vitest-global-setup.ts'],
  },
});
