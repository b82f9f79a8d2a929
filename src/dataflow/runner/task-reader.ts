import type { Logger } from '../../base/env.ts';
import {
  type CommittedOffset,
  type Fetched,
  type LogAdmin,
  type LogReader,
  OffsetOutOfRange,
  TopicAnew,
} from '../../log/api.ts';
import { type Beginnings, resetOf } from './beginnings.ts';
import { routeOf, type TaskSet } from './task-set.ts';

export interface TaskReaderOptions {
  readonly reader: LogReader;
  readonly admin: LogAdmin;
  readonly tasks: TaskSet;
  /** Replaces offsets that do not exist, as Kafka's consumer does. */
  readonly beginnings: Beginnings;
  readonly logger: Logger;
  readonly queryId: string;
}

/** Fetches records for a set of tasks and hands each input's records to its task. */
export class TaskReader {
  /** Whether anything has been fetched. */
  #hasRead = false;
  readonly #options: TaskReaderOptions;

  constructor(options: TaskReaderOptions) {
    this.#options = options;
  }

  /** Reads for the current tasks: from `starts`, otherwise from the previous positions. */
  assign(starts: ReadonlyMap<string, CommittedOffset> = new Map()): void {
    const { reader, tasks } = this.#options;
    const assigned: CommittedOffset[] = [];
    for (const task of tasks.tasks) {
      for (const input of task.inputs) {
        const at = { topic: input.topic, partition: input.partition };
        input.isHeldBack = false;
        assigned.push(starts.get(routeOf(at.topic, at.partition)) ?? { ...at, offset: reader.position(at) });
      }
    }
    reader.assign(assigned);
    this.holdBack();
  }

  /** Waits up to `timeoutMs` for records and hands them to their tasks; false: none came. @throws see LogReader.poll */
  async poll(timeoutMs: number): Promise<boolean> {
    const { reader, tasks } = this.#options;
    let fetched: readonly Fetched[];
    try {
      fetched = await reader.poll(timeoutMs);
    } catch (error) {
      if (!(error instanceof OffsetOutOfRange)) throw error;
      await this.#seekIntoRange(error);
      return false;
    }
    for (const part of fetched) tasks.route(part.topic, part.partition)?.add(part);
    if (fetched.length === 0) this.#skipGaps();
    else this.#hasRead = true;
    return fetched.length > 0;
  }

  /**
   * Checks whether the rest of an input's history still exists: its topic may have been created again, or a new leader
   * may have fewer records. Called when nothing has come for a while. @throws SluiceError LOG_UNAVAILABLE, NOT_FOUND
   */
  async checkHistory(): Promise<void> {
    const { admin, tasks } = this.#options;
    for (const { inputs } of tasks.tasks) {
      for (const input of inputs) {
        if (!input.owesHistory || input.hasRecord || input.isBarred) continue;
        input.historyEnd = Math.min(input.historyEnd, await admin.latestOffset(input));
      }
    }
  }

  /**
   * After a pause: a table that must be read before its streams, and has not been, is read up to its current end; so
   * are all inputs of which nothing was read.
   */
  async extendHistory(): Promise<void> {
    const { admin, tasks } = this.#options;
    for (const { inputs } of tasks.tasks)
      for (const input of inputs)
        if (input.hasReadTimes && (input.owesHistory || !this.#hasRead))
          input.historyEnd = await admin.latestOffset(input);
    this.holdBack();
  }

  /**
   * Inputs that wait for another input of their task, or for a schema, are not fetched further, since fetched records
   * are in memory. Streams that would be ahead of a table without event times are not fetched at all until the table
   * has been read up to its end at the start of the query.
   */
  holdBack(): void {
    const { reader, tasks } = this.#options;
    for (const task of tasks.tasks) {
      const { inputs } = task;
      const waits = tasks.schemaWaits.isWaiting(task);
      if (inputs.length === 1 && !waits && !inputs[0]!.isHeldBack) continue;
      const bars = inputs.some((i) => i.hasReadTimes && i.owesHistory);
      for (const input of inputs) {
        input.isBarred = bars && !input.isTable;
        const holds = waits || (inputs.length > 1 && (input.hasRecord || input.isBarred));
        if (holds === input.isHeldBack) continue;
        input.isHeldBack = holds;
        if (input.isHeldBack) reader.pause(input);
        else reader.resume(input);
      }
    }
  }

  /** Ends a waiting poll at once. */
  wakeup(): void {
    this.#options.reader.wakeup();
  }

  async close(): Promise<void> {
    await this.#options.reader.close();
  }

  /**
   * The offset no longer exists (retention) or does not exist yet. A topic that is known to have been created again is
   * read from its beginning.
   */
  async #seekIntoRange(error: OffsetOutOfRange): Promise<void> {
    const { at, offset } = error;
    const { reader, admin, tasks, beginnings, logger, queryId } = this.#options;
    const input = tasks.input(at.topic, at.partition);
    const end = await admin.latestOffset(at);
    const toEnd = !(error instanceof TopicAnew) && input !== undefined && resetOf(input, beginnings) === 'latest';
    const to = toEnd ? end : await admin.earliestOffset(at);
    logger.warn('offset is out of range, resetting', { queryId, ...at, offset, to });
    reader.seek(at, to);
    if (input === undefined) return;
    input.position = to;
    // The current end counts; the end of the earlier topic says nothing about this one.
    input.historyEnd = end;
    input.endOffset = end;
  }

  /** Where compaction or deletion has removed the last records, the reader advances without returning anything. */
  #skipGaps(): void {
    const { reader, tasks } = this.#options;
    for (const { inputs } of tasks.tasks)
      for (const input of inputs)
        if (input.isBehind && !input.hasRecord) input.position = Math.max(input.position, reader.position(input));
  }
}
