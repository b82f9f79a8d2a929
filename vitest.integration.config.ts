import { defineConfig } from 'vitest/config';
import { LongestFiles } from './test/support/longest-files.ts';
import { systemBinaries } from './test/support/postgres.ts';

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

const here = systemBinaries(OLDEST) !== undefined || process.env['CI'] === 'true';
if (!here) console.warn(`SKIPPED: rows on Postgres ${OLDEST}: run .ci/postgres`);

export default defineConfig({
  test: {
    setupFiles: ['test/support/property-seed.ts'],
    pool: 'forks',
    reporters: ['default', new LongestFiles()],
    experimental: { fsModuleCache: true },
    // They mostly wait for brokers and databases of their own: three files at a time fill two cores.
    maxWorkers: 3,
    // Brokers, workers and databases on a busy machine: a test that fails twice has found something. Tests of what is
    // lost or doubled set 0: a wrong count is wrong at the first time.
    retry: 1,
    testTimeout: 180_000,
    hookTimeout: 240_000,
    projects: [
      {
        extends: true,
        test: { name: 'all', include: ['test/integration/**/*.test.ts', 'test/e2e/**/*.test.ts'] },
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
