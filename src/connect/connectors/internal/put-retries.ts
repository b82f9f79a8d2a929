import { Backoff } from '../../../base/backoff.ts';
import type { SinkTaskContext } from '../../api/connector.ts';
import { RetriableError } from '../../api/errors.ts';

/** The longest pause between two attempts, in ms. */
const RETRY_MAX_MS = 30_000;

/** What a put of a sink may try again itself, while its target takes nothing for now: all parts of it together. */
export class PutRetries {
  readonly #context: SinkTaskContext;
  readonly #max: number;
  readonly #backoff: Backoff;

  /** @param firstPauseMs before the first of `max` further attempts */
  constructor(context: SinkTaskContext, max: number, firstPauseMs: number) {
    this.#context = context;
    this.#max = max;
    this.#backoff = new Backoff(firstPauseMs, RETRY_MAX_MS, { share: 0.2, random: context.env.random });
  }

  /** Calls again, and says why it waits. @throws RetriableError after so many attempts: the worker goes on with them */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const { env, signal } = this.#context;
    for (;;) {
      try {
        const result = await work();
        this.#backoff.reset();
        return result;
      } catch (error) {
        if (signal.aborted || !(error instanceof RetriableError)) throw error;
        if (this.#backoff.attempts >= this.#max) throw error;
        this.#context.trouble(error);
        await env.timers.sleep(this.#backoff.nextMs(), signal);
      }
    }
  }
}
