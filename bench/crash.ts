/**
 * A longer run of test/integration/crash.test.ts: CRASHES (200) kills (kill -9) at random moments under load, each
 * followed by a restart; the table in Postgres must equal the one computed from the input. Prints one JSON line; the
 * exit code is non-zero if they differ.
 *
 *     npx tsx bench/crash.ts [crashes]
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const crashes = Number(process.argv[2] ?? 200);
const root = path.resolve(import.meta.dirname, '..');
const began = performance.now();
const { status } = spawnSync(
  process.execPath,
  [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--config',
    'vitest.integration.config.ts',
    'test/integration/crash.test.ts',
  ],
  { cwd: root, env: { ...process.env, CRASHES: String(crashes) }, stdio: ['ignore', 'inherit', 'inherit'] },
);
const seconds = Math.round((performance.now() - began) / 1000);
console.log(JSON.stringify({ bench: 'crash', crashes, passed: status === 0, seconds }));
process.exitCode = status ?? 1;
