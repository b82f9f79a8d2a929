import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/integration/**/*.test.ts', 'test/e2e/**/*.test.ts'],
    setupFiles: ['test/support/property-seed.ts'],
    pool: 'forks',
    fileParallelism: false,
    // Brokers, workers and databases on a busy machine: a test that fails twice has found something.
    retry: 1,
    testTimeout: 180_000,
    hookTimeout: 240_000,
  },
});
