/**
 * The child process of the crash test. It commits record n, offset n + 1 and state n together and reports acknowledged
 * commits on stdout until it is killed. Arguments: folder, fsync policy, size of a value in bytes.
 */
import { EmbeddedLog, type FsyncPolicy } from '../../src/log/embedded/embedded-log.ts';
import { LmdbStore } from '../../src/store/lmdb-store.ts';
import { testEnv } from './env.ts';
import { batchOf } from './log-records.ts';

const [folder, fsync, valueBytes] = process.argv.slice(2) as [string, FsyncPolicy, string];
const log = new EmbeddedLog({ store: new LmdbStore({ path: folder }), env: testEnv(), fsync, fsyncIntervalMs: 5 });
if (!(await log.admin.describeTopic('t'))) await log.admin.createTopic({ name: 't', partitions: 1, replicas: 1 });
const writer = await log.createWriter({ transactionalId: 'crash' });
const padding = 'x'.repeat(Number(valueBytes));
for (let n = await log.admin.latestOffset({ topic: 't', partition: 0 }); ; n++) {
  writer.append('t', 0, batchOf([[`${n}`, `${n}:${padding}`]]), true);
  writer.commitOffsets('g', [{ topic: 'input', partition: 0, offset: n + 1 }]);
  writer.putState('counts', Buffer.from('n'), Buffer.from(`${n + 1}`));
  for (let k = 0; k < 20; k++) writer.putState('many', Buffer.from(`k${k}`), Buffer.from(`${n + 1}`));
  try {
    await writer.commit();
  } catch (error) {
    process.stdout.write(`error ${(error as { code?: string }).code}\n`);
    process.exit(3);
  }
  process.stdout.write(`${n + 1}\n`);
}
