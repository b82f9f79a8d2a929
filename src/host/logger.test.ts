import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createLogger } from './logger.ts';

test('a line holds nothing that commands a terminal or turns its text, and is the same JSON', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-logger-'));
  try {
    const file = path.join(folder, 'logs', 'server.log');
    const hostile = 'a\u001b[2J\u007f\u009b31m\u202eb\u2066\ufeff\n';
    createLogger('info', file)
      .child({ by: hostile })
      .info(hostile, { [hostile]: hostile, n: 1 });
    const text = readFileSync(file, 'utf8');
    expect(text).toMatch(/^[\u0020-\u007e]+\n$/);
    expect(JSON.parse(text)).toMatchObject({ by: hostile, msg: hostile, [hostile]: hostile, n: 1 });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
