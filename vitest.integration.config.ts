import path from 'node:path';
import { defineConfig } from 'vitest/config';
import { LongestFiles } from './test/support/longest-files.ts';
import { LongestFirst } from './test/support/longest-first.ts';
import { systemBinaries } from './test/support/postgres.ts';
import { StillRunning } from './test/support/still-running.ts';
import { SecondTries } from './test/support/second-tries.ts';

/** The oldest Postgres that is promised; all tests run on the one of npm, the newest. */
const OLDEST = 15;

/** What reads and writes rows of Postgres, and is quick. */
const ROWS = [
  'test/integration/cdc-stream.test.ts',
  'test/integration/connect-postgres-rows.test.ts',
  'test/integration/connect-postgres-sink.test.ts',
  'test/integration/mirror-types.test.ts',
  'test/integration/mirror-neighbours.test.ts',
  'test/integration/mirror-property.test.ts',
];

/** Those that need no server of others run with the unit tests. */
const OF_UNIT_TESTS = ['test/e2e/{client,responsive,transcripts}.test.ts'];

const here = systemBinaries(OLDEST) !== undefined || process.env['CI'] === 'true';
if (!here) console.warn(`SKIPPED: rows on Postgres ${OLDEST}: run .ci/postgres`);

export default defineConfig({
  test: {
    // Threads of servers in tests are started from the compiled server.
    alias: [
      { find: './start-worker.ts', replacement: path.resolve(import.meta.dirname, 'test/support/start-worker.ts') },
    ],
    globalSetup: ['test/support/compile.ts'],
    setupFiles: ['test/support/property-seed.ts'],
    pool: 'forks',
    reporters: ['default', new LongestFiles(), new SecondTries(), new StillRunning()],
    experimental: { fsModuleCache: true },
    sequence: { sequencer: LongestFirst },
    // They mostly wait for brokers and databases of their own: four files at a time fill two cores.
    maxWorkers: 4,
    // Cases of the suite on Kafka: they wait for the broker.
    maxConcurrency: 8,
    // Brokers, workers and databases on a busy machine: a test that fails twice has found something. Tests of what is
    // lost or doubled set 0: a wrong count is wrong at the first time.
    retry: 1,
    // A server that died would let each test that needs it wait for its end, twice: hours.
    bail: process.env['CI'] === undefined ? 0 : 10,
    expect: { poll: { timeout: 60_000 } },
    testTimeout: 180_000,
    hookTimeout: 240_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'all',
          include: ['test/integration/**/*.test.ts', 'test/e2e/**/*.test.ts'],
          exclude: OF_UNIT_TESTS,
        },
      },
      ...(here
        ? [
            {
              extends: true as const,
              test: { name: `postgres ${OLDEST}`, include: ROWS, env: { SLUICE_POSTGRES: String(OLDEST) } },
            },
          ]
        : []),
    ],
  },
});
