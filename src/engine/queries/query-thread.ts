import { KEYS } from '../../config/keys.ts';
import { messageOf, SluiceError } from '../../base/errors.ts';
import type { Backoff } from '../../base/backoff.ts';
import { QueryErrors, type QueryError } from '../../dataflow/runner/query-errors.ts';
import type { LogHost } from '../../log/embedded/log-host.ts';
import { type LogAsk, plainError } from '../../log/embedded/shared-log.ts';
import type { QueryPlan } from '../../plan/steps/steps.ts';
import type { Config } from '../../base/config/config.ts';
import type { Services } from '../services.ts';
import type { QueryRun, RunState } from './query-run.ts';
import type { FromWorker, MessagePortLike, RegistryCall, StartRun, ToWorker } from './thread-messages.ts';

/** Without `call`, which the thread assigns. */
type Call =
  | { readonly kind: 'close'; readonly run: number; readonly forget: boolean }
  | { readonly kind: 'caughtUp' | 'fresh'; readonly run: number }
  | { readonly kind: 'stop' };

/** A worker that has been started. */
export interface RunningWorker extends MessagePortLike<ToWorker, FromWorker> {
  /** Called once when it has ended, for any reason. */
  onEnd(handler: (reason: unknown) => void): void;
  terminate(): Promise<void>;
}

export interface QueryThreadOptions {
  /** Counts from 1; for the log and for displays of tasks. */
  readonly number: number;
  readonly startWorker: () => RunningWorker;
  readonly services: Pick<Services, 'env' | 'processingLog' | 'registry'>;
  /** Gives a worker access to the log of this thread; absent where workers have their own (Kafka). */
  readonly hostLog?: (() => LogHost) | undefined;
  /** How long to wait before the next worker after one has died. */
  readonly retry: Backoff;
}

/** A worker that has lived this long was not broken from the start: the next one starts without much delay. */
const HEALTHY_AFTER_MS = 60_000;

/** The worker has died, and the next one has not started yet. */
class ThreadDied extends Error {}

/**
 * A worker thread as the main thread sees it: starts runs there, hears how they stand, answers for the registry. When
 * the worker dies (an exception nobody caught, no memory left, its exit), another takes its place after a delay, as
 * Kafka Streams' REPLACE_THREAD has it: the runs begin there again, from their last commits.
 */
export class QueryThread {
  readonly #options: QueryThreadOptions;
  readonly #runs = new Map<number, ThreadRun>();
  readonly #calls = new Map<number, { resolve: (value: unknown) => void; reject: (error: unknown) => void }>();
  /** Queries whose state must be dropped, and whose worker could not be told. */
  readonly #forgotten: string[] = [];
  #nextId = 1;
  #worker: RunningWorker | undefined;
  #host: LogHost | undefined;
  #startedMs = 0;
  #cancelRestart: (() => void) | undefined;
  #isClosing = false;

  constructor(options: QueryThreadOptions) {
    this.#options = options;
    this.#startWorker();
  }

  start(plan: QueryPlan, properties: Readonly<Record<string, unknown>>, server: Config, paused: boolean): QueryRun {
    const id = this.#nextId++;
    const { env, processingLog } = this.#options.services;
    const run = new ThreadRun(
      { kind: 'start', run: id, plan, properties, server: Object.fromEntries(server.entries()), paused },
      new QueryErrors(plan.queryId, env, processingLog, server.get(KEYS.queryErrorMaxQueueSize)),
      (message) => this.#worker?.post(message),
      (call) => this.#call(call),
      (isToForget) => {
        this.#runs.delete(id);
        if (isToForget) this.#forgotten.push(plan.queryId);
      },
      this.#options.number,
    );
    run.isDown = this.#worker === undefined;
    this.#runs.set(id, run);
    this.#worker?.post(run.start);
    return run;
  }

  /** Queries that run in it. */
  get load(): number {
    return this.#runs.size;
  }

