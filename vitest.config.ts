import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'src/**/*.test.ts',
      'console/src/**/*.test.ts',
      'test/cases/**/*.test.ts',
      'test/differential/**/*.test.ts',
      'test/sim/**/*.test.ts',
      'scripts/**/*.test.ts',
      'test/e2e/{client,responsive,transcripts}.test.ts',
    ],
    setupFiles: ['test/support/property-seed.ts'],
    isolate: false,
    // What a module becomes is kept in node_modules: half of the CPU of a narrow run was making it anew.
    experimental: { fsModuleCache: true },
    pool: 'threads',
    // One less than there are cores is Vitest's default: on two of them the half that waits would wait alone.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 20_000,
  },
});
