import type { Env } from '../base/env.ts';
import { messageOf } from '../base/errors.ts';
import { within } from '../base/within.ts';

interface Stage {
  readonly what: string;
  readonly close: () => Promise<unknown>;
  readonly carries: boolean;
}

/**
 * Closes what a server has opened, in reverse order. With a time limit, each stage gets a share of it, and a stage that
 * takes longer is left open: the process is about to end, and the next start continues from the last commits, as after
 * a crash.
 */
export class Closers {
  readonly #env: Env;
  readonly #stages: Stage[] = [];
  #closing: Promise<readonly string[]> | undefined;

  constructor(env: Env) {
    this.#env = env;
  }

  /**
   * @param what the name for the log, such as `connectors`
   * @param options.carries it must stay open while a stage above it is still closing: for example a store below its
   * writers
   */
  push(what: string, close: () => Promise<unknown>, { carries = false }: { readonly carries?: boolean } = {}): void {
    this.#stages.push({ what, close, carries });
  }

  /**
   * Closes everything, once. Never rejects.
   * @param withinMs the limit for all stages, in ms; absent: no limit
   * @returns the stages that were not closed in time: the process must then end, because what they depend on is still
   * open
   */
  closeAll(withinMs = Infinity): Promise<readonly string[]> {
    this.#closing ??= this.#close(withinMs);
    return this.#closing;
  }

  async #close(withinMs: number): Promise<readonly string[]> {
    const { clock } = this.#env;
    const endMs = clock.monotonicMs() + withinMs;
    const left: string[] = [];
    for (let stage = this.#stages.pop(); stage !== undefined; stage = this.#stages.pop()) {
      if (stage.carries && left.length > 0) continue;
      const restMs = endMs - clock.monotonicMs();
      // A stage that hangs leaves at least half of the remaining time to the others.
      if (!(await this.#ends(stage, restMs / 2))) left.push(stage.what);
    }
    return left;
  }

  /** Whether closing ended, with or without an error, within `withinMs`. */
  async #ends({ what, close }: Pick<Stage, 'what' | 'close'>, withinMs: number): Promise<boolean> {
    const closed = close().then(
      () => true,
      (error: unknown) => {
        this.#env.logger.error('Could not close', { what, error: messageOf(error) });
        return true;
      },
    );
    return (await within(this.#env.timers, withinMs, closed)) === true;
  }
}
