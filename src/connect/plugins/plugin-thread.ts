import { AsyncResource } from 'node:async_hooks';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { Env } from '../../base/env.ts';
import { messageOf } from '../../base/errors.ts';
import { ConnectError } from '../api/errors.ts';
import {
  type Calls,
  COUNTER,
  type FromThread,
  type ThreadCalls,
  type Outcome,
  type ThreadData,
  type ToThread,
} from './messages.ts';
import { errorOf, type PlainError, plainError } from './plain-error.ts';

/** A thread started by the composition root. */
export interface StartedThread {
  post(message: ToThread): void;
  onMessage(handler: (message: FromThread) => void): void;
  /** `error`: the exception that ended it, if any. */
  onEnd(handler: (code: number, error: unknown) => void): void;
  terminate(): Promise<void>;
}

export interface ThreadLimits {
  /** Limit of its heap, and the same again for buffers outside of it. */
  readonly memoryBytes: number;
  /** Time without a sign of life after which the thread is ended, in ms. */
  readonly stallMs: number;
}

export interface ThreadOptions {
  readonly start: (data: ThreadData, memoryBytes: number, moved: readonly MessagePort[]) => StartedThread;
  readonly env: Env;
  readonly limits: ThreadLimits;
}

/** Number of checks of a thread within that time. */
const LOOKS = 8;
const LOOK_MAX_MS = 1000;
/** How long a thread may take to start, in ms: it may be long on a machine that is busy. */
const BEGIN_MS = 60_000;

type Answer = { readonly resolve: (value: unknown) => void; readonly reject: (error: unknown) => void };
type ThreadListener = {
  [K in keyof ThreadCalls]?: (...args: Parameters<ThreadCalls[K]>) => ReturnType<ThreadCalls[K]>;
};

/** The counterpart of a connector, a task or an examination in the thread. */
export interface Listener extends ThreadListener {
  /** Called when the thread has ended, with the reason. Not called when it was ended because nobody needs it. */
  readonly ended?: ((cause: ConnectError) => void) | undefined;
}

/**
 * A thread that runs a plugin's code, as the worker sees it. Whatever ends it (an uncaught exception, an endless loop,
 * lack of memory, process.exit) fails the calls in progress, and every listener learns the reason.
 */
export class PluginThread {
  readonly #env: Env;
  readonly #limits: ThreadLimits;
  readonly #thread: StartedThread;
  readonly #what: string;
  readonly #counters = new Int32Array(new SharedArrayBuffer(COUNTER.count * 4));
  readonly #answers: MessagePort;
  readonly #calls = new Map<number, Answer>();
  /** Each with the owner that is responsible for its later errors. */
  readonly #listeners = new Map<number, { readonly listener: Listener; readonly scope: AsyncResource }>();
  #lastCall = 0;
  #lastListener = 0;
  #cause: ConnectError | undefined;
  #isUnneeded = false;
  #cancelLook = (): void => {};
  #silentLooks = 0;
  /** Resolves when nothing of it runs any more. */
  readonly gone: Promise<void>;

