import { COUNTER, type FromThread, type ThreadCalls, type Outcome, UNDER_WAY_MAX } from './messages.ts';
import { errorOf } from './plain-error.ts';

/** A plugin thread's connection to the worker. */
export interface SpeakerPort {
  readonly counters: Int32Array;
  send(message: FromThread): void;
  /** An answer that has arrived; undefined: there is none. */
  receive(): Outcome | undefined;
}

type Waiting = { readonly resolve: (value: unknown) => void; readonly reject: (error: unknown) => void };

/** The thread's side of requests and reports to the worker. */
export class Speaker {
  readonly #port: SpeakerPort;
  readonly #waiting = new Map<number, Waiting>();
  #lastCall = 0;

  constructor(port: SpeakerPort) {
    this.#port = port;
  }

  /** Waits while the worker has too many unhandled messages, so that they do not accumulate. */
  send(message: FromThread): void {
    const { counters } = this.#port;
    for (;;) {
      const handled = Atomics.load(counters, COUNTER.handled);
      if (((Atomics.load(counters, COUNTER.sent) - handled) | 0) < UNDER_WAY_MAX) break;
      Atomics.wait(counters, COUNTER.handled, handled);
    }
    this.#port.send(message);
    Atomics.add(counters, COUNTER.sent, 1);
  }

  notify<K extends keyof ThreadCalls>(of: number, name: K, ...args: Parameters<ThreadCalls[K]>): void {
    this.send({ kind: 'say', answer: 'none', of, name, args });
  }

  /** Waits for the answer without running anything else; the worker has it available. */
  ask<K extends keyof ThreadCalls>(
    of: number,
    name: K,
    ...args: Parameters<ThreadCalls[K]>
  ): ReturnType<ThreadCalls[K]> {
    const { counters } = this.#port;
    const before = Atomics.load(counters, COUNTER.answers);
    this.send({ kind: 'say', answer: 'wait', of, name, args });
    Atomics.wait(counters, COUNTER.answers, before);
    const outcome = this.#port.receive()!;
    if (outcome.error !== undefined) throw errorOf(outcome.error);
    return outcome.value as ReturnType<ThreadCalls[K]>;
  }

  askLater<K extends keyof ThreadCalls>(
    of: number,
    name: K,
    ...args: Parameters<ThreadCalls[K]>
  ): Promise<Awaited<ReturnType<ThreadCalls[K]>>> {
    return new Promise((resolve, reject) => {
      const call = ++this.#lastCall;
      this.#waiting.set(call, { resolve: resolve as (value: unknown) => void, reject });
      try {
        this.send({ kind: 'say', answer: call, of, name, args });
      } catch (error) {
        this.#waiting.delete(call);
        reject(error as Error);
      }
    });
  }

  answered(call: number, { value, error }: Outcome): void {
    const waiting = this.#waiting.get(call);
    this.#waiting.delete(call);
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(errorOf(error));
  }
}
