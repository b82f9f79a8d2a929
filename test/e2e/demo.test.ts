import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';

/** `npm run demo` without a terminal: types its session, checks each step, ends with a summary. */
test('the demo plays its session to the end, and every check holds', async () => {
  const data = mkdtempSync(path.join(tmpdir(), 'sluice-demo-'));
  try {
    const demo = spawn(process.execPath, ['--import', 'tsx', 'scripts/demo.ts', '--data', data], {
      cwd: path.join(import.meta.dirname, '../..'),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let screen = '';
    demo.stdout.on('data', (chunk: Buffer) => (screen += chunk.toString()));
    demo.stderr.on('data', (chunk: Buffer) => (screen += chunk.toString()));
    const code = await new Promise<number | null>((resolve) => demo.once('exit', resolve));
    expect(screen).toMatch(/All \d+ checks hold\./);
    expect(screen).toMatch(/UPDATE in Postgres to joined row in the console: \d+ ms/);
    expect(screen).toContain('sluice> CREATE SOURCE CONNECTOR my-postgres-jdbc WITH ( \\');
    // The demo runs with default settings and drops nothing before it hands over the console.
    expect(screen).not.toContain('sluice> SET');
    expect(screen).not.toContain('FAIL');
    expect(code).toBe(0);
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
});
