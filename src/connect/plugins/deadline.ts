import type { Env } from '../../base/env.ts';
import { ConnectError } from '../api/errors.ts';

/** A time limit for something that must arrive. */
export class Deadline {
  readonly error: ConnectError;
  readonly #over: Promise<never>;
  readonly cancel: () => void;
  #isOver = false;

  constructor(env: Env, ms: number, sentence: string) {
    this.error = new ConnectError(sentence);
    let pass = (): void => {};
    this.#over = new Promise((_, reject) => {
      pass = () => {
        this.#isOver = true;
        reject(this.error);
      };
    });
    this.#over.catch(() => {});
    this.cancel = env.timers.after(ms, () => pass());
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** @throws ConnectError when the time is over first */
  of<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#over]);
  }
}
