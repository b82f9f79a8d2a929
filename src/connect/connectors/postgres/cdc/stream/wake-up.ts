import type { Env } from '../../../../../base/env.ts';

/** Lets one caller wait until another wakes it. */
export class WakeUp {
  readonly #timers: Env['timers'];
  #resolve: (() => void) | undefined;

  constructor(timers: Env['timers']) {
    this.#timers = timers;
  }

  readonly wake = (): void => {
    const resolve = this.#resolve;
    this.#resolve = undefined;
    resolve?.();
  };

  /** Waits until `wake` is called or the time has passed. Returns whether it was not woken. */
  async pause(ms: number): Promise<boolean> {
    const timer = new AbortController();
    const woken = new Promise<boolean>((resolve) => {
      this.#resolve = () => resolve(false);
    });
    const slept = this.#timers.sleep(ms, timer.signal).then(
      () => true,
      () => false,
    );
    const isOver = await Promise.race([woken, slept]);
    timer.abort();
    return isOver;
  }
}
