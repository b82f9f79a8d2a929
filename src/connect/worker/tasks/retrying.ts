import { Backoff } from '../../../base/backoff.ts';
import type { Env, Logger } from '../../../base/env.ts';
import { isSluiceError, messageOf } from '../../../base/errors.ts';
import type { LogWriter } from '../../../log/api.ts';
import type { TaskControl } from './task-control.ts';
import { isRetriable, type TaskSpec } from './task-host.ts';

const RETRY_MAX_MS = 30_000;

/**
 * Commits. It retries where that may help, rather than restarting the task: a commit without a response may have
 * succeeded, including its records.
 * @throws an error that another commit would not fix; the caller aborts
 */
export async function commitRetrying(retrying: Retrying, writer: LogWriter): Promise<void> {
  const refusal = await retrying(async () => {
    try {
      await writer.commit();
      return undefined;
    } catch (error) {
      if (isSluiceError(error) && error.retriable) throw error;
      return { error };
    }
  });
  if (refusal !== undefined) throw refusal.error;
}

/** Makes a call that may fail temporarily, to a task's plugin or to the log. */
export type Retrying = <T>(call: () => Promise<T>) => Promise<T>;

/**
 * Repeats a call after growing pauses, from `firstMs` to 30 s, while its error is temporary; the task's status shows
 * the error meanwhile. Rejects with any other error, and when stopped.
 */
export function retryingFor(
  spec: TaskSpec,
  { env, control, logger, firstMs }: { env: Env; control: TaskControl; logger: Logger; firstMs: number },
): Retrying {
  return async (call) => {
    const backoff = new Backoff(firstMs, RETRY_MAX_MS, { share: 0.1, random: env.random });
    for (;;) {
      try {
        const result = await call();
        if (backoff.attempts > 0 && !control.stopped) spec.onState(control.paused ? 'PAUSED' : 'RUNNING');
        return result;
      } catch (error) {
        if (!isRetriable(error) || control.stopped) throw error;
        spec.totals.retries++;
        logger.warn(`Task ${spec.connector}-${spec.taskId} tries again: ${messageOf(error)}`);
        spec.onState('RUNNING', error);
        await env.timers.sleep(backoff.nextMs(), control.signal);
      }
    }
  };
}
