import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/integration/**/*.test.ts', 'test/e2e/**/*.test.ts'],
    setupFiles: ['test/support/property-seed.ts'],
    pool: 'forks',
    // They mostly wait for brokers and databases of their own: two files at a time take half as long, also on two cores.
    maxWorkers: 2,
    // Brokers, workers and databases on a busy machine: a test that fails twice has found something.
    retry: 1,
    testTimeout: 180_000,
    hookTimeout: 240_000,
  },
});