  /** Ends the worker, after the runs' last commits. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#cancelRestart?.();
    const worker = this.#worker;
    if (worker === undefined) return;
    await this.#call({ kind: 'stop' }).catch(() => undefined);
    await worker.terminate();
  }

  #startWorker(): void {
    const worker = this.#options.startWorker();
    this.#worker = worker;
    this.#host = this.#options.hostLog?.();
    this.#startedMs = this.#options.services.env.clock.monotonicMs();
    worker.onMessage((message) => this.#take(message, worker));
    worker.onEnd((reason) => this.#ended(reason));
    for (const queryId of this.#forgotten.splice(0)) worker.post({ kind: 'forget', queryId });
    for (const run of this.#runs.values()) worker.post(run.start);
  }

  #take(message: FromWorker, worker: RunningWorker): void {
    const { processingLog, registry } = this.#options.services;
    switch (message.kind) {
      case 'state':
        this.#runs.get(message.run)?.take(message.state);
        break;
      case 'log':
        processingLog.write(message.entry);
        break;
      case 'ask':
        void this.#answerLog(message.call, message.ask, worker);
        break;
      case 'registry':
        void answer(registry, message.call, message.ask, worker);
        break;
      case 'done': {
        const call = this.#calls.get(message.call);
        this.#calls.delete(message.call);
        if (message.error === undefined) call?.resolve(message.value);
        else call?.reject(new SluiceError('INTERNAL', message.error));
        break;
      }
    }
  }

  async #answerLog(call: number, ask: LogAsk, worker: RunningWorker): Promise<void> {
    try {
      const value = await this.#host!.answer(ask);
      worker.post({ kind: 'logAnswer', call, value, error: undefined });
    } catch (error) {
      worker.post({ kind: 'logAnswer', call, value: undefined, error: plainError(error) });
    }
  }

  #call(what: Call): Promise<unknown> {
    const worker = this.#worker;
    if (worker === undefined) return Promise.reject(new ThreadDied('The worker thread has died'));
    return new Promise((resolve, reject) => {
      const call = this.#nextId++;
      this.#calls.set(call, { resolve, reject });
      worker.post({ ...what, call });
    });
  }

  #ended(reason: unknown): void {
    this.#worker = undefined;
    void this.#host?.close().catch(() => undefined);
    this.#host = undefined;
    const died = new ThreadDied(`The worker thread has died: ${messageOf(reason)}`);
    for (const { reject } of this.#calls.values()) reject(died);
    this.#calls.clear();
    if (this.#isClosing) return;
    const { services, retry, number } = this.#options;
    const { clock, logger, timers } = services.env;
    if (clock.monotonicMs() - this.#startedMs >= HEALTHY_AFTER_MS) retry.reset();
    const delayMs = retry.nextMs();
    logger.error('A worker thread has died, another takes its place', {
      thread: number,
      error: messageOf(reason),
      delayMs,
    });
    for (const run of this.#runs.values()) run.fail(died);
    this.#cancelRestart = timers.after(delayMs, () => this.#startWorker());
  }
}

async function answer(
  registry: Services['registry'],
  call: number,
  ask: RegistryCall,
  worker: RunningWorker,
): Promise<void> {
  try {
    const value =
      ask.method === 'schemaById'
        ? await registry.schemaById(ask.id)
        : ask.method === 'latest'
          ? await registry.latest(ask.subject)
          : await registry.register(ask.subject, ask.schema);
    worker.post({ kind: 'answer', call, value, error: undefined });
  } catch (error) {
    worker.post({ kind: 'answer', call, value: undefined, error: messageOf(error) });
  }
}

/** A query's run in a worker thread, from one worker to the next. */
class ThreadRun implements QueryRun {
  readonly #errors: QueryErrors;
  readonly #post: (message: ToWorker) => void;
  readonly #call: (call: Call) => Promise<unknown>;
  readonly #remove: (isToForget: boolean) => void;
  readonly thread: number;
  /** What its worker, and each later one, is told to start. */
  start: StartRun;
  current: RunState | undefined;
  isDown = false;

  constructor(
    start: StartRun,
    errors: QueryErrors,
    post: (message: ToWorker) => void,
    call: (call: Call) => Promise<unknown>,
    remove: (isToForget: boolean) => void,
    thread: number,
  ) {
    this.thread = thread;
    this.start = start;
    this.#errors = errors;
    this.#post = post;
    this.#call = call;
    this.#remove = remove;
  }

  get deaths(): readonly QueryError[] {
    return this.#errors.last;
  }

  take(state: RunState): void {
    this.current = state;
    this.isDown = false;
  }

  /** Called when its worker has died. */
  fail(died: Error): void {
    this.#errors.add(died);
    this.current = undefined;
    this.isDown = true;
  }

  async fresh(): Promise<RunState | undefined> {
    const state = await this.#ask('fresh');
    if (state !== undefined) this.take(state);
    return state;
  }

  pause(): void {
    this.start = { ...this.start, paused: true };
    this.#post({ kind: 'pause', run: this.start.run });
  }

  resume(): void {
    this.start = { ...this.start, paused: false };
    this.#post({ kind: 'resume', run: this.start.run });
  }

  async close(forget = false): Promise<void> {
    let isToForget = false;
    try {
      await this.#call({ kind: 'close', run: this.start.run, forget });
    } catch (error) {
      if (!(error instanceof ThreadDied)) throw error;
      isToForget = forget;
    } finally {
      this.#remove(isToForget);
    }
  }

  async caughtUp(): Promise<RunState | undefined> {
    const state = await this.#ask('caughtUp');
    if (state !== undefined) this.take(state);
    return state;
  }

  /** Also undefined while there is no worker. */
  async #ask(kind: 'caughtUp' | 'fresh'): Promise<RunState | undefined> {
    try {
      return (await this.#call({ kind, run: this.start.run })) as RunState | undefined;
    } catch (error) {
      if (error instanceof ThreadDied) return undefined;
      throw error;
    }
  }
}
