import type { SinkPartitions } from './sink-partitions.ts';
import { must } from '../../../base/assert.ts';
import { isSluiceError } from '../../../base/errors.ts';
import { Stretch } from '../../../base/stretch.ts';
import type { CommittedOffset, Fetched, LogReader, LogWriter, TopicPartition } from '../../../log/api.ts';
import { OffsetOutOfRange } from '../../../log/api.ts';
import { RecordCursor } from '../../../log/record-batch/cursor.ts';
import { decodeHeaders, type RecordHeader } from '../../../log/record-batch/headers.ts';
import type { SinkTask } from '../../api/connector.ts';
import { NeedsPreparation } from '../../api/converter.ts';
import type { SinkRecord } from '../../api/record.ts';
import { accused } from './blame.ts';
import { DeadLetterBox } from './dead-letter-box.ts';
import type { FailedRecord, Stage } from './error-policy.ts';
import { headerOf } from './header-text.ts';
import { commitRetrying } from './retrying.ts';
import type { TaskWork } from './task-runner.ts';
import type { TaskSite } from './task-site.ts';

/** The first pause before a call is made again, in ms. */
export const SINK_RETRY_FIRST_MS = 500;
/** How long a poll waits for records while something is to be committed, and while not. */
const POLL_TIMEOUT_MS = 100;
const IDLE_POLL_MS = 2000;
/** Offsets are committed at the latest this long after they were put, and at once when there is nothing to read. */
const COMMIT_INTERVAL_MS = 1000;
/** How often the set of topics and partitions is looked at: a look is free on the embedded log, a request on Kafka. */
const REFRESH_MS = 2000;
const KAFKA_REFRESH_MS = 15_000;
const RECORDS_PER_PUT = 5000;
/** Bytes of one poll of the embedded log: several puts, so that records are converted while the task writes. */
const POLL_BYTES_MAX = 4 << 20;
/** The clock is looked at each time these bits of a record's number are 0. */
const LOOK_MASK = 31;
/** Records are made ready for so long without a pause, in ms: answers of the target are waited for meanwhile. */
const STRETCH_MS = 2;
const NONE: readonly never[] = [];

interface RawRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly RecordHeader[];
  readonly timestamp: number;
}

/** A record that has to wait. */
interface Waiting {
  readonly ready: () => Promise<void>;
  /** Whether it is converted again then; else it has been put aside. */
  readonly again: boolean;
}

/**
 * The work of a sink task: read, convert, transform, put, flush, commit the consumed offsets. While the task puts some
 * records, the next ones are made ready; there is one put at a time.
 */
export class SinkWork implements TaskWork {
  readonly #site: TaskSite;
  #reader: LogReader | undefined;
  #writer: LogWriter | undefined;
  #refreshedAtMs = -Infinity;
  #committedAtMs = 0;
  readonly #task: SinkTask;
  readonly #assign: () => Promise<SinkPartitions>;
  readonly #group: string;
  /** A record that the task reports goes to the dead letter topic as it was read. */
  readonly #keepsRaw: boolean;
  readonly #stretch: Stretch;
  readonly #cursor = new RecordCursor();
  /** Records that wait for the next put. */
  #batch: SinkRecord[] = [];
  /** What is done when they have been put, by `topic partition`. */
  #reached = new Map<string, CommittedOffset>();
  /** The put that is in progress. Never rejects: `landed` tells. */
  #putting: Promise<void> | undefined;
  #fault: { readonly error: unknown } | undefined;
  /** Next offset to commit, by `topic partition`; of a task that holds records back, until it lets go of them. */
  readonly #done = new Map<string, CommittedOffset>();
  /** What was committed last, by `topic partition`. */
  readonly #committed = new Map<string, CommittedOffset>();
  /** What was fetched and waits for the end of a pause. */
  #held: readonly Fetched[] = [];
  #uncommitted = false;
  /** Raw bytes of records that a task may still report; only kept where dead letters have a topic. */
  readonly #raws = new WeakMap<SinkRecord, RawRecord>();
  readonly #letters: DeadLetterBox;
  #assigned: readonly TopicPartition[] = [];
  #allTopics: readonly string[] = [];
  readonly #announced = new Set<string>();
  /** Topic ids of the topics that are read, as a task asks for them. */
  #incarnations: ReadonlyMap<string, string> = new Map();
  /** Targets that the task has written to. */
  readonly #targets = new Set<string>();

