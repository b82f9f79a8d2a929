import type { Clock } from '../../../base/env.ts';
import type { State } from '../../client/api.ts';
import { Sampled } from './sampled.ts';

/** What a task does, in the terms of Kafka Connect's metrics, since the worker created it and over its restarts. */
export class TaskMeter {
  readonly #clock: Clock;
  /** Records that a source's poll returned or a sink read. */
  taken = 0;
  /** Records after the transforms: written by a source, or handed to a sink. */
  moved = 0;
  /** Records that were taken and are not committed yet. */
  open = 0;
  /** The number of such records, each time that some were taken. */
  readonly openCounts = new Sampled();
  readonly takenRate = new Sampled();
  readonly movedRate = new Sampled();
  /** Duration in ms of a source's polls, or of a sink's puts. */
  readonly batchMs = new Sampled();
  readonly batchSize = new Sampled();
  /** Commits of a source's records, or of a sink's offsets. */
  commits = 0;
  failedCommits = 0;
  readonly commitMs = new Sampled();
  /** Errors of records, whatever their consequence; and, of these, records that were skipped or logged. */
  failures = 0;
  skipped = 0;
  logged = 0;
  deadLetters = 0;
  /** Ms since the epoch; 0: never. */
  lastErrorMs = 0;
  /** Age in ms of the last change when it was written, for a source that knows when its changes were made. */
  behindMs: number | undefined;
  /** The time of that change, in ms since the epoch. */
  lastEventMs: number | undefined;

  readonly #began: number;
  #state: State = 'UNASSIGNED';
  #sinceMs: number;
  /** Time in ms in each state, except the current stay. */
  readonly #stays = new Map<State, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#began = this.#sinceMs = this.nowMs;
  }

  /** Enters a state. */
  entered(state: State): void {
    if (state === this.#state) return;
    const now = this.nowMs;
    this.#stays.set(this.#state, (this.#stays.get(this.#state) ?? 0) + now - this.#sinceMs);
    this.#state = state;
    this.#sinceMs = now;
  }

  /** The share of its time that the task spent in a state, from 0 to 1. */
  shareOf(state: State): number {
    const now = this.nowMs;
    const stay = (this.#stays.get(state) ?? 0) + (state === this.#state ? now - this.#sinceMs : 0);
    return now === this.#began ? Number(state === this.#state) : stay / (now - this.#began);
  }

  /** The clock of rates. */
  get nowMs(): number {
    return this.#clock.monotonicMs();
  }

  /** Records a poll or a put of `count` records that began at `beganMs`. */
  batch(count: number, beganMs: number): void {
    if (count === 0) return;
    const now = this.nowMs;
    this.batchMs.record(now - beganMs, now);
    this.batchSize.record(count, now);
  }

  take(count: number): void {
    this.taken += count;
    this.open += count;
    this.takenRate.record(count, this.nowMs);
    this.openCounts.record(this.open, this.nowMs);
  }

  move(count: number): void {
    this.moved += count;
    this.movedRate.record(count, this.nowMs);
  }

  /** Commits what was taken; after a failure it will be taken again. */
  async commit<T>(work: () => Promise<T>): Promise<T> {
    const began = this.nowMs;
    try {
      const result = await work();
      this.commits++;
      this.commitMs.record(this.nowMs - began, this.nowMs);
      return result;
    } catch (error) {
      this.failedCommits++;
      throw error;
    } finally {
      this.open = 0;
    }
  }

  failed(how: { readonly isSkipped: boolean; readonly isLogged: boolean }): void {
    this.failures++;
    if (how.isSkipped) this.skipped++;
    if (how.isLogged) this.logged++;
    this.lastErrorMs = this.#clock.nowMs();
  }

  /** Records that changes were written, the last of which was made at this time, in ms since the epoch. */
  changesWritten(madeAtMs: number): void {
    this.lastEventMs = this.#clock.nowMs();
    this.behindMs = Math.max(0, this.lastEventMs - madeAtMs);
  }
}
