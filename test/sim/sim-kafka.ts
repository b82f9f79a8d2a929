import { SluiceError } from '../../src/base/errors.ts';
import type { EmbeddedLog } from '../../src/log/embedded/embedded-log.ts';
import type { EmbeddedWriter } from '../../src/log/embedded/embedded-writer.ts';
import {
  type CommittedOffset,
  Fenced,
  type GroupMember,
  type GroupMembership,
  type GroupOptions,
  type Log,
  type LogAdmin,
  type LogReader,
  type LogWriter,
  type ReaderOptions,
  type WriterOptions,
} from '../../src/log/api.ts';
import { SimGroups } from './sim-groups.ts';
import type { Machine } from './virtual-time.ts';

/** The faults and delays of the network between a server and its brokers. */
export interface NetWeather {
  latencyMs(): number;
  /** Whether a request is lost: before it has its effect, or after it (the response is lost). */
  fault(): 'before' | 'after' | undefined;
}

/**
 * What several servers share in place of Apache Kafka: topics, offsets and transactions of one log that outlives them,
 * and consumer groups. A commit is a single step here; the tests with real brokers in test/integration cover
 * transactions that stay open and block others.
 */
export class SimKafka {
  readonly log: EmbeddedLog;
  readonly groups: SimGroups;

  constructor(log: EmbeddedLog, brokers: Machine) {
    this.log = log;
    this.groups = new SimGroups(
      brokers.env.timers,
      async (topic) => (await log.admin.describeTopic(topic))?.partitions ?? 0,
    );
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
      latestOffset: (at) => call(() => admin.latestOffset(at)),
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
    return new Reader(this.#kafka.log.createReader(options), this.#machine, this.#weather);
  }

  async createWriter(options: WriterOptions): Promise<LogWriter> {
    const writer = await this.call(() => this.#kafka.log.createWriter(options));
    return new Writer(writer, this.#kafka, (effect) => this.call(effect));
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

  constructor(inner: LogReader, machine: Machine, weather: NetWeather) {
    this.#inner = inner;
    this.#machine = machine;
    this.#weather = weather;
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
    const fetched = await this.#inner.poll(timeoutMs);
    // The broker runs on a different machine: a dead server does not receive the response.
    await timers.turn();
    return fetched;
  }

  wakeup(): void {
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
  readonly #call: <T>(effect: () => Promise<T>) => Promise<T>;
  readonly #ends = new Map<string, number>();
  readonly #stored = new WeakSet<Buffer>();
  #pending: { readonly topic: string; readonly partition: number; readonly batch: Buffer }[] = [];
  #members: { readonly group: string; readonly member: GroupMember }[] = [];

  constructor(inner: EmbeddedWriter, kafka: SimKafka, call: <T>(effect: () => Promise<T>) => Promise<T>) {
    this.#inner = inner;
    this.#kafka = kafka;
    this.#call = call;
  }

  get pendingBytes(): number {
    return this.#inner.pendingBytes;
  }

  append(topic: string, partition: number, batch: Buffer, owned?: boolean): void {
    // The log writes offsets into the bytes, but their owner may append them again.
    this.#inner.append(topic, partition, Buffer.from(batch), true);
    this.#pending.push({ topic, partition, batch: owned === true ? batch : Buffer.alloc(0) });
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
      for (const { topic, partition, batch } of pending) {
        this.#stored.add(batch);
        this.#ends.set(`${topic}\0${partition}`, await this.#kafka.log.admin.latestOffset({ topic, partition }));
      }
    });
  }

  async abort(): Promise<void> {
    this.#pending = [];
    this.#members = [];
    await this.#inner.abort();
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
