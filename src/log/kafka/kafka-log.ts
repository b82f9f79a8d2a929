import type { Env } from '../../base/env.ts';
import type {
  GroupMembership,
  GroupOptions,
  Log,
  LogAdmin,
  LogReader,
  LogWriter,
  ReaderOptions,
  WriterOptions,
} from '../api.ts';
import { clientConfigOf, type ClientConfigHelp } from './client-config.ts';
import { Cluster } from './cluster.ts';
import { ConsumerGroup } from './consumer-group.ts';
import { KafkaAdmin } from './kafka-admin.ts';
import { KafkaReader } from './kafka-reader.ts';
import { KafkaWriter } from './kafka-writer.ts';

export interface KafkaLogOptions extends ClientConfigHelp {
  /** Kafka's client properties: bootstrap.servers, security.protocol, sasl.*, ssl.*, time-outs. */
  readonly properties: Readonly<Record<string, string>>;
  readonly env: Env;
}

/** The log on Apache Kafka. A client library provides connections; records and transactions are our own. */
export class KafkaLog implements Log {
  readonly kind = 'kafka';
  readonly admin: LogAdmin;
  /** For parts of the engine that use Kafka beyond the log, such as consumer groups. */
  readonly cluster: Cluster;
  readonly #readers = new Set<KafkaReader>();
  #nextReader = 1;

  /** Connects at the first request. @throws SluiceError CONFIG */
  constructor(options: KafkaLogOptions) {
    this.cluster = new Cluster(
      clientConfigOf(options.properties, { nowMs: () => options.env.clock.nowMs(), ...options }),
      options.env,
    );
    this.admin = new KafkaAdmin(this.cluster);
  }

  createReader(options: ReaderOptions = {}): LogReader {
    const reader = new KafkaReader(this.cluster, this.#nextReader++, options);
    this.#readers.add(reader);
    return reader;
  }

  createWriter({ transactionalId }: WriterOptions = {}): Promise<LogWriter> {
    return KafkaWriter.open(this.cluster, transactionalId ?? null);
  }

  joinGroup(options: GroupOptions): GroupMembership {
    return new ConsumerGroup(this.cluster, options);
  }

  async close(): Promise<void> {
    for (const reader of this.#readers) await reader.close();
    await this.cluster.close();
  }
}
