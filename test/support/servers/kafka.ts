import { join } from 'node:path';
import { JavaServer, started } from './java-server.ts';
import { runJava } from './java.ts';
import { type Coordinates, jarsOf } from './jars.ts';
import { freePort } from '../free-port.ts';

export const KAFKA_VERSION = '4.3.1';

export const LOGGING: readonly Coordinates[] = [
  { jar: 'org.apache.logging.log4j:log4j-slf4j-impl:2.25.4' },
  { jar: 'org.apache.logging.log4j:log4j-core:2.25.4' },
];

export interface KafkaOptions {
  /** Additional lines of server.properties; a key here replaces the default. */
  readonly properties?: Readonly<Record<string, string>>;
  /** The protocol of the clients' listener, e.g. SASL_PLAINTEXT; default PLAINTEXT. */
  readonly protocol?: 'PLAINTEXT' | 'SASL_PLAINTEXT' | 'SSL' | 'SASL_SSL';
  /** Additional arguments of `StorageTool format`, e.g. `--add-scram`. */
  readonly formatArgs?: readonly string[];
}

/**
 * A single Kafka node (KRaft, broker and controller). After a kill, the next start takes about 12 s, because the old
 * registration must expire first.
 */
export class KafkaServer extends JavaServer {
  constructor(port: number, jars: string) {
    super('kafka', port, jars);
  }

  get bootstrap(): string {
    return `localhost:${this.port}`;
  }

  get dataFolder(): string {
    return join(this.folder.path, 'data');
  }

  async start(): Promise<void> {
    await this.launch({
      main: 'kafka.Kafka',
      heap: '512m',
      // On a busy machine, a minute is not enough for a node that restarts.
      readyWithinMs: 180_000,
      isReady: (output) => output.includes('Kafka Server started'),
    });
  }
}

/** Starts a newly formatted Kafka node on random ports. */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaServer> {
  const controllerPort = await freePort();
  return startNode(1, 1, controllerPort, newClusterId(), options);
}

/**
 * Starts several nodes of one cluster. The first is also the controller, so only the others may be stopped. Internal
 * topics have two replicas.
 */
export async function startKafkaCluster(count: number, options: KafkaOptions = {}): Promise<KafkaServer[]> {
  const [controllerPort, clusterId] = [await freePort(), newClusterId()];
  const nodes: KafkaServer[] = [];
  try {
    for (let id = 1; id <= count; id++)
      nodes.push(await startNode(id, Math.min(count, 2), controllerPort, clusterId, options));
  } catch (error) {
    for (const node of nodes) await node.remove();
    throw error;
  }
  return nodes;
}

function newClusterId(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(16)))
    .toString('base64url')
    .replace(/^-/, 'A');
}

async function startNode(
  nodeId: number,
  replicas: number,
  controllerPort: number,
  clusterId: string,
  options: KafkaOptions,
): Promise<KafkaServer> {
  const server = new KafkaServer(await freePort(), await kafkaJars());
  const internalPort = await freePort();
  const isController = nodeId === 1;
  const properties: Record<string, string> = {
    'process.roles': isController ? 'broker,controller' : 'broker',
    'node.id': `${nodeId}`,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: [
      `CLIENTS://127.0.0.1:${server.port}`,
      `INTERNAL://127.0.0.1:${internalPort}`,
      ...(isController ? [`CONTROLLER://127.0.0.1:${controllerPort}`] : []),
    ].join(','),
    'advertised.listeners': `CLIENTS://localhost:${server.port},INTERNAL://127.0.0.1:${internalPort}`,
    'listener.security.protocol.map': `CLIENTS:${options.protocol ?? 'PLAINTEXT'},CONTROLLER:PLAINTEXT,INTERNAL:PLAINTEXT`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'INTERNAL',
    'log.dirs': server.dataFolder,
    'num.partitions': '1',
    'auto.create.topics.enable': 'false',
    'offsets.topic.replication.factor': `${replicas}`,
    'offsets.topic.num.partitions': '1',
    'transaction.state.log.replication.factor': `${replicas}`,
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '1',
    'share.coordinator.state.topic.replication.factor': `${replicas}`,
    'share.coordinator.state.topic.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    'log.cleaner.dedupe.buffer.size': '16777216',
    // Tests write records with timestamps of 1970, which retention would delete.
    'log.initial.task.delay.ms': '3600000',
    'log.retention.check.interval.ms': '3600000',
    ...options.properties,
  };
  return started(server, async () => {
    server.configure(properties);
    const format = ['format', '-t', clusterId, '-c', server.settingsFile, ...(options.formatArgs ?? [])];
    await runJava([server.jars], 'kafka.tools.StorageTool', format);
  });
}

/** The broker, tools and clients of Kafka. */
export function kafkaJars(): Promise<string> {
  return jarsOf(`kafka-${KAFKA_VERSION}`, [{ jar: `org.apache.kafka:kafka_2.13:${KAFKA_VERSION}` }, ...LOGGING]);
}