  /** `assign`: the partitions of this task, found again at each call. */
  constructor(site: TaskSite, task: SinkTask, assign: () => Promise<SinkPartitions>) {
    this.#site = site;
    this.#task = task;
    this.#stretch = new Stretch(site.host.env, STRETCH_MS);
    this.#assign = assign;
    this.#group = `connect-${site.spec.connector}`;
    this.#letters = new DeadLetterBox(site);
    this.#keepsRaw = this.#letters.isKept;
  }

  start(): Promise<void> {
    const { host, spec } = this.#site;
    return this.#task.start(spec.config, {
      connector: spec.connector,
      taskId: spec.taskId,
      env: { ...host.env, logger: this.#site.logger },
      signal: this.#site.control.signal,
      trouble: (error) => this.#site.trouble(error),
      raiseError: accused(),
      topics: () => [...new Set(this.#assigned.map((p) => p.topic))],
      allTopics: () => this.#allTopics,
      hasWritten: (target) => this.#targets.has(target) || host.store.targets(spec.connector).includes(target),
      wrote: (target) => this.#targets.add(target),
      incarnation: (topic) => this.#incarnations.get(topic),
      committed: (topic, partition) => this.#committed.get(`${topic} ${partition}`),
      remark: (text, instead) => spec.onRemark(text, instead),
      reportErrant: async (record, error) => {
        const failed: FailedRecord = {
          stage: 'TASK_PUT',
          error,
          className: this.#site.classOf('TASK_PUT'),
          topic: record.originalTopic,
          partition: record.partition,
          offset: record.offset,
        };
        this.#site.policy.onFailure(failed);
        await this.#buryRaw(failed, this.#raws.get(record));
      },
    });
  }

  async open(): Promise<void> {
    const { host, spec, control } = this.#site;
    this.#reader = host.log.createReader(host.log.kind === 'embedded' ? { maxBytes: POLL_BYTES_MAX } : {});
    const writers = `${host.groupId}-${spec.connector}-`;
    // What tasks before left pending is ended now: it takes over their transactional ids, and would fence this task's
    // writer.
    await host.log.admin.committedOffsets(this.#group, { writers });
    this.#writer = await host.log.createWriter({ transactionalId: `${writers}${spec.taskId}` });
    control.onChange = () => this.#reader?.wakeup();
    this.#committedAtMs = host.env.clock.monotonicMs();
  }

  async round(): Promise<void> {
    try {
      await this.#move();
    } catch (error) {
      // What the put says came first.
      await this.#landed();
      throw error;
    }
  }

  async #move(): Promise<void> {
    const { host, control } = this.#site;
    const { clock } = host.env;
    const reader = this.#reader!;
    const writer = this.#writer!;
    const held = this.#held;
    this.#held = [];
    await this.#deliver(held);
    const refreshMs = host.log.kind === 'kafka' && this.#assigned.length > 0 ? KAFKA_REFRESH_MS : REFRESH_MS;
    if (clock.monotonicMs() - this.#refreshedAtMs > refreshMs) {
      await this.#site.retrying(() => this.#refresh(reader, writer));
      this.#refreshedAtMs = clock.monotonicMs();
    }
    let fetched: readonly Fetched[];
    try {
      fetched = this.#assigned.length === 0 ? await this.#idle() : await this.#next(reader);
    } catch (error) {
      if (control.stopped) return;
      if (!(await this.#repositioned(error, reader))) throw error;
      this.#refreshedAtMs = -Infinity;
      return;
    }
    // A poll that was in progress when a pause came may have taken what came after it.
    if (control.paused) this.#held = fetched;
    else await this.#deliver(fetched);
    const isDue = clock.monotonicMs() - this.#committedAtMs >= COMMIT_INTERVAL_MS;
    if ((this.#uncommitted && (fetched.length === 0 || isDue)) || (this.#holds && isDue)) {
      await this.#commit(writer);
      this.#committedAtMs = clock.monotonicMs();
    }
  }

  async settle(): Promise<void> {
    await this.#commit(this.#writer!, true);
  }

  stop(): Promise<void> {
    this.#site.control.onChange = () => {};
    return this.#task.stop();
  }

  async close(): Promise<void> {
    await this.#reader?.close().catch(() => {});
    await this.#writer?.close();
  }

  /** What is there to read; where there is nothing, the put is waited for first. */
  async #next(reader: LogReader): Promise<readonly Fetched[]> {
    if (this.#putting !== undefined) {
      const fetched = await this.#site.retrying(() => reader.poll(0));
      if (fetched.length > 0) return fetched;
      await this.#landed();
    }
    const idleMs = this.#holds ? COMMIT_INTERVAL_MS : IDLE_POLL_MS;
    return await this.#site.retrying(() => reader.poll(this.#uncommitted ? POLL_TIMEOUT_MS : idleMs));
  }

  /** Whether the task holds back what was put. */
  get #holds(): boolean {
    return !this.#uncommitted && this.#done.size > 0;
  }

  async #idle(): Promise<readonly Fetched[]> {
    await this.#site.host.env.timers.sleep(POLL_TIMEOUT_MS, this.#site.control.signal);
    return [];
  }

  /** Topics come and go, and grow partitions: begin where the group stands, else at the first record. */
  async #refresh(reader: LogReader, writer: LogWriter): Promise<void> {
    const { partitions: wanted, allTopics } = await this.#assign();
    this.#allTopics = allTopics;
    const id = (p: TopicPartition): string => `${p.topic} ${p.partition}`;
    if (wanted.length === this.#assigned.length && wanted.every((p, i) => id(p) === id(this.#assigned[i]!))) return;
    await this.#commit(writer);
    const before = new Map(this.#assigned.map((p) => [id(p), p]));
    await this.#closeAllBut(wanted);
    const stored = await this.#site.host.log.admin.committedOffsets(this.#group, { partitions: wanted });
    const committed = new Map(stored.map((c) => [id(c), c]));
    const latest = this.#site.spec.framework.offsetReset === 'latest';
    const positions: (TopicPartition & { offset: number })[] = [];
    for (const at of wanted) {
      const { admin } = this.#site.host.log;
      const first = await admin.earliestOffset(at);
      const kept = committed.get(id(at));
      if (kept === undefined) this.#committed.delete(id(at));
      else this.#committed.set(id(at), kept);
      const stored = kept?.offset;
      // What the task holds back is not read again.
      const position = this.#task.preCommit !== undefined && before.has(id(at)) ? reader.position(at) : stored;
      if (position !== undefined && position < first) this.#tellOfGone(at, position, first);
      positions.push({
        ...at,
        offset: position === undefined ? (latest ? await admin.latestOffset(at) : first) : Math.max(position, first),
      });
      if (!this.#announced.has(at.topic)) {
        this.#announced.add(at.topic);
        await this.#site.usesTopic(at.topic);
      }
    }
    this.#incarnations = await this.#incarnationsOf(wanted);
    reader.assign(positions);
    this.#assigned = wanted;
  }

  /** Partitions that are read elsewhere from now on: their offsets are no longer this task's. */
  async #closeAllBut(wanted: readonly TopicPartition[]): Promise<void> {
    const kept = new Set(wanted.map((p) => `${p.topic} ${p.partition}`));
    const gone = this.#assigned.filter((p) => !kept.has(`${p.topic} ${p.partition}`));
    if (gone.length === 0) return;
    for (const { topic, partition } of gone) {
      this.#done.delete(`${topic} ${partition}`);
      this.#committed.delete(`${topic} ${partition}`);
    }
    await this.#site.retrying(async () => this.#task.close?.(gone));
  }

  async #incarnationsOf(partitions: readonly TopicPartition[]): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>();
    for (const topic of new Set(partitions.map((p) => p.topic))) {
      const described = await this.#site.host.log.admin.describeTopic(topic);
      if (described?.id !== undefined) found.set(topic, `${described.id}/${described.partitions}`);
    }
    return found;
  }

