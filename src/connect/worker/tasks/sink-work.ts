import type { Offset, PartitionNumber } from '../../../base/quantities.ts';
import type { SinkPartitions } from './sink-partitions.ts';
import { isSluiceError } from '../../../base/errors.ts';
import { Stretch } from '../../../base/stretch.ts';
import {
  type CommittedOffset,
  type Fetched,
  type LogReader,
  type LogWriter,
  type TopicPartition,
  OffsetOutOfRange,
} from '../../../log/api.ts';
import type { SinkTask } from '../../api/connector.ts';
import type { SinkRecord } from '../../api/record.ts';
import { SinkCommits } from './sink-commits.ts';
import { SinkRecords } from './sink-records.ts';
import { DeadLetterBox } from './dead-letter-box.ts';
import { TaskMemory } from './task-memory.ts';
import type { TaskWork } from './task-runner.ts';
import type { TaskSite } from './task-site.ts';

/** The first pause before a call is repeated, in ms. */
export const SINK_RETRY_FIRST_MS = 500;
/** How long a poll waits for records while something must be committed, and otherwise. */
const POLL_TIMEOUT_MS = 100;
const IDLE_POLL_MS = 2000;
/** Offsets are committed within this time after they were put, and at once when there is nothing to read. */
const COMMIT_INTERVAL_MS = 1000;
/** How often topics and partitions are looked up: this is free on the embedded log, and a request on Kafka. */
const REFRESH_MS = 2000;
const KAFKA_REFRESH_MS = 15_000;
const RECORDS_PER_PUT = 5000;
/** Bytes of one poll of the embedded log: several puts, so that records are converted while the task writes. */
const POLL_BYTES_MAX = 4 << 20;
/** The clock is checked whenever these bits of a record's number are 0. */
const LOOK_MASK = 31;
/** How long records are prepared without a pause, in ms: meanwhile responses of the target wait. */
const STRETCH_MS = 2;
/** Converted records take roughly this multiple of their original size, including the original. */
const CONVERTED = 3;

