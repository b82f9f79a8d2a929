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
  /** Where an offset that does not exist is replaced, as Kafka's consumer does it. */
  readonly beginnings: Beginnings;
  readonly logger: Logger;
  readonly queryId: string;
}

/** Fetches for a set of tasks: what each reads goes to it. */
export class TaskReader {
  /** Something has been fetched. */
  #hasRead = false;
  readonly #options: TaskReaderOptions;

  constructor(options: TaskReaderOptions) {
    this.#options = options;
  }

  /** Reads for the tasks there are now: from `starts`, where it says nothing on from where it was. */
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

  /**
   * Waits up to `timeoutMs` for something to read and hands it to its tasks; false: nothing came. @throws see
   * LogReader.poll
   */
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
   * What an input owes of its history may be gone since: a topic created again, a leader that had less. To be asked
   * when nothing has come for a while. @throws SluiceError LOG_UNAVAILABLE, NOT_FOUND
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
   * After a pause: a table that is to be read before its streams, and is not yet, is read to where it stands now; all
   * where nothing was read.
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
   * Inputs that wait for another one of their task, or for a schema, are not fetched further: what has been fetched is
   * in memory. Streams whose records would come before a table that has no event times are not fetched at all, until
   * that is read as far as it went when the query began.
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

  /** A poll that waits returns at once. */
  wakeup(): void {
    this.#options.reader.wakeup();
  }

  async close(): Promise<void> {
    await this.#options.reader.close();
  }

  /**
   * The offset is gone (retention) or not there; a topic that is known to be created again is read from its beginning.
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
    // What is there now is what there is to read; the end of the topic that was there before says nothing of this one.
    input.historyEnd = end;
    input.endOffset = end;
  }

  /**
   * Where compaction or deletion took the last records, the reader goes on behind them without handing out anything.
   */
  #skipGaps(): void {
    const { reader, tasks } = this.#options;
    for (const { inputs } of tasks.tasks)
      for (const input of inputs)
        if (input.isBehind && !input.hasRecord) input.position = Math.max(input.position, reader.position(input));
  }
}
