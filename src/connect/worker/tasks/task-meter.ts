import type { Clock } from '../../../base/env.ts';
import type { State } from '../../client/api.ts';
import { Sampled } from './sampled.ts';

/** What a task does, counted as Kafka Connect's metrics count it: since the worker has the task, over its restarts. */
export class TaskMeter {
  readonly #clock: Clock;
  /** Records that a source's poll gave, or that a sink read. */
  taken = 0;
  /** Records behind the transforms: written by a source, handed to a sink. */
  moved = 0;
  /** Records that are taken and not committed yet. */
  open = 0;
  /** How many those were each time that some were taken. */
  readonly openCounts = new Sampled();
  readonly takenRate = new Sampled();
  readonly movedRate = new Sampled();
  /** Milliseconds of a source's poll, or of a sink's put. */
  readonly batchMs = new Sampled();
  readonly batchSize = new Sampled();
  /** Commits of the records of a source, of the offsets of a sink. */
  commits = 0;
  failedCommits = 0;
  readonly commitMs = new Sampled();
  /** Errors of records, whatever became of them; and of those the ones that were passed over, or written to the log. */
  failures = 0;
  skipped = 0;
  logged = 0;
  deadLetters = 0;
  /** Ms since the epoch; 0: never. */
  lastErrorMs = 0;
  /** Age of the last change when it was written, in ms, of a source that knows when its changes were made. */
  behindMs: number | undefined;
  /** When that was, in ms since the epoch. */
  lastEventMs: number | undefined;

  readonly #began: number;
  #state: State = 'UNASSIGNED';
  #sinceMs: number;
  /** Ms in each state, but for the current stay. */
  readonly #stays = new Map<State, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#began = this.#sinceMs = this.nowMs;
  }

  /** The task is in this state from now on. */
  entered(state: State): void {
    if (state === this.#state) return;
    const now = this.nowMs;
    this.#stays.set(this.#state, (this.#stays.get(this.#state) ?? 0) + now - this.#sinceMs);
    this.#state = state;
    this.#sinceMs = now;
  }

  /** The share of its time that the task was in a state, from 0 to 1. */
  shareOf(state: State): number {
    const now = this.nowMs;
    const stay = (this.#stays.get(state) ?? 0) + (state === this.#state ? now - this.#sinceMs : 0);
    return now === this.#began ? Number(state === this.#state) : stay / (now - this.#began);
  }

  /** The time that rates count in. */
  get nowMs(): number {
    return this.#clock.monotonicMs();
  }

  /** A poll or a put of so many records, that began then. */
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

  /** What was taken stands, or will be taken again. */
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

  /** Changes were written of which the last was made then, in ms since the epoch. */
  saw(madeAtMs: number): void {
    this.lastEventMs = this.#clock.nowMs();
    this.behindMs = Math.max(0, this.lastEventMs - madeAtMs);
  }
}
