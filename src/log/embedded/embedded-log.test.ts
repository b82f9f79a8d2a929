import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testEnv } from '../../../test/support/env.ts';
import { describeLog } from '../../../test/support/log-suite.ts';
import { EmbeddedLog, type FsyncPolicy } from './embedded-log.ts';
import { LmdbStore } from '../../store/lmdb-store.ts';
import { MemoryStore } from '../../store/memory-store.ts';

describeLog('EmbeddedLog in memory', async () => {
  const log = new EmbeddedLog({ store: new MemoryStore(), env: testEnv() });
  return { log, close: () => log.close() };
});

for (const fsync of ['interval', 'commit'] as FsyncPolicy[]) {
  describeLog(`EmbeddedLog on LMDB, fsync ${fsync}`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-log-'));
    const log = new EmbeddedLog({ store: new LmdbStore({ path: folder }), env: testEnv(), fsync, fsyncIntervalMs: 20 });
    return {
      log,
      close: async () => {
        await log.close();
        rmSync(folder, { recursive: true });
      },
    };
  });
}
