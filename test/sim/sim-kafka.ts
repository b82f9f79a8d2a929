import { SluiceError } from '../../src/base/errors.ts';
import type { EmbeddedLog } from '../../src/log/embedded/embedded-log.ts';
import type { EmbeddedWriter } from '../../src/log/embedded/embedded-writer.ts';
import { baseOffsetOf, lastOffsetOf, sizeOf } from '../../src/log/record-batch/batch-header.ts';
import {
  type CommittedOffset,
  Fenced,
  type Fetched,
  type GroupMember,
  type GroupMembership,
  type GroupOptions,
  type Log,
  type LogAdmin,
  type LogReader,
  type LogWriter,
  type ReaderOptions,
  type TopicPartition,
  type WriterOptions,
} from '../../src/log/api.ts';
import { OpenTransactions } from './open-transactions.ts';
import { SimGroups } from './sim-groups.ts';
import type { Machine } from './virtual-time.ts';

/** How often a reader that is held back looks again, in ms. */
const STABLE_LOOK_MS = 5;

/** The faults and delays of the network between a server and its brokers. */
export interface NetWeather {
  latencyMs(): number;
  /** Whether a request is lost: before it has its effect, or after it (the response is lost). */
  fault(): 'before' | 'after' | undefined;
}

/**
 * What several servers share in place of Apache Kafka: topics, offsets and transactions of one log that outlives them,
 * and consumer groups. What a transaction writes is only stored at its commit, but from its first record on it holds
 * back readers, and a transaction of a server that died does so until its time-out or its next writer.
 */
export class SimKafka {
  readonly log: EmbeddedLog;
  readonly groups: SimGroups;
  readonly open: OpenTransactions;
  #strangers = 0;

  constructor(log: EmbeddedLog, brokers: Machine) {
    this.log = log;
    this.open = new OpenTransactions(brokers);
    this.groups = new SimGroups(
      brokers.env.timers,
      async (topic) => (await log.admin.describeTopic(topic))?.partitions ?? 0,
    );
  }

  /** Another producer opens a transaction in some partition, which holds back its readers for `ms`. */
  async stranger(machine: Machine, random: () => number, ms: number): Promise<void> {
    const topics = await this.log.admin.listTopics();
    const topic = topics[Math.floor(random() * topics.length)];
    if (topic === undefined) return;
    const at = { topic: topic.name, partition: Math.floor(random() * topic.partitions) };
    const end = await this.log.admin.latestOffset(at);
    const id = `stranger ${++this.#strangers}`;
    const writer = { machine };
    this.open.fence(id, writer);
    this.open.write(id, writer, at, end);
    machine.env.timers.after(ms, () => this.open.end(id, writer));
  }

  /** A server's connection to the log. */
  connect(machine: Machine, weather: NetWeather): Log {
    return new Connection(this, machine, weather);
  }
}

class Connection implements Log {
  readonly kind = 'kafka';
  readonly admin: LogAdmin;
  readonly #kafka: SimKafka;
  readonly #machine: Machine;
  readonly #weather: NetWeather;

  constructor(kafka: SimKafka, machine: Machine, weather: NetWeather) {
    this.#kafka = kafka;
    this.#machine = machine;
    this.#weather = weather;
    const { admin } = kafka.log;
    const call = <T>(effect: () => Promise<T>): Promise<T> => this.call(effect);
    this.admin = {
      createTopic: (spec) => call(() => admin.createTopic(spec)),
      deleteTopic: (name) => call(() => admin.deleteTopic(name)),
      listTopics: () => call(() => admin.listTopics()),
      describeTopic: (name) => call(() => admin.describeTopic(name)),
      alterTopicConfigs: (name, configs) => call(() => admin.alterTopicConfigs(name, configs)),
      createPartitions: (name, total) => call(() => admin.createPartitions(name, total)),
      earliestOffset: (at) => call(() => admin.earliestOffset(at)),
      latestOffset: (at) => call(async () => kafka.open.stableOffset(at, await admin.latestOffset(at))),
      endOffset: (at) => call(() => admin.latestOffset(at)),
      offsetForTimestamp: (at, timestampMs) => call(() => admin.offsetForTimestamp(at, timestampMs)),
      deleteRecords: (at, offset) => call(() => admin.deleteRecords(at, offset)),
      committedOffsets: (group) => call(() => admin.committedOffsets(group)),
      deleteGroup: (group) =>
        call(() => {
          if (kafka.groups.hasMembers(group)) throw new SluiceError('CONFLICT', `The group ${group} has members`);
          return admin.deleteGroup(group);
        }),
      listGroups: () => call(() => admin.listGroups()),
    };
  }

