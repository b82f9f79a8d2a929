import { testEnv } from '../../../test/support/env.ts';
import { describeLog } from '../../../test/support/log-suite.ts';
import { EmbeddedLog } from './embedded-log.ts';
import { LogHost } from './log-host.ts';
import { MemoryStore } from '../../store/memory-store.ts';
import { RenewedReader } from '../../store/renewed-reader.ts';
import { errorOf, plainError } from './shared-log.ts';
import { WorkerLog } from './worker-log.ts';

describeLog('EmbeddedLog as a worker thread has it', async () => {
  const env = testEnv();
  const store = new MemoryStore();
  const log = new EmbeddedLog({ store, env });
  const host = new LogHost(log, () => Promise.resolve());
  const worker = new WorkerLog(
    async (ask, moved = []) => {
      // As between threads: plain data, and transferred memory is no longer accessible here.
      const there = structuredClone(ask, { transfer: [...moved] });
      await Promise.resolve();
      try {
        return structuredClone(await host.answer(there));
      } catch (error) {
        throw errorOf(structuredClone(plainError(error)));
      }
    },
    new RenewedReader(store, env.timers),
    () => undefined,
  );
  return { log: worker, close: () => log.close() };
});
