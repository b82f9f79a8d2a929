import type { Env } from '../base/env.ts';
import { messageOf } from '../base/errors.ts';
import { within } from '../base/within.ts';

interface Stage {
  readonly what: string;
  readonly close: () => Promise<unknown>;
  readonly carries: boolean;
}

/**
 * What a server has opened, closed from the last to the first. With a limit of time each stage has its share of it, and
 * what takes longer is left as it is: the process is about to end, and the next start goes on from the last commits, as
 * after any other end.
 */
export class Closers {
  readonly #env: Env;
  readonly #stages: Stage[] = [];
  #closing: Promise<readonly string[]> | undefined;

  constructor(env: Env) {
    this.#env = env;
  }

  /**
   * @param what for the log, as `connectors`
   * @param options.carries it must not go while something above it is still at work: a store under its writers
   */
  push(what: string, close: () => Promise<unknown>, { carries = false }: { readonly carries?: boolean } = {}): void {
    this.#stages.push({ what, close, carries });
  }

  /**
   * Closes everything, once. Never rejects.
   * @param withinMs for all of it; absent: as long as it takes
   * @returns what was not closed in time: the process is to end then, since what carries it is still open
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
      // One that hangs leaves the others at least half of what there was.
      if (!(await this.#ends(stage, restMs / 2))) left.push(stage.what);
    }
    return left;
  }

  /** Whether it was closed, with an error or without, before so many ms. */
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
