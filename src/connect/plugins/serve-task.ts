import type { Env } from '../../base/env.ts';
import type { Config } from '../api/config-spec.ts';
import type {
  KeysOfTopic,
  PartitionOffset,
  PreCommit,
  SinkTask,
  SinkTaskContext,
  SourceTask,
  SourceTaskContext,
} from '../api/connector.ts';
import { ConnectError } from '../api/errors.ts';
import type { SinkRecord } from '../api/record.ts';
import type { Partitions, TaskShape } from './messages.ts';
import type { PackedSink, PackedSource } from './record-columns.ts';
import { RecordPacker, RecordUnpacker } from './record-columns.ts';
import { plainError, type PlainError } from './plain-error.ts';
import type { Speaker } from './speaker.ts';

export interface TaskPlace {
  readonly of: number;
  readonly connector: string;
  readonly taskId: number;
}

/** A task of a plug-in, in its thread. */
export class ServedTask {
  readonly #task: SourceTask & SinkTask;
  readonly #type: 'source' | 'sink';
  readonly #className: string;
  readonly #aborted = new AbortController();
  readonly #packer = new RecordPacker();
  readonly #unpacker = new RecordUnpacker();
  /** Where a record was put: the number of the put, and its index in it. */
  readonly #places = new WeakMap<SinkRecord, readonly [put: number, place: number]>();
  #puts = 0;

  /** @throws ConnectError for a task that lacks a method */
  constructor(
    createTask: () => SourceTask | SinkTask,
    { type, className }: { readonly type: 'source' | 'sink'; readonly className: string },
  ) {
    const task = createTask() as (SourceTask & SinkTask) | undefined;
    for (const part of ['start', type === 'source' ? 'poll' : 'put', 'stop'] as const)
      if (typeof task?.[part] !== 'function')
        throw new ConnectError(`The task of ${className} has no ${part}: a function`);
    this.#task = task!;
    this.#type = type;
    this.#className = className;
  }

  abort(): void {
    this.#aborted.abort();
  }

  async start(config: Config, env: Env, speaker: Speaker, place: TaskPlace): Promise<TaskShape> {
    const context = this.#type === 'source' ? this.#source(env, speaker, place) : this.#sink(env, speaker, place);
    await this.#task.start(config, context as SourceTaskContext & SinkTaskContext);
    const has = (part: keyof TaskShape): boolean => typeof this.#task[part] === 'function';
    return { commit: has('commit'), flush: has('flush'), preCommit: has('preCommit'), close: has('close') };
  }

  async poll(): Promise<PackedSource> {
    const polled = (await this.#task.poll()) as Awaited<ReturnType<SourceTask['poll']>> | null | undefined;
    // Java's tasks return null when there is nothing.
    if (polled === null || polled === undefined) return this.#packer.source([]);
    if (!Array.isArray(polled) && typeof (polled as { record?: unknown }).record !== 'function')
      throw new ConnectError(`What poll of ${this.#className} returns is neither a list of records nor a batch`);
    return this.#packer.source(polled);
  }

  async commit(): Promise<void> {
    await this.#task.commit?.();
  }

  async put(packed: PackedSink): Promise<void> {
    const records = this.#unpacker.sink(packed);
    const put = ++this.#puts;
    for (const [place, record] of records.entries()) this.#places.set(record, [put, place]);
    await this.#task.put(records);
  }

  async flush(): Promise<void> {
    await this.#task.flush?.();
  }

  async preCommit(reached: readonly PartitionOffset[], everything: boolean): Promise<PreCommit> {
    const answer = (await this.#task.preCommit?.(reached, everything)) as Partial<PreCommit> | undefined;
    if (!Array.isArray(answer?.offsets))
      throw new ConnectError(`What preCommit of ${this.#className} returns has no offsets: a list`);
    return { offsets: answer.offsets as readonly PartitionOffset[], more: answer.more === true };
  }

  async close(partitions: Partitions): Promise<void> {
    await this.#task.close?.(partitions);
  }

  async stop(): Promise<void> {
    this.abort();
    await this.#task.stop();
  }

  #common(env: Env, speaker: Speaker, { of, connector, taskId }: TaskPlace) {
    return {
      connector,
      taskId,
      env,
      signal: this.#aborted.signal,
      trouble: (error: unknown) => speaker.notify(of, 'trouble', error === undefined ? undefined : plainError(error)),
      raiseError: (error: unknown) => speaker.notify(of, 'raiseError', plainError(error)),
    };
  }

  #source(env: Env, speaker: Speaker, place: TaskPlace): SourceTaskContext {
    const { of } = place;
    return {
      ...this.#common(env, speaker, place),
      offset: (partition) => speaker.ask(of, 'offset', partition),
      endOffsets: (topic) => speaker.askLater(of, 'endOffsets', topic),
      recordsOf: async (topic, partition, from) => {
        const { records, next } = await speaker.askLater(of, 'recordsOf', topic, partition, from);
        const bytes = (side: Uint8Array | null): Buffer | null => (side === null ? null : Buffer.from(side));
        return { records: records.map(({ key, value }) => ({ key: bytes(key), value: bytes(value) })), next };
      },
      liveKeys: (topic, before) => liveKeys(speaker, of, topic, before),
      remark: (text) => speaker.notify(of, 'remark', String(text), undefined),
      declareTopic: (declaration) => speaker.notify(of, 'declareTopic', declaration),
      report: (progress) => speaker.notify(of, 'report', progress),
    };
  }

  #sink(env: Env, speaker: Speaker, place: TaskPlace): SinkTaskContext {
    const { of } = place;
    return {
      ...this.#common(env, speaker, place),
      topics: () => speaker.ask(of, 'topics'),
      allTopics: () => speaker.ask(of, 'allTopics'),
      hasWritten: (target) => speaker.ask(of, 'hasWritten', target),
      wrote: (target) => speaker.notify(of, 'wrote', target),
      incarnation: (topic) => speaker.ask(of, 'incarnation', topic),
      committed: (topic, partition) => speaker.ask(of, 'committed', topic, partition),
      remark: (text, instead) => speaker.notify(of, 'remark', String(text), instead),
      reportErrant: async (record, error) => {
        const at = this.#places.get(record);
        if (at === undefined)
          throw new ConnectError(`${this.#className} reports a record that it was not given: report the very object`);
        await speaker.askLater(of, 'reportErrant', at[0], at[1], plainError(error) satisfies PlainError);
      },
    };
  }
}

async function* liveKeys(
  speaker: Speaker,
  of: number,
  topic: string,
  before: readonly number[] | undefined,
): AsyncGenerator<KeysOfTopic> {
  const walk = await speaker.askLater(of, 'liveKeys', topic, before);
  try {
    for (;;) {
      const part = await speaker.askLater(of, 'nextKeys', walk);
      if (part === undefined) return;
      yield { ...part, keys: part.keys.map((key) => Buffer.from(key)) };
    }
  } finally {
    speaker.notify(of, 'endKeys', walk);
  }
}
