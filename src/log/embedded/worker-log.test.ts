import { testEnv } from '../../../test/support/env.ts';
import { describeLog } from '../../../test/support/log-suite.ts';
import { EmbeddedLog } from './embedded-log.ts';
import { LogHost } from './log-host.ts';
import { MemoryStore } from '../../store/memory-store.ts';
import { errorOf, plainError } from './shared-log.ts';
import { WorkerLog } from './worker-log.ts';

describeLog('EmbeddedLog as a worker thread has it', async () => {
  const log = new EmbeddedLog({ store: new MemoryStore(), env: testEnv() });
  const host = new LogHost(log, () => Promise.resolve());
  const worker = new WorkerLog(
    async (ask, moved = []) => {
      // As between threads: plain data, and memory that is gone here.
      const there = structuredClone(ask, { transfer: [...moved] });
      await Promise.resolve();
      try {
        const answer = await host.answer(there);
        return structuredClone(answer.value, { transfer: [...answer.moved] });
      } catch (error) {
        throw errorOf(structuredClone(plainError(error)));
      }
    },
    () => undefined,
  );
  return { log: worker, close: () => log.close() };
});
