import { messageOf } from '../../base/errors.ts';
import type { PlainError } from '../../log/embedded/shared-log.ts';
import { serverConfig } from '../../config/server-config.ts';
import { createRunner, LocalRun, type RunnerServices } from './create-runner.ts';
import type { FromWorker, MessagePortLike, ToWorker } from './thread-messages.ts';

/** How often a worker reports the states of its queries, in ms. */
const STATE_INTERVAL_MS = 200;

/**
 * A worker thread's side: runs what the main thread requests. `answer` receives answers of the registry and of the log;
 * `stop` ends the thread.
 */
export function serveQueries(
  port: MessagePortLike<FromWorker, ToWorker>,
  services: RunnerServices,
  answer: (call: number, value: unknown, error: string | PlainError | undefined) => void,
  stop: () => Promise<void>,
): void {
  const runs = new Map<number, LocalRun>();
  const reply = (call: number, work: Promise<unknown>): void => {
    work.then(
      (value) => port.post({ kind: 'done', call, value, error: undefined }),
      (error: unknown) => port.post({ kind: 'done', call, value: undefined, error: messageOf(error) }),
    );
  };
  const notify = (): void => {
    for (const [run, { current }] of runs) port.post({ kind: 'state', run, state: current });
    cancel = services.env.timers.after(STATE_INTERVAL_MS, notify);
  };
  let cancel = services.env.timers.after(STATE_INTERVAL_MS, notify);
  const close = async (id: number, forget = false): Promise<void> => {
    const run = runs.get(id);
    runs.delete(id);
    await run?.close(forget);
  };
  port.onMessage((message) => {
    switch (message.kind) {
      case 'start': {
        const runner = createRunner(message.plan, message.properties, services, serverConfig(message.server));
        if (message.paused) runner.pause();
        runner.start();
        runs.set(message.run, new LocalRun(runner, services.dropState));
        break;
      }
      case 'forget':
        services.dropState?.(`${message.queryId}/`).catch((error: unknown) => {
          services.env.logger.warn('A dropped query left state behind', {
            queryId: message.queryId,
            error: messageOf(error),
          });
        });
        break;
      case 'pause':
        runs.get(message.run)?.pause();
        break;
      case 'resume':
        runs.get(message.run)?.resume();
        break;
      case 'close':
        reply(message.call, close(message.run, message.forget));
        break;
      case 'caughtUp':
        reply(message.call, runs.get(message.run)?.caughtUp() ?? Promise.resolve(undefined));
        break;
      case 'fresh':
        reply(message.call, Promise.resolve(runs.get(message.run)?.current));
        break;
      case 'answer':
      case 'logAnswer':
        answer(message.call, message.value, message.error);
        break;
      case 'stop':
        cancel();
        reply(message.call, Promise.all([...runs.keys()].map((id) => close(id))).then(stop));
        break;
    }
  });
}
