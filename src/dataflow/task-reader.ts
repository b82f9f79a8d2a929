import type { Logger } from '../base/env.ts';
import { type CommittedOffset, type Fetched, type LogAdmin, type LogReader, OffsetOutOfRange } from '../log/api.ts';
import { routeOf, type TaskSet } from './task-set.ts';

export interface TaskReaderOptions {
  readonly reader: LogReader;
  readonly admin: LogAdmin;
  readonly tasks: TaskSet;
  /** Where an offset that does not exist is replaced: as Kafka's consumer, by `auto.offset.reset`. */
  readonly offsetReset: 'earliest' | 'latest';
  readonly logger: Logger;
  readonly queryId: string;
}

/** Fetches for a set of tasks: what each reads goes to it. */
export class TaskReader {
  readonly #o: TaskReaderOptions;

  constructor(options: TaskReaderOptions) {
    this.#o = options;
  }

  /** Reads for the tasks there are now: from `starts`, where it says nothing on from where it was. */
  assign(starts: ReadonlyMap<string, CommittedOffset> = new Map()): void {
    const { reader, tasks } = this.#o;
    const assigned: CommittedOffset[] = [];
    for (const task of tasks.tasks) {
      for (const input of task.inputs) {
        const at = { topic: input.topic, partition: input.partition };
        input.isHeldBack = false;
        assigned.push(starts.get(routeOf(at.topic, at.partition)) ?? { ...at, offset: reader.position(at) });
      }
    }
    reader.assign(assigned);
  }

  /** Waits up to `timeoutMs` for something to read and hands it to its tasks; false: nothing came. @throws see LogReader.poll */
  async poll(timeoutMs: number): Promise<boolean> {
    const { reader, tasks } = this.#o;
    let fetched: readonly Fetched[];
    try {
      fetched = await reader.poll(timeoutMs);
    } catch (error) {
      if (!(error instanceof OffsetOutOfRange)) throw error;
      await this.#seekIntoRange(error);
      return false;
    }
    for (const part of fetched) tasks.route(part.topic, part.partition)?.add(part);
    return fetched.length > 0;
  }

  /** Inputs that wait for another one of their task are not fetched further: what has been fetched is in memory. */
  holdBack(): void {
    const { reader, tasks } = this.#o;
    for (const { inputs } of tasks.tasks) {
      if (inputs.length === 1) continue;
      for (const input of inputs) {
        if (input.hasRecord === input.isHeldBack) continue;
        input.isHeldBack = input.hasRecord;
        if (input.isHeldBack) reader.pause(input);
        else reader.resume(input);
      }
    }
  }

  /** A poll that waits returns at once. */
  wakeup(): void {
    this.#o.reader.wakeup();
  }

  async close(): Promise<void> {
    await this.#o.reader.close();
  }

  /** The offset is gone (retention) or not there (a topic made anew). */
  async #seekIntoRange({ at, offset }: OffsetOutOfRange): Promise<void> {
    const { reader, admin, tasks, offsetReset, logger, queryId } = this.#o;
    const to = offsetReset === 'latest' ? await admin.latestOffset(at) : await admin.earliestOffset(at);
    logger.warn('offset is out of range, resetting', { queryId, ...at, offset, to });
    reader.seek(at, to);
    const input = tasks.input(at.topic, at.partition);
    if (input !== undefined) input.position = to;
  }
}
