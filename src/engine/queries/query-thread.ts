import { messageOf, SluiceError } from '../../base/errors.ts';
import type { QueryPlan } from '../../plan/steps/steps.ts';
import type { Config } from '../config/config.ts';
import type { Services } from '../services.ts';
import type { QueryRun, RunState } from './query-run.ts';
import type { FromWorker, MessagePortLike, RegistryCall, ToWorker } from './thread-messages.ts';

/** Without `call`, which the thread numbers. */
type Call =
  | { readonly kind: 'close'; readonly run: number; readonly forget: boolean }
  | { readonly kind: 'caughtUp' | 'fresh'; readonly run: number }
  | { readonly kind: 'stop' };

/** A worker thread as the main thread sees it: starts runs there, hears how they stand, answers for the registry. */
export class QueryThread {
  readonly #port: MessagePortLike<ToWorker, FromWorker>;
  readonly #runs = new Map<number, ThreadRun>();
  readonly #calls = new Map<number, { resolve: (value: unknown) => void; reject: (error: unknown) => void }>();
  #nextId = 1;
  readonly #nowMs: () => number;
  #failure: unknown;

  constructor(
    port: MessagePortLike<ToWorker, FromWorker>,
    services: Pick<Services, 'env' | 'processingLog' | 'registry'>,
  ) {
    this.#nowMs = () => services.env.clock.nowMs();
    this.#port = port;
    port.onMessage((message) => {
      switch (message.kind) {
        case 'state':
          this.#runs.get(message.run)?.take(message.state);
          break;
        case 'log':
          services.processingLog.write(message.entry);
          break;
        case 'registry':
          void this.#ask(services.registry, message.call, message.ask);
          break;
        case 'done': {
          const call = this.#calls.get(message.call);
          this.#calls.delete(message.call);
          if (message.error === undefined) call?.resolve(message.value);
          else call?.reject(new SluiceError('INTERNAL', message.error));
          break;
        }
      }
    });
  }

  start(plan: QueryPlan, properties: Readonly<Record<string, unknown>>, server: Config, paused: boolean): QueryRun {
    const id = this.#nextId++;
    const run = new ThreadRun(
      (kind) => this.#port.post({ kind, run: id }),
      (forget) => this.call({ kind: 'close', run: id, forget }),
      (kind) => this.call({ kind, run: id }) as Promise<RunState | undefined>,
      () => this.#runs.delete(id),
    );
    this.#runs.set(id, run);
    this.#port.post({ kind: 'start', run: id, plan, properties, server: Object.fromEntries(server.entries()), paused });
    return run;
  }

  call(what: Call): Promise<unknown> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure as Error);
    return new Promise((resolve, reject) => {
      const call = this.#nextId++;
      this.#calls.set(call, { resolve, reject });
      this.#port.post({ ...what, call });
    });
  }

  /** The thread has died: what waits for it waits in vain. */
  fail(error: unknown): void {
    this.#failure = error;
    for (const { reject } of this.#calls.values()) reject(error);
    this.#calls.clear();
    for (const run of this.#runs.values()) run.fail(error, this.#nowMs());
  }

  async #ask(registry: Services['registry'], call: number, ask: RegistryCall): Promise<void> {
    try {
      const value =
        ask.method === 'schemaById'
          ? await registry.schemaById(ask.id)
          : ask.method === 'latest'
            ? await registry.latest(ask.subject)
            : await registry.register(ask.subject, ask.schema);
      this.#port.post({ kind: 'answer', call, value, error: undefined });
    } catch (error) {
      this.#port.post({ kind: 'answer', call, value: undefined, error: messageOf(error) });
    }
  }
}

/** A query's run in a worker thread. */
class ThreadRun implements QueryRun {
  readonly #tell: (kind: 'pause' | 'resume') => void;
  readonly #close: (forget: boolean) => Promise<unknown>;
  readonly #ask: (kind: 'caughtUp' | 'fresh') => Promise<RunState | undefined>;
  readonly #forget: () => void;
  current: RunState | undefined;

  constructor(
    tell: (kind: 'pause' | 'resume') => void,
    close: (forget: boolean) => Promise<unknown>,
    ask: (kind: 'caughtUp' | 'fresh') => Promise<RunState | undefined>,
    forget: () => void,
  ) {
    this.#tell = tell;
    this.#close = close;
    this.#ask = ask;
    this.#forget = forget;
  }

  take(state: RunState): void {
    this.current = state;
  }

  /** Its thread has died. */
  fail(error: unknown, nowMs: number): void {
    if (this.current === undefined) return;
    const message = `The worker thread has died: ${messageOf(error)}`;
    const errors = [...this.current.errors, { timestamp: nowMs, message, type: 'UNKNOWN' as const }];
    this.current = { ...this.current, state: 'ERROR', errors, positions: [], units: [] };
  }

  async fresh(): Promise<RunState | undefined> {
    return (this.current = await this.#ask('fresh'));
  }

  pause(): void {
    this.#tell('pause');
  }

  resume(): void {
    this.#tell('resume');
  }

  async close(forget = false): Promise<void> {
    await this.#close(forget);
    this.#forget();
  }

  async caughtUp(): Promise<RunState | undefined> {
    const state = await this.#ask('caughtUp');
    this.current = state ?? this.current;
    return state;
  }
}
