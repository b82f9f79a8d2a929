import type { ProcessingLogEntry } from '../../base/env.ts';
import type { RegistrySchema } from '../../formats/api.ts';
import type { LogAsk, PlainError } from '../../log/embedded/shared-log.ts';
import type { QueryPlan } from '../../plan/steps/steps.ts';
import type { RunState } from './query-run.ts';

export interface StartRun {
  readonly kind: 'start';
  readonly run: number;
  readonly plan: QueryPlan;
  readonly properties: Readonly<Record<string, unknown>>;
  /** The server's configuration when the query started. */
  readonly server: Readonly<Record<string, string>>;
  readonly paused: boolean;
}

/** From the main thread to a worker. */
export type ToWorker =
  | StartRun
  /** Drops the state of a query that was removed for good and ended while there was no worker. */
  | { readonly kind: 'forget'; readonly queryId: string }
  | { readonly kind: 'pause' | 'resume'; readonly run: number }
  /** Answered with `done`. */
  | { readonly kind: 'close'; readonly run: number; readonly forget: boolean; readonly call: number }
  | { readonly kind: 'caughtUp' | 'fresh'; readonly run: number; readonly call: number }
  | { readonly kind: 'stop'; readonly call: number }
  /** The answer to `ask`. */
  | {
      readonly kind: 'logAnswer';
      readonly call: number;
      readonly value: unknown;
      readonly error: PlainError | undefined;
    }
  /** The answer to `registry`. */
  | { readonly kind: 'answer'; readonly call: number; readonly value: unknown; readonly error: string | undefined };

/** A worker's request to the registry, which is in the main thread. */
export type RegistryCall =
  | { readonly method: 'schemaById'; readonly id: number }
  | { readonly method: 'register'; readonly subject: string; readonly schema: RegistrySchema }
  | { readonly method: 'latest'; readonly subject: string };

/** From a worker to the main thread. */
export type FromWorker =
  | { readonly kind: 'state'; readonly run: number; readonly state: RunState }
  | { readonly kind: 'done'; readonly call: number; readonly value: unknown; readonly error: string | undefined }
  | { readonly kind: 'log'; readonly entry: ProcessingLogEntry }
  /** A request to the embedded log in the main thread; answered with `logAnswer`. */
  | { readonly kind: 'ask'; readonly call: number; readonly ask: LogAsk }
  | { readonly kind: 'registry'; readonly call: number; readonly ask: RegistryCall };

/** Half of a connection between two threads. */
export interface MessagePortLike<Out, In> {
  /** `moved`: memory that is transferred instead of copied. */
  post(message: Out, moved?: readonly ArrayBuffer[]): void;
  onMessage(handler: (message: In) => void): void;
}