  /** Makes a request over the network. @throws SluiceError LOG_UNAVAILABLE when the request or its response is lost */
  async call<T>(effect: () => Promise<T>): Promise<T> {
    const { timers } = this.#machine.env;
    await timers.sleep(this.#weather.latencyMs());
    const fault = this.#weather.fault();
    if (fault === 'before') throw new SluiceError('LOG_UNAVAILABLE', 'The broker does not answer', { retriable: true });
    const result = await effect();
    if (fault === 'after')
      throw new SluiceError('LOG_UNAVAILABLE', 'The broker’s answer was lost', { retriable: true });
    return result;
  }

  createReader(options: ReaderOptions): LogReader {
    const isCommitted = options.isolation !== 'read_uncommitted';
    return new Reader(
      this.#kafka.log.createReader(options),
      this.#machine,
      this.#weather,
      isCommitted ? this.#kafka.open : undefined,
    );
  }

  async createWriter(options: WriterOptions): Promise<LogWriter> {
    const { transactionalId } = options;
    return await this.call(async () => {
      const inner = await this.#kafka.log.createWriter(options);
      const writer = new Writer(inner, this.#kafka, this.#machine, transactionalId, (effect) => this.call(effect));
      if (transactionalId !== undefined) this.#kafka.open.fence(transactionalId, writer);
      return writer;
    });
  }

  joinGroup(options: GroupOptions): GroupMembership {
    return this.#kafka.groups.join(options, this.#machine);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

class Reader implements LogReader {
  readonly #inner: LogReader;
  readonly #machine: Machine;
  readonly #weather: NetWeather;
  readonly #open: OpenTransactions | undefined;
  #isWoken = false;

  /** @param open the transactions that hold this reader back */
  constructor(inner: LogReader, machine: Machine, weather: NetWeather, open: OpenTransactions | undefined) {
    this.#inner = inner;
    this.#machine = machine;
    this.#weather = weather;
    this.#open = open;
  }

  assign: LogReader['assign'] = (partitions) => this.#inner.assign(partitions);
  seek: LogReader['seek'] = (at, offset) => this.#inner.seek(at, offset);
  pause: LogReader['pause'] = (at) => this.#inner.pause(at);
  resume: LogReader['resume'] = (at) => this.#inner.resume(at);
  position: LogReader['position'] = (at) => this.#inner.position(at);

  async poll(timeoutMs: number): ReturnType<LogReader['poll']> {
    const { timers } = this.#machine.env;
    await timers.sleep(this.#weather.latencyMs());
    if (this.#weather.fault() !== undefined)
      throw new SluiceError('LOG_UNAVAILABLE', 'The broker does not answer', { retriable: true });
    this.#isWoken = false;
    const end = this.#machine.env.clock.monotonicMs() + timeoutMs;
    for (;;) {
      const left = Math.max(0, end - this.#machine.env.clock.monotonicMs());
      const stored = await this.#inner.poll(left);
      const fetched = stored.flatMap((of) => this.#stable(of));
      // The broker runs on a different machine: a dead server does not receive the response.
      await timers.turn();
      if (fetched.length > 0 || stored.length === 0 || this.#isWoken || left === 0) return fetched;
      await timers.sleep(Math.min(left, STABLE_LOOK_MS));
    }
  }

  /** The whole batches before the first record of an open transaction; the reader's position is behind them. */
  #stable(fetched: Fetched): readonly Fetched[] {
    const stable = this.#open?.stableOffset(fetched, fetched.highWatermark) ?? fetched.highWatermark;
    if (stable >= fetched.nextOffset) return [{ ...fetched, highWatermark: stable }];
    let [to, next] = [fetched.from, Math.max(fetched.startOffset, Math.min(stable, fetched.nextOffset))];
    while (to < fetched.to && baseOffsetOf(fetched.buffer, to) < stable) {
      next = lastOffsetOf(fetched.buffer, to) + 1;
      to += sizeOf(fetched.buffer, to);
    }
    this.#inner.seek(fetched, next);
    return to === fetched.from ? [] : [{ ...fetched, to, nextOffset: next, highWatermark: stable }];
  }

  wakeup(): void {
    this.#isWoken = true;
    this.#inner.wakeup();
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}

class Writer implements LogWriter {
  readonly sharesState = false;
  readonly #inner: EmbeddedWriter;
  readonly #kafka: SimKafka;
  readonly machine: Machine;
  readonly #transactionalId: string | undefined;
  readonly #call: <T>(effect: () => Promise<T>) => Promise<T>;
  /** Batches on their way to the brokers. */
  #sending: Promise<void> = Promise.resolve();
  /** An abort has failed: it is repeated before the next commit. */
  #owesAbort = false;
  readonly #ends = new Map<string, number>();
  readonly #stored = new WeakSet<Buffer>();
  #pending: { readonly topic: string; readonly partition: number; readonly batch: Buffer }[] = [];
  #members: { readonly group: string; readonly member: GroupMember }[] = [];

  constructor(
    inner: EmbeddedWriter,
    kafka: SimKafka,
    machine: Machine,
    transactionalId: string | undefined,
    call: <T>(effect: () => Promise<T>) => Promise<T>,
  ) {
    this.#inner = inner;
    this.#kafka = kafka;
    this.machine = machine;
    this.#transactionalId = transactionalId;
    this.#call = call;
  }

  get pendingBytes(): number {
    return this.#inner.pendingBytes;
  }

  append(topic: string, partition: number, batch: Buffer, owned?: boolean): void {
    // The log writes offsets into the bytes, but their owner may append them again.
    this.#inner.append(topic, partition, Buffer.from(batch), true);
    this.#pending.push({ topic, partition, batch: owned === true ? batch : Buffer.alloc(0) });
    this.#sending = this.#sending.then(() => this.#begin({ topic, partition }));
  }

  /** From here on, the transaction holds back readers of the partition. */
  async #begin(at: TopicPartition): Promise<void> {
    if (this.#transactionalId === undefined) return;
    await this.machine.env.timers.turn();
    if (this.#pending.length === 0) return;
    const end = await this.#kafka.log.admin.latestOffset(at).catch(() => undefined);
    if (end !== undefined) this.#kafka.open.write(this.#transactionalId, this, at, end);
  }

  async #endTransaction(): Promise<void> {
    if (this.#transactionalId !== undefined) this.#kafka.open.end(this.#transactionalId, this);
  }

  commitOffsets(group: string, offsets: readonly CommittedOffset[], member?: GroupMember): void {
    if (member !== undefined) this.#members.push({ group, member });
    this.#inner.commitOffsets(group, offsets);
  }

  putState(): void {
    throw new SluiceError('INTERNAL', 'State goes to a changelog topic');
  }

  writtenUpTo(topic: string, partition: number): number | undefined {
    return this.#ends.get(`${topic}\0${partition}`);
  }

  isStored(batch: Buffer): boolean {
    return this.#stored.has(batch);
  }

  async commit(): Promise<void> {
    await this.#sending;
    if (this.#owesAbort) await this.#call(() => this.#endTransaction());
    this.#owesAbort = false;
    const [pending, members] = [this.#pending, this.#members];
    this.#pending = [];
    this.#members = [];
    await this.#call(async () => {
      for (const { group, member } of members) {
        if (!this.#kafka.groups.knows(group, member)) {
          // The transaction stays open with what was written: it may still be committed with offsets that the group
          // accepts.
          this.#pending = [...pending, ...this.#pending];
          throw new Fenced(`The group ${group} has moved on from generation ${member.generationId}`);
        }
      }
      await this.#inner.commit();
      await this.#endTransaction();
      for (const { topic, partition, batch } of pending) {
        this.#stored.add(batch);
        this.#ends.set(`${topic}\0${partition}`, await this.#kafka.log.admin.latestOffset({ topic, partition }));
      }
    });
  }

  async abort(): Promise<void> {
    this.#pending = [];
    this.#members = [];
    await this.#sending;
    await this.#inner.abort();
    this.#owesAbort = true;
    await this.#call(() => this.#endTransaction());
    this.#owesAbort = false;
  }

  async close(): Promise<void> {
    await this.#inner.close();
    await this.#endTransaction();
  }
}