  constructor(options: ThreadOptions, { specifier, className }: Pick<ThreadData, 'specifier' | 'className'>) {
    this.#env = options.env;
    this.#limits = options.limits;
    this.#what = className ?? specifier;
    const { port1, port2 } = new MessageChannel();
    this.#answers = port1;
    port1.unref();
    const lookMs = Math.min(LOOK_MAX_MS, options.limits.stallMs / LOOKS);
    const data: ThreadData = {
      specifier,
      className,
      answers: port2,
      counters: this.#counters.buffer as SharedArrayBuffer,
      beatMs: lookMs,
    };
    this.#thread = options.start(data, options.limits.memoryBytes, [port2]);
    this.#thread.onMessage((message) => this.#onMessage(message));
    this.gone = new Promise((resolve) => {
      this.#thread.onEnd((code, error) => {
        this.#end(this.#causeOf(code, error));
        resolve();
      });
    });
    this.#checkBeats(lookMs, 0);
  }

  /** Why the thread has ended; undefined while it runs. */
  get cause(): ConnectError | undefined {
    return this.#cause;
  }

  /** Whether it has shown no sign of life for some checks, so that it may never receive a request. */
  get isSilent(): boolean {
    return this.#silentLooks >= 2;
  }

  listen(listener: Listener): number {
    const number = ++this.#lastListener;
    this.#listeners.set(number, { listener, scope: new AsyncResource('PluginListener') });
    return number;
  }

  forget(number: number): void {
    this.#listeners.delete(number);
  }

  /** @throws the code's error; ConnectError when the thread has ended or ends meanwhile */
  call<K extends keyof Calls>(of: number, name: K, ...args: Parameters<Calls[K]>): Promise<ReturnType<Calls[K]>> {
    return new Promise((resolve, reject) => {
      if (this.#cause !== undefined) return reject(this.#cause);
      const call = ++this.#lastCall;
      this.#calls.set(call, { resolve: resolve as (value: unknown) => void, reject });
      this.#thread.post({ kind: 'call', call, of, name, args });
    });
  }

  abort(of: number): void {
    if (this.#cause === undefined) this.#thread.post({ kind: 'abort', of });
  }

  /** Ends it because it is no longer needed, or (`cause`) because it must. */
  async end(cause?: ConnectError): Promise<void> {
    this.#isUnneeded ||= cause === undefined;
    this.#end(cause ?? new ConnectError(`The thread of ${this.#what} is not needed any more`));
    await this.#thread.terminate();
    await this.gone;
  }

  #end(cause: ConnectError): void {
    if (this.#cause !== undefined) return;
    this.#cause = cause;
    this.#cancelLook();
    this.#answers.close();
    for (const { reject } of this.#calls.values()) reject(cause);
    this.#calls.clear();
    const listeners = [...this.#listeners.values()];
    this.#listeners.clear();
    if (this.#isUnneeded) return;
    for (const { listener, scope } of listeners) scope.runInAsyncScope(() => listener.ended?.(cause));
  }

  #causeOf(code: number, error: unknown): ConnectError {
    const what = this.#what;
    if (error === undefined)
      return new ConnectError(`${what} has ended its thread: its code called process.exit(${code})`);
    if ((error as { code?: unknown }).code === 'ERR_WORKER_OUT_OF_MEMORY') return this.#tooMuchMemory();
    const thrown = errorOf(plainError(error));
    return new ConnectError(`${what} has thrown where nobody waited for it: ${messageOf(error)}`, { cause: thrown });
  }

  #tooMuchMemory(): ConnectError {
    const mib = Math.round(this.#limits.memoryBytes / 2 ** 20);
    return new ConnectError(
      `${this.#what} has used more than ${mib} MiB of memory (plugin.memory.max.bytes): its thread was ended`,
    );
  }

  /**
   * Checks regularly whether the thread is alive. Checks are counted rather than time, since none happen while the
   * whole process is suspended. Before its first sign of life it has not reached the plugin's code.
   */
  #checkBeats(everyMs: number, lastBeats: number): void {
    this.#cancelLook = this.#env.timers.after(everyMs, () => {
      const beats = Atomics.load(this.#counters, COUNTER.beats);
      this.#silentLooks = beats === lastBeats ? this.#silentLooks + 1 : 0;
      const patienceMs = beats === 0 ? BEGIN_MS : this.#limits.stallMs;
      if (Atomics.load(this.#counters, COUNTER.bufferMiB) * 2 ** 20 > this.#limits.memoryBytes)
        void this.end(this.#tooMuchMemory());
      else if (this.#silentLooks * everyMs >= patienceMs) void this.end(this.#stalled(beats));
      else this.#checkBeats(everyMs, beats);
    });
  }

  #stalled(beats: number): ConnectError {
    return new ConnectError(
      beats === 0
        ? `The thread of ${this.#what} has not begun within ${BEGIN_MS} ms`
        : `${this.#what} has not come back to its event loop for ${this.#limits.stallMs} ms (plugin.stall.ms): its thread was ended`,
    );
  }

  #onMessage(message: FromThread): void {
    if (this.#cause !== undefined) return;
    Atomics.add(this.#counters, COUNTER.handled, 1);
    Atomics.notify(this.#counters, COUNTER.handled);
    if (message.kind === 'answer') {
      const waiting = this.#calls.get(message.call);
      this.#calls.delete(message.call);
      if (message.error === undefined) waiting?.resolve(message.value);
      else waiting?.reject(errorOf(message.error));
      return;
    }
    const { of, name, args, answer } = message;
    const found = this.#listeners.get(of);
    const handler = found?.listener[name] as ((...args: readonly unknown[]) => unknown) | undefined;
    const call = (): unknown => found?.scope.runInAsyncScope(() => handler?.(...args));
    if (answer === 'wait') this.#answerNow(call);
    else if (answer !== 'none') void this.#answerLater(answer, async () => await call());
    else this.#take(name, call);
  }

  /** A plugin may report anything: if it cannot be understood, the plugin is at fault. */
  #take(name: string, call: () => unknown): void {
    try {
      call();
    } catch (error) {
      void this.end(
        new ConnectError(`${this.#what} has called ${name} with what it does not take: ${messageOf(error)}`),
      );
    }
  }

  #answerNow(handler: () => unknown): void {
    let outcome: Outcome;
    try {
      outcome = { value: handler() };
    } catch (error) {
      outcome = { error: plainError(error) };
    }
    this.#answers.postMessage(outcome);
    Atomics.add(this.#counters, COUNTER.answers, 1);
    Atomics.notify(this.#counters, COUNTER.answers);
  }

  async #answerLater(call: number, handler: () => Promise<unknown>): Promise<void> {
    let outcome: Outcome;
    try {
      outcome = { value: await handler() };
    } catch (error) {
      outcome = { error: plainError(error) };
    }
    if (this.#cause === undefined) this.#thread.post({ kind: 'answer', call, ...outcome });
  }
}

/** An error for a listener from plain data. */
export function heardError(error: PlainError | undefined): Error | undefined {
  return error === undefined ? undefined : errorOf(error);
}
