import type { Env } from '../../base/env.ts';
import { ConnectError } from '../api/errors.ts';
import { Deadline } from './deadline.ts';
import type { Calls } from './messages.ts';
import type { Listener, PluginThread } from './plugin-thread.ts';
import type { ThreadPlace } from './threads.ts';

/** How long a connector or a task may take to stop, in ms. */
const STOP_MS = 3000;
/** The same when its thread does not respond, in ms. */
const SILENT_STOP_MS = 500;
/** The time limit for a call to something that is not running, in ms. */
const ONCE_MS = 15_000;

/** How calls are made. */
export type Call = <K extends keyof Calls>(name: K, ...args: Parameters<Calls[K]>) => Promise<ReturnType<Calls[K]>>;

interface Taken {
  readonly thread: PluginThread;
  /** Its number in the thread. */
  readonly of: number;
  readonly unbind: () => void;
}

/** The place of one connector or task in a thread, from its first start to its stop. */
export class Seat {
  readonly #place: ThreadPlace;
  readonly #env: Env;
  #taken: Taken | undefined;

  constructor(place: ThreadPlace, env: Env) {
    this.#place = place;
    this.#env = env;
  }

  /** A repeated start uses the same place, with the listener of that start. */
  take({ signal, listener }: { readonly signal: AbortSignal; readonly listener: Listener }): void {
    if (this.#taken !== undefined && this.#taken.thread.cause === undefined) return;
    const thread = this.#place.enter();
    const of = thread.listen(listener);
    const abort = (): void => thread.abort(of);
    signal.addEventListener('abort', abort, { once: true });
    this.#taken = { thread, of, unbind: () => signal.removeEventListener('abort', abort) };
  }

  /** @throws ConnectError when nothing was started */
  readonly call: Call = (name, ...args) => {
    if (this.#taken === undefined) return Promise.reject(new ConnectError('It has not been started'));
    const { thread, of } = this.#taken;
    return thread.call(of, name, ...args);
  };

  /** For one call of something that is not running. */
  async once<T>(listener: Listener, work: (call: Call) => Promise<T>): Promise<T> {
    const thread = this.#place.enter();
    const of = thread.listen(listener);
    const deadline = new Deadline(this.#env, ONCE_MS, `There was no answer within ${ONCE_MS} ms`);
    try {
      return await deadline.of(work((name, ...args) => thread.call(of, name, ...args)));
    } finally {
      deadline.cancel();
      thread.forget(of);
      await this.#place.leave(thread);
    }
  }

  /**
   * Stops what runs there. If it does not stop in time it is abandoned and ends with its thread, immediately if nobody
   * else needs that. @throws its error while stopping
   */
  async leave(): Promise<void> {
    const taken = this.#taken;
    this.#taken = undefined;
    if (taken === undefined) return;
    const { thread, of, unbind } = taken;
    unbind();
    const ms = thread.isSilent ? SILENT_STOP_MS : STOP_MS;
    const deadline = new Deadline(this.#env, ms, `It has not stopped within ${ms} ms`);
    try {
      if (thread.cause === undefined) await deadline.of(thread.call(of, 'stop'));
    } catch (error) {
      // A thread that has ended meanwhile has stopped everything in it.
      if (error !== thread.cause) throw error;
    } finally {
      deadline.cancel();
      thread.forget(of);
      if (deadline.isOver && thread.isSilent) await thread.end(deadline.error);
      await this.#place.leave(thread);
    }
  }
}