/**
 * The work of a sink task: read, convert, transform, put, flush, commit the consumed offsets. The next records are
 * prepared while the task puts some; there is one put at a time.
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
  readonly #stretch: Stretch;
  readonly #records: SinkRecords;
  readonly #commits: SinkCommits;
  /** Records that wait for the next put. */
  #batch: SinkRecord[] = [];
  /** The offsets that are done when the batch has been put, by `topic partition`. */
  #reached = new Map<string, CommittedOffset>();
  /** The put in progress. Never rejects; `landed` reports errors. */
  #putting: Promise<void> | undefined;
  #fault: { readonly error: unknown } | undefined;
  readonly #memory: TaskMemory;
  /** Fetched records that wait for the end of a pause. */
  #held: readonly Fetched[] = [];
  #assigned: readonly TopicPartition[] = [];
  #allTopics: readonly string[] = [];
  readonly #announced = new Set<string>();
  /** Topic ids of the topics that are read, for the task's requests. */
  #incarnations: ReadonlyMap<string, string> = new Map();

  /** `assign` returns this task's partitions, looked up at each call. */
  constructor(site: TaskSite, task: SinkTask, assign: () => Promise<SinkPartitions>) {
    this.#site = site;
    this.#task = task;
    this.#stretch = new Stretch(site.host.env, STRETCH_MS);
    this.#memory = new TaskMemory(site.host.env.timers, site.control.signal);
    this.#assign = assign;
    this.#group = `connect-${site.spec.connector}`;
    const letters = new DeadLetterBox(site);
    this.#records = new SinkRecords(site, letters);
    this.#commits = new SinkCommits(site, task, this.#group, letters);
  }

  start(): Promise<void> {
    const { spec } = this.#site;
    return this.#task.start(spec.config, {
      ...this.#site.taskContext(),
      topics: () => [...new Set(this.#assigned.map((p) => p.topic))],
      allTopics: () => this.#allTopics,
      hasWritten: (target) => this.#commits.hasWritten(target),
      wrote: (target) => this.#commits.wrote(target),
      incarnation: (topic) => this.#incarnations.get(topic),
      committed: (topic, partition) => this.#commits.last(topic, partition),
      remark: (text, instead) => spec.onRemark(text, instead),
      reportErrant: (record, error) => this.#records.reportErrant(record, error),
    });
  }

  async open(): Promise<void> {
    const { host, spec, control } = this.#site;
    this.#reader = host.log.createReader(host.log.kind === 'embedded' ? { maxBytes: POLL_BYTES_MAX } : {});
    const writers = `${host.groupId}-${spec.connector}-`;
    // Ends pending transactions of earlier tasks now: doing so takes over their transactional ids, and would later
    // fence this task's writer.
    await host.log.admin.committedOffsets(this.#group, { writers });
    this.#writer = await host.log.createWriter({ transactionalId: `${writers}${spec.taskId}` });
    control.onChange = () => this.#reader?.wakeup();
    this.#committedAtMs = host.env.clock.monotonicMs();
  }

  async round(): Promise<void> {
    try {
      await this.#move();
    } catch (error) {
      // The result of the put came first.
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
    if (this.#putting === undefined) {
      this.#memory.hold(0);
      await this.#memory.rest();
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
    // A poll that was in progress when a pause began may have returned records that came after it.
    if (control.paused) this.#held = fetched;
    else await this.#deliver(fetched);
    const isDue = clock.monotonicMs() - this.#committedAtMs >= COMMIT_INTERVAL_MS;
    const { hasNews, isHolding } = this.#commits;
    if ((hasNews && (fetched.length === 0 || isDue)) || (isHolding && isDue)) {
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
    this.#memory.end();
    await this.#reader?.close().catch(() => {});
    await this.#writer?.close();
  }

  /** Polls for records; if there are none, waits for the put first. */
  async #next(reader: LogReader): Promise<readonly Fetched[]> {
    if (this.#putting !== undefined) {
      const fetched = await this.#site.retrying(() => reader.poll(0));
      if (fetched.length > 0) return fetched;
      await this.#landed();
    }
    const { hasNews, isHolding } = this.#commits;
    const pollMs = hasNews ? POLL_TIMEOUT_MS : isHolding ? COMMIT_INTERVAL_MS : IDLE_POLL_MS;
    return await this.#site.retrying(() => reader.poll(pollMs));
  }

  async #idle(): Promise<readonly Fetched[]> {
    await this.#site.host.env.timers.sleep(POLL_TIMEOUT_MS, this.#site.control.signal);
    return [];
  }

  /** Topics are created, deleted and get more partitions: starts at the group's offset, or at the first record. */
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
    const positions: (TopicPartition & { offset: Offset })[] = [];
    for (const at of wanted) {
      const { admin } = this.#site.host.log;
      const first = await admin.earliestOffset(at);
      const kept = committed.get(id(at));
      this.#commits.stands(at, kept);
      const stored = kept?.offset;
      // Records that the task holds back are not read again.
      const position = this.#task.preCommit !== undefined && before.has(id(at)) ? reader.position(at) : stored;
      if (position !== undefined && position < first) this.#reportGone(at, position, first);
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

  /** Closes partitions that are assigned elsewhere now; their offsets no longer belong to this task. */
  async #closeAllBut(wanted: readonly TopicPartition[]): Promise<void> {
    const kept = new Set(wanted.map((p) => `${p.topic} ${p.partition}`));
    const gone = this.#assigned.filter((p) => !kept.has(`${p.topic} ${p.partition}`));
    if (gone.length === 0) return;
    for (const at of gone) this.#commits.forget(at);
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

  /** Called when retention has removed the next records or the topic was deleted: true when reading can continue. */
  async #repositioned(error: unknown, reader: LogReader): Promise<boolean> {
    if (error instanceof OffsetOutOfRange) {
      const first = await this.#site.host.log.admin.earliestOffset(error.at);
      this.#reportGone(error.at, error.offset, first);
      reader.seek(error.at, first);
      // It may be another topic of the same name.
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

  /** Reports that records to be read no longer exist: retention removed them, or the topic was replaced. */
  #reportGone({ topic, partition }: TopicPartition, wanted: number, first: number): void {
    this.#site.spec.onRemark(
      wanted < first
        ? `${topic}-${partition}: records from offset ${wanted} to ${first - 1} were gone before they were read (retention of the topic)`
        : `${topic}-${partition}: offset ${wanted} is out of range, the topic has been made anew or cut: it is read again from offset ${first}`,
    );
  }

  async #deliver(fetched: readonly Fetched[]): Promise<void> {
    if (fetched.length > 0)
      this.#memory.hold(CONVERTED * fetched.reduce((bytes, { from, to }) => bytes + to - from, 0));
    for (const part of fetched) await this.#gather(part);
    await this.#put();
  }

  /** Converts the records of one partition. */
  async #gather(fetched: Fetched): Promise<void> {
    const { cursor } = this.#records;
    const stretch = this.#stretch;
    const { topic, partition } = fetched;
    cursor.openFetched(fetched);
    while (cursor.next()) {
      const { columns } = cursor;
      this.#site.spec.meter.take(columns.count);
      const decoded = await this.#records.foresee(topic, partition);
      for (let i = 0; i < columns.count; i++) {
        if ((i & LOOK_MASK) === 0 && stretch.isOver) await stretch.pause();
        let record = this.#records.convert(topic, partition, i, decoded);
        while (record !== null && 'ready' in record) {
          await record.ready();
          record = record.again ? this.#records.convert(topic, partition, i, decoded) : null;
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

  #reach(topic: string, partition: PartitionNumber, offset: Offset): void {
    this.#reached.set(`${topic} ${partition}`, { topic, partition, offset });
  }

  /** Hands the gathered records to the task when it has finished the previous ones. */
  async #put(): Promise<void> {
    await this.#landed();
    const batch = this.#batch;
    const reached = this.#reached;
    this.#batch = [];
    this.#reached = new Map();
    const taken = (): void => this.#commits.taken([...reached.values()]);
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

  /** Waits for the put in progress. @throws its error */
  async #landed(): Promise<void> {
    await this.#putting;
    this.#putting = undefined;
    const fault = this.#fault;
    this.#fault = undefined;
    if (fault !== undefined) throw fault.error;
  }

  /** `everything`: the task must hold nothing back. */
  async #commit(writer: LogWriter, everything = false): Promise<void> {
    await this.#landed();
    await this.#commits.commit(writer, everything);
  }
}