  /** After retention took the next records, or the topic was deleted: true when reading can go on. */
  async #repositioned(error: unknown, reader: LogReader): Promise<boolean> {
    if (error instanceof OffsetOutOfRange) {
      const first = await this.#site.host.log.admin.earliestOffset(error.at);
      this.#tellOfGone(error.at, error.offset, first);
      reader.seek(error.at, first);
      // It may be another topic of the name.
      this.#incarnations = await this.#incarnationsOf(this.#assigned);
      return true;
    }
    if (isSluiceError(error, 'NOT_FOUND')) {
      this.#assigned = [];
      reader.assign([]);
      return true;
    }
    return false;
  }

  /** What was to be read is not there any more: retention took it, or the topic is another of its name. */
  #tellOfGone({ topic, partition }: TopicPartition, wanted: number, first: number): void {
    this.#site.spec.onRemark(
      wanted < first
        ? `${topic}-${partition}: records from offset ${wanted} to ${first - 1} were gone before they were read (retention of the topic)`
        : `${topic}-${partition}: offset ${wanted} is out of range, the topic has been made anew or cut: it is read again from offset ${first}`,
    );
  }

  async #deliver(fetched: readonly Fetched[]): Promise<void> {
    for (const part of fetched) await this.#gather(part);
    await this.#put();
  }

  /** Converts the records of one partition. */
  async #gather(fetched: Fetched): Promise<void> {
    const cursor = this.#cursor;
    const stretch = this.#stretch;
    const { topic, partition } = fetched;
    cursor.openFetched(fetched);
    while (cursor.next()) {
      const { columns } = cursor;
      this.#site.spec.meter.take(columns.count);
      const decoded = await this.#foresee(topic, partition);
      for (let i = 0; i < columns.count; i++) {
        if ((i & LOOK_MASK) === 0 && stretch.isOver) await stretch.pause();
        let record = this.#convert(topic, partition, i, decoded);
        while (record !== null && 'ready' in record) {
          await record.ready();
          record = record.again ? this.#convert(topic, partition, i, decoded) : null;
        }
        if (record !== null) this.#batch.push(record);
        if (this.#batch.length >= RECORDS_PER_PUT) {
          this.#reach(topic, partition, columns.offset[i]! + 1);
          await this.#put();
        }
      }
    }
    this.#reach(topic, partition, fetched.nextOffset);
  }

  #reach(topic: string, partition: number, offset: number): void {
    this.#reached.set(`${topic} ${partition}`, { topic, partition, offset });
  }

  /** Hands what is gathered to the task, once it has taken what it has. */
  async #put(): Promise<void> {
    await this.#landed();
    const batch = this.#batch;
    const reached = this.#reached;
    this.#batch = [];
    this.#reached = new Map();
    const taken = (): void => {
      for (const [id, offset] of reached) this.#done.set(id, offset);
      this.#uncommitted ||= reached.size > 0;
    };
    if (batch.length === 0) return taken();
    const putting = async (): Promise<void> => {
      const { totals, meter } = this.#site.spec;
      const began = meter.nowMs;
      try {
        await this.#site.retrying(() => this.#task.put(batch));
        totals.records += batch.length;
        meter.move(batch.length);
        meter.batch(batch.length, began);
        taken();
      } catch (error) {
        this.#fault = { error };
      }
    };
    this.#putting = putting();
  }

  /** Waits for the put that is in progress. @throws what it threw */
  async #landed(): Promise<void> {
    await this.#putting;
    this.#putting = undefined;
    const fault = this.#fault;
    this.#fault = undefined;
    if (fault !== undefined) throw fault.error;
  }

  /**
   * Where transforms or converters run in other threads: asks them for all records of the batch that the cursor stands
   * on. Records that are decoded by then, by their place: they stay the same objects.
   */
  async #foresee(topic: string, partition: number): Promise<Map<number, SinkRecord> | undefined> {
    const { foresight } = this.#site;
    if (foresight === undefined) return undefined;
    const { columns } = this.#cursor;
    const headersOf = (i: number): readonly RecordHeader[] => this.#headersAt(i);
    await foresight.bytes(topic, columns, headersOf);
    const decoded = new Map<number, SinkRecord>();
    try {
      for (let i = 0; i < columns.count; i++)
        decoded.set(
          i,
          this.#decoded(topic, partition, i, headersOf(i), () => undefined),
        );
    } catch {
      // It is met again when it is that record's turn.
    }
    await foresight.records([...decoded.values()]);
    return decoded;
  }

  #headersAt(i: number): readonly RecordHeader[] {
    const { columns } = this.#cursor;
    const count = must(columns.headerCount[i], 'number of headers');
    return count === 0 ? NONE : decodeHeaders(columns.buffer, must(columns.headersStart[i], 'headers'), count);
  }

  /** A record as the converters have it; `at` hears which is at work. */
  #decoded(
    topic: string,
    partition: number,
    i: number,
    headers: readonly RecordHeader[],
    at: (stage: Stage) => void,
  ): SinkRecord {
    const { columns } = this.#cursor;
    const timestamp = must(columns.timestamp[i], 'timestamp');
    at('KEY_CONVERTER');
    const k = this.#site.keys.decode(topic, columns.key(i));
    at('VALUE_CONVERTER');
    const v = this.#site.values.decode(topic, columns.value(i));
    at('HEADER_CONVERTER');
    const converter = this.#site.headers;
    const converted =
      headers.length === 0
        ? NONE
        : headers.map((h) =>
            converter === undefined ? headerOf(h.key, h.value) : { key: h.key, ...converter.decode(topic, h.value) },
          );
    return {
      topic,
      originalTopic: topic,
      partition,
      offset: must(columns.offset[i], 'offset'),
      keySchema: k.schema,
      key: k.value,
      valueSchema: v.schema,
      value: v.value,
      timestamp: timestamp < 0 ? undefined : timestamp,
      headers: converted,
    };
  }

  #convert(
    topic: string,
    partition: number,
    i: number,
    decoded: Map<number, SinkRecord> | undefined,
  ): SinkRecord | null | Waiting {
    const { columns } = this.#cursor;
    const headers = this.#headersAt(i);
    let stage: Stage = 'KEY_CONVERTER';
    try {
      const record = decoded?.get(i) ?? this.#decoded(topic, partition, i, headers, (reached) => (stage = reached));
      decoded?.set(i, record);
      stage = 'TRANSFORMATION';
      const result = this.#site.transforms === undefined ? record : this.#site.transforms.apply(record);
      if (result !== null && this.#keepsRaw) {
        this.#raws.set(result, this.#rawAt(i, headers));
      }
      this.#site.handled();
      return result;
    } catch (error) {
      if (error instanceof NeedsPreparation) return { ready: () => this.#site.retrying(error.ready), again: true };
      const again = this.#site.retryOf(error);
      if (again !== undefined) return { ready: again, again: true };
      const offset = must(columns.offset[i], 'offset');
      const failed: FailedRecord = { stage, error, className: this.#site.classOf(stage), topic, partition, offset };
      this.#site.policy.onFailure(failed);
      const raw = this.#rawAt(i, headers);
      return { ready: () => this.#buryRaw(failed, raw), again: false };
    }
  }

  #rawAt(i: number, headers: readonly RecordHeader[]): RawRecord {
    const { columns } = this.#cursor;
    return rawCopy(columns.key(i), columns.value(i), headers, must(columns.timestamp[i], 'timestamp'));
  }

  /** The record as it was read, for the dead letter topic; written with the next commit. */
  async #buryRaw(failed: FailedRecord, raw: RawRecord | undefined): Promise<void> {
    if (this.#site.policy.settings.deadLetters === undefined || raw === undefined) return;
    await this.#letters.ensureTopic();
    this.#letters.add(failed, raw);
  }

  /** `everything`: the task is to hold nothing back. */
  async #commit(writer: LogWriter, everything = false): Promise<void> {
    const letters = this.#letters;
    await this.#landed();
    if (!this.#uncommitted && !this.#holds && letters.isEmpty) return;
    if (this.#task.preCommit === undefined) await this.#site.spec.meter.commit(() => this.#commitWhatWasPut(writer));
    else await this.#commitWhatStands(writer, everything);
    this.#uncommitted = false;
  }

  async #commitWhatWasPut(writer: LogWriter): Promise<void> {
    await this.#task.flush?.();
    await this.#store(writer, [...this.#done.values()], true);
    this.#done.clear();
  }

  /**
   * Of a task that holds records back. Dead letters go out in the transaction that commits the offsets behind them:
   * they would come twice otherwise, so nothing is held where there are some.
   */
  async #commitWhatStands(writer: LogWriter, everything: boolean): Promise<void> {
    const whole = everything || !this.#letters.isEmpty;
    for (let more = true; more;) {
      const reached = [...this.#done.values()];
      const answer = await this.#site.retrying(() => this.#task.preCommit!(reached, whole));
      more = answer.more === true;
      const news = answer.offsets.flatMap(({ topic, partition, offset, metadata }) => {
        const last = this.#committed.get(`${topic} ${partition}`);
        if (last?.offset === offset && last.metadata === metadata) return [];
        return [{ topic, partition, offset, ...(metadata !== undefined && { metadata }) }];
      });
      const withLetters = !more && !this.#letters.isEmpty;
      if (news.length > 0 || withLetters)
        await this.#site.spec.meter.commit(() => this.#store(writer, news, withLetters));
      for (const offset of news) this.#committed.set(`${offset.topic} ${offset.partition}`, offset);
      for (const { topic, partition, offset } of answer.offsets) {
        const id = `${topic} ${partition}`;
        if ((this.#done.get(id)?.offset ?? Infinity) <= offset) this.#done.delete(id);
      }
    }
  }

  async #store(writer: LogWriter, offsets: readonly CommittedOffset[], withLetters: boolean): Promise<void> {
    const letters = this.#letters;
    await this.#site.retrying(() => this.#site.host.store.addTargets(this.#site.spec.connector, this.#targets));
    await this.#site.retrying(async () => {
      if (withLetters) letters.handTo(writer);
      writer.commitOffsets(this.#group, offsets);
      try {
        await commitRetrying(this.#site.retrying, writer);
      } catch (error) {
        await writer.abort().catch(() => {});
        throw error;
      }
    });
    if (withLetters) letters.clear();
  }
}

/** Copies: the fetched buffer is used again after the poll. */
function rawCopy(
  key: Buffer | null,
  value: Buffer | null,
  headers: readonly RecordHeader[],
  timestamp: number,
): RawRecord {
  return {
    key: key === null ? null : Buffer.from(key),
    value: value === null ? null : Buffer.from(value),
    headers: headers.map((h) => ({ key: h.key, value: h.value === null ? null : Buffer.from(h.value) })),
    timestamp: Math.max(0, timestamp),
  };
}
