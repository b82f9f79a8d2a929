import type { Env } from '../../base/env.ts';
import type { Config } from '../api/config-spec.ts';
import type { KeysOfTopic, SinkTask, SinkTaskContext, SourceTask, SourceTaskContext } from '../api/connector.ts';
import { NO_RECORDS, type SinkRecord, type SourceBatch } from '../api/record.ts';
import { errorOf, type PlainError } from './plain-error.ts';
import { heardError, type Listener } from './plugin-thread.ts';
import { RecordPacker, RecordUnpacker } from './record-columns.ts';
import { Seat } from './seat.ts';
import type { ThreadPlace } from './threads.ts';

/** How long a poll may continue when the task must stop, in ms. */
const POLL_ENDS_MS = 1000;

/**
 * A source task whose code runs in another thread. One poll is in progress at a time, so that records do not
 * accumulate.
 */
export class ThreadedSourceTask implements SourceTask {
  readonly #seat: Seat;
  readonly #env: Env;
  #unpacker = new RecordUnpacker();
  #signal: AbortSignal | undefined;
  #hasCommit = false;

  constructor(place: ThreadPlace, env: Env) {
    this.#seat = new Seat(place, env);
    this.#env = env;
  }

  async start(config: Config, context: SourceTaskContext): Promise<void> {
    this.#signal = context.signal;
    // Each start recreates the task in the thread, and its schemas are sent again.
    this.#unpacker = new RecordUnpacker();
    const walks = new Walks(context);
    this.#seat.take({
      signal: context.signal,
      listener: {
        ...common(context),
        offset: (partition) => context.offset(partition),
        endOffsets: (topic) => context.endOffsets(topic),
        recordsOf: (topic, partition, from) => context.recordsOf(topic, partition, from),
        liveKeys: (topic, before) => walks.begin(topic, before),
        nextKeys: (walk) => walks.next(walk),
        endKeys: (walk) => walks.end(walk),
        remark: (text) => context.remark(text),
        declareTopic: (declaration) => context.declareTopic(declaration),
        report: (progress) => context.report(progress),
      },
    });
    const { commit } = await this.#seat.call('startTask', config.raw, context.connector, context.taskId);
    this.#hasCommit = commit;
  }

  async poll(): Promise<SourceBatch> {
    const packed = await this.#untilStopped(this.#seat.call('poll'));
    return packed === undefined ? NO_RECORDS : this.#unpacker.source(packed);
  }

  async commit(): Promise<void> {
    if (this.#hasCommit) await this.#seat.call('commit');
  }

  stop(): Promise<void> {
    return this.#seat.leave();
  }

  /** If a poll returns too late after a stop, its result is discarded as if it had not been made. */
  #untilStopped<T>(work: Promise<T>): Promise<T | undefined> {
    const signal = this.#signal!;
    return new Promise((resolve, reject) => {
      let cancel = (): void => {};
      const stopping = (): void => {
        cancel = this.#env.timers.after(POLL_ENDS_MS, () => resolve(undefined));
      };
      const over = (): void => {
        cancel();
        signal.removeEventListener('abort', stopping);
      };
      if (signal.aborted) stopping();
      else signal.addEventListener('abort', stopping, { once: true });
      work.then(
        (value) => {
          over();
          resolve(value);
        },
        (error: unknown) => {
          over();
          reject(error as Error);
        },
      );
    });
  }
}

/** A sink task whose code runs in another thread. */
export class ThreadedSinkTask implements SinkTask {
  readonly #seat: Seat;
  #packer = new RecordPacker();
  #hasFlush = false;
  /** Records since the last flush, by the number of their put: a task may still report them. */
  readonly #puts = new Map<number, readonly SinkRecord[]>();
  #lastPut = 0;
  /** Present from the start on, if the task in the thread has it. */
  preCommit: SinkTask['preCommit'];
  #hasClose = false;

  constructor(place: ThreadPlace, env: Env) {
    this.#seat = new Seat(place, env);
  }

  async start(config: Config, context: SinkTaskContext): Promise<void> {
    this.#packer = new RecordPacker();
    this.#puts.clear();
    this.#lastPut = 0;
    this.#seat.take({
      signal: context.signal,
      listener: {
        ...common(context),
        topics: () => context.topics(),
        allTopics: () => context.allTopics(),
        hasWritten: (target) => context.hasWritten(target),
        wrote: (target) => context.wrote(target),
        incarnation: (topic) => context.incarnation(topic),
        committed: (topic, partition) => context.committed(topic, partition),
        remark: (text, instead) => context.remark(text, instead),
        reportErrant: (put, record, error) => context.reportErrant(this.#recordOf(put, record), errorOf(error)),
      },
    });
    const shape = await this.#seat.call('startTask', config.raw, context.connector, context.taskId);
    this.#hasFlush = shape.flush;
    this.#hasClose = shape.close;
    this.preCommit = shape.preCommit
      ? async (reached, everything) => {
          const answer = await this.#seat.call('preCommit', reached, everything);
          this.#puts.clear();
          return answer;
        }
      : undefined;
  }

  async put(records: readonly SinkRecord[]): Promise<void> {
    this.#puts.set(++this.#lastPut, records);
    await this.#seat.call('put', this.#packer.sink(records));
  }

  async flush(): Promise<void> {
    if (this.#hasFlush) await this.#seat.call('flush');
    this.#puts.clear();
  }

  async close(partitions: Parameters<NonNullable<SinkTask['close']>>[0]): Promise<void> {
    if (this.#hasClose) await this.#seat.call('close', partitions);
  }

  stop(): Promise<void> {
    return this.#seat.leave();
  }

  #recordOf(put: number, record: number): SinkRecord {
    const found = this.#puts.get(put)?.[record];
    if (found === undefined)
      throw new Error('The record is none that was put since the last flush: its offset is committed already');
    return found;
  }
}

function common(context: SourceTaskContext | SinkTaskContext): Listener {
  const { logger } = context.env;
  return {
    log: (level, message, fields) => logger[level](message, fields),
    trouble: (error: PlainError | undefined) => context.trouble(heardError(error)),
    ended: (cause) => context.raiseError(cause),
  };
}

/** Iterations over the keys of topics that are in progress. */
class Walks {
  readonly #context: SourceTaskContext;
  readonly #open = new Map<number, AsyncGenerator<KeysOfTopic>>();
  #last = 0;

  constructor(context: SourceTaskContext) {
    this.#context = context;
  }

  async begin(topic: string, before: readonly number[] | undefined): Promise<number> {
    this.#open.set(++this.#last, this.#context.liveKeys(topic, before));
    return this.#last;
  }

  async next(walk: number): Promise<KeysOfTopic | undefined> {
    const next = await this.#open.get(walk)?.next();
    if (next !== undefined && next.done !== true) return next.value;
    this.#open.delete(walk);
    return undefined;
  }

  end(walk: number): void {
    void this.#open.get(walk)?.return(undefined);
    this.#open.delete(walk);
  }
}
