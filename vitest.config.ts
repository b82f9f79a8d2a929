import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'src/**/*.test.ts',
      'console/src/**/*.test.ts',
      'test/cases/**/*.test.ts',
      'test/differential/**/*.test.ts',
      'test/sim/**/*.test.ts',
      'test/sim/**/*.test.ts',
      'scripts/**/*.test.ts',
      'test/e2e/{client,responsive,transcripts}.test.ts',
    ],
    setupFiles: ['test/support/property-seed.ts'],
    isolate: false,
    pool: 'threads',
    testTimeout: 20_000,
  },
});
