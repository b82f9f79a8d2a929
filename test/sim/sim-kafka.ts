import { SluiceError } from '../../src/base/errors.ts';
import type { EmbeddedLog } from '../../src/log/embedded/embedded-log.ts';
import { baseOffsetOf, lastOffsetOf, sizeOf } from '../../src/log/record-batch/batch-header.ts';
import type {
  Fetched,
  GroupMembership,
  GroupOptions,
  Log,
  LogAdmin,
  LogReader,
  LogWriter,
  ReaderOptions,
  WriterOptions,
} from '../../src/log/api.ts';
import { committedOffsets } from '../../src/log/kafka/group-offsets.ts';
import { KafkaWriter } from '../../src/log/kafka/kafka-writer.ts';
import { OpenTransactions } from './open-transactions.ts';
import { type NetWeather, SimBrokers, SimCluster } from './sim-cluster.ts';
import { SimCoordinator } from './sim-coordinator.ts';
import { SimGroups } from './sim-groups.ts';
import type { Machine } from './virtual-time.ts';

/** How often a reader that is held back looks again, in ms. */
const STABLE_LOOK_MS = 5;

/**
 * What several servers share in place of Apache Kafka: topics, offsets and transactions of one log that outlives them,
 * and consumer groups. Servers write to it, and read their groups' offsets, with the product's own client.
 */
export class SimKafka {
  readonly log: EmbeddedLog;
  readonly groups: SimGroups;
  readonly open = new OpenTransactions();
  readonly coordinator: SimCoordinator;
  readonly brokers: SimBrokers;
  #strangers = 0;

  /** @param markerMs how long the end of a transaction takes to reach a partition */
  constructor(log: EmbeddedLog, brokers: Machine, markerMs: () => number) {
    this.log = log;
    this.groups = new SimGroups(
      brokers.env.timers,
      async (topic) => (await log.admin.describeTopic(topic))?.partitions ?? 0,
    );
    this.coordinator = new SimCoordinator(log, brokers, this.open, this.groups, markerMs);
    this.brokers = new SimBrokers(log, brokers, this.coordinator, this.groups);
  }

  /** Another producer opens a transaction in some partition, which holds back its readers for `ms`. */
  async stranger(machine: Machine, random: () => number, ms: number): Promise<void> {
    const topics = await this.log.admin.listTopics();
    const topic = topics[Math.floor(random() * topics.length)];
    if (topic === undefined) return;
    const at = { topic: topic.name, partition: Math.floor(random() * topic.partitions) };
    const end = await this.log.admin.latestOffset(at);
    const id = `stranger ${++this.#strangers}`;
    this.open.hold(id, at, end);
    machine.env.timers.after(ms, () => this.open.release(id, at));
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
  readonly #cluster: SimCluster;

  constructor(kafka: SimKafka, machine: Machine, weather: NetWeather) {
    this.#kafka = kafka;
    this.#machine = machine;
    this.#weather = weather;
    this.#cluster = new SimCluster(kafka.brokers, machine.env, weather);
    const { admin } = kafka.log;
    const call = <T>(effect: () => Promise<T>): Promise<T> => this.call(effect);
    this.admin = {
      createTopic: (spec) => call(() => admin.createTopic(spec)),
      deleteTopic: (name) =>
        call(async () => {
          await admin.deleteTopic(name);
          kafka.coordinator.forgetTopic(name);
        }),
      listTopics: () => call(() => admin.listTopics()),
      describeTopic: (name) => call(() => admin.describeTopic(name)),
      alterTopicConfigs: (name, configs) => call(() => admin.alterTopicConfigs(name, configs)),
      createPartitions: (name, total) => call(() => admin.createPartitions(name, total)),
      earliestOffset: (at) => call(() => admin.earliestOffset(at)),
      latestOffset: (at) => call(async () => kafka.open.stableOffset(at, await admin.latestOffset(at))),
      endOffset: (at) => call(() => admin.latestOffset(at)),
      offsetForTimestamp: (at, timestampMs) => call(() => admin.offsetForTimestamp(at, timestampMs)),
      deleteRecords: (at, offset) => call(() => admin.deleteRecords(at, offset)),
      committedOffsets: (group, { writers = `${group}-`, partitions } = {}) =>
        committedOffsets(this.#cluster, group, writers, partitions),
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

  async createWriter({ transactionalId }: WriterOptions): Promise<LogWriter> {
    const writer = await KafkaWriter.open(this.#cluster, transactionalId ?? null);
    if (transactionalId === undefined) return writer;
    // What a transaction writes gets its place at the commit.
    const { coordinator } = this.#kafka;
    return Object.assign(writer, {
      writtenUpTo: (topic: string, partition: number) => coordinator.endOf(transactionalId, { topic, partition }),
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
