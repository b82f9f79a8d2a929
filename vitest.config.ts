import { availableParallelism } from 'node:os';
import path from 'node:path';
import { defineConfig } from 'vitest/config';
import { StillRunning } from './test/support/still-running.ts';
import { SecondTries } from './test/support/second-tries.ts';

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
    // Threads of servers in tests are started from the compiled server.
    alias: [
      { find: './start-worker.ts', replacement: path.resolve(import.meta.dirname, 'test/support/start-worker.ts') },
    ],
    globalSetup: ['test/support/compile.ts'],
    setupFiles: ['test/support/property-seed.ts'],
    isolate: false,
    // What a module becomes is kept in node_modules: half of the CPU of a narrow run was making it anew.
    experimental: { fsModuleCache: true },
    pool: 'threads',
    // One less than there are cores is Vitest's default: on two of them the half that waits would wait alone.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    reporters: ['default', new SecondTries(), new StillRunning()],
    // Where nobody is at hand to try again, a test that fails twice has found something; that it failed once is said.
    // Tests of what is lost or doubled set 0: a wrong count is wrong at the first time.
    retry: process.env['CI'] === undefined ? 0 : 1,
    // What is waited for comes soon, but nobody knows how busy the machine is.
    expect: { poll: { timeout: 60_000 } },
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
