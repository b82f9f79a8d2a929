import type { SourceRecord } from '../../../api/record.ts';
import type { Env } from '../../../../base/env.ts';
import type { Client } from '../connection.ts';
import { POSTGRES_ERRORS } from '../errors.ts';
import { cutAtAbort } from './snapshot/chunk-reading.ts';

/** What a heartbeat does. */
export interface HeartbeatSettings {
  /** ms; 0: there are none. */
  readonly intervalMs: number;
  /** A statement of the user's; undefined: none. */
  readonly query: string | undefined;
}

interface Surroundings {
  readonly timers: Env['timers'];
  readonly signal: AbortSignal;
  /** undefined: the form writes none. */
  readonly record: (() => SourceRecord) | undefined;
  connect(): Promise<Client>;
  wake(): void;
  remark(text: string): void;
}

/**
 * At intervals a record that the connector lives, and a statement of the user's: what that writes comes through the
 * publication, and shows that the whole way is open. The statement has a connection of its own, since it may wait.
 */
export class Heartbeats {
  readonly #settings: HeartbeatSettings;
  readonly #around: Surroundings;
  #due = false;
  #stopTimer: () => void = () => {};
  #running: Promise<void> | undefined;
  #client: Client | undefined;
  #release: () => void = () => {};

  constructor(settings: HeartbeatSettings, around: Surroundings) {
    this.#settings = settings;
    this.#around = around;
  }

  start(): void {
    const { intervalMs } = this.#settings;
    const { timers, signal } = this.#around;
    if (intervalMs === 0 || signal.aborted) return;
    this.#stopTimer = timers.after(intervalMs, () => {
      this.#due = this.#around.record !== undefined;
      this.#around.wake();
      // One that still waits is not asked again.
      this.#running ??= this.#run().finally(() => {
        this.#running = undefined;
      });
      this.start();
    });
  }

  /** The record that is due, if one is. */
  take(): SourceRecord | undefined {
    if (!this.#due) return undefined;
    this.#due = false;
    return this.#around.record!();
  }

  async stop(): Promise<void> {
    this.#stopTimer();
    await this.#running;
    this.#release();
    await this.#client?.end().catch(() => {});
  }

  async #run(): Promise<void> {
    const { query } = this.#settings;
    const { signal, remark } = this.#around;
    if (query === undefined) return;
    try {
      if (this.#client === undefined) {
        this.#client = await this.#around.connect();
        this.#release = cutAtAbort(this.#client, signal);
      }
      await this.#client.query(query);
    } catch (error) {
      if (signal.aborted) return;
      remark(`The statement of heartbeats ('heartbeat.action.query') fails: ${POSTGRES_ERRORS.reasonOf(error)}`);
      this.#release();
      await this.#client?.end().catch(() => {});
      this.#client = undefined;
    }
  }
}
