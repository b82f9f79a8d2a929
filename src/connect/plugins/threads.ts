import type { Env } from '../../base/env.ts';
import { PluginThread, type ThreadOptions } from './plugin-thread.ts';

/**
 * The thread of one connector, or for examining one plugin: started on demand, ended when nobody needs it, and replaced
 * after it has ended by itself.
 */
export class ThreadPlace {
  readonly #start: () => PluginThread;
  readonly #env: Env;
  readonly #lingerMs: number;
  #thread: PluginThread | undefined;
  #users = 0;
  #cancelEnd = (): void => {};

  /** `lingerMs`: how long an unused thread is kept. */
  constructor(
    options: ThreadOptions,
    plugin: { readonly specifier: string; readonly className: string },
    lingerMs: number,
  ) {
    this.#start = () => new PluginThread(options, plugin);
    this.#env = options.env;
    this.#lingerMs = lingerMs;
  }

  /** Must be given back with `leave`. */
  enter(): PluginThread {
    this.#cancelEnd();
    if (this.#thread === undefined || this.#thread.cause !== undefined) {
      this.#thread = this.#start();
      this.#users = 0;
    }
    this.#users++;
    return this.#thread;
  }

  /** Resolves when the thread has ended, if this was its last user. */
  async leave(thread: PluginThread): Promise<void> {
    // Users of a thread that has ended are no longer counted.
    if (thread !== this.#thread || thread.cause !== undefined || --this.#users > 0) return;
    if (this.#lingerMs === 0) await thread.end();
    else this.#cancelEnd = this.#env.timers.after(this.#lingerMs, () => void thread.end());
  }
}
