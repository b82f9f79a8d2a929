import type { SourceRecord } from '../../../api/record.ts';
import type { Env } from '../../../../base/env.ts';
import type { Client } from '../connection.ts';
import { POSTGRES_ERRORS } from '../errors.ts';
import { cutAtAbort } from './snapshot/chunk-reading.ts';

/** The settings of heartbeats. */
export interface HeartbeatSettings {
  /** ms; 0: no heartbeats. */
  readonly intervalMs: number;
  /** A statement given by the user; undefined: none. */
  readonly query: string | undefined;
}

interface Surroundings {
  readonly timers: Env['timers'];
  readonly signal: AbortSignal;
  /** undefined: the form has no heartbeat records. */
  readonly record: (() => SourceRecord) | undefined;
  connect(): Promise<Client>;
  wake(): void;
  remark(text: string): void;
}

/**
 * Writes a heartbeat record at intervals, and executes a statement of the user: its changes come back through the
 * publication and show that the whole path works. The statement has a separate connection, because it may have to wait.
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
      // A statement that is still waiting is not executed again.
      this.#running ??= this.#run().finally(() => {
        this.#running = undefined;
      });
      this.start();
    });
  }

  /** Returns the record that is due, if any. */
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
