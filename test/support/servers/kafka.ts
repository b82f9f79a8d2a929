import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, type JavaProcess, runJava, startJava, temporaryFolder } from './java.ts';
import { type Coordinates, jarsOf } from './jars.ts';

export const KAFKA_VERSION = '4.3.1';

export const LOGGING: readonly Coordinates[] = [
  { jar: 'org.apache.logging.log4j:log4j-slf4j-impl:2.25.4' },
  { jar: 'org.apache.logging.log4j:log4j-core:2.25.4' },
];

export const LOG4J = `status = error
rootLogger.level = info
rootLogger.appenderRef.out.ref = out
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d %p %c{1} %m%n
`;

export interface KafkaOptions {
  /** More lines of server.properties; a key here replaces the default. */
  readonly properties?: Readonly<Record<string, string>>;
  /** Listener of clients, e.g. SASL_PLAINTEXT; default PLAINTEXT. */
  readonly protocol?: 'PLAINTEXT' | 'SASL_PLAINTEXT' | 'SSL' | 'SASL_SSL';
  /** More arguments of `StorageTool format`, e.g. `--add-scram`. */
  readonly formatArgs?: readonly string[];
}

/** One Kafka node (KRaft, broker and controller), with a folder of its own. */
export class KafkaServer {
  readonly port: number;
  readonly #folder: ReturnType<typeof temporaryFolder>;
  readonly #jars: string;
  #process: JavaProcess | undefined;

  constructor(port: number, folder: ReturnType<typeof temporaryFolder>, jars: string) {
    this.port = port;
    this.#folder = folder;
    this.#jars = jars;
  }

  get bootstrap(): string {
    return `localhost:${this.port}`;
  }

  get jars(): string {
    return this.#jars;
  }

  get logFile(): string {
    return join(this.#folder.path, 'kafka.log');
  }

  async start(): Promise<void> {
    this.#process = await startJava({
      classpath: [this.#jars],
      main: 'kafka.Kafka',
      args: [join(this.#folder.path, 'server.properties')],
      jvm: ['-Xmx512m', `-Dlog4j2.configurationFile=file:${join(this.#folder.path, 'log4j2.properties')}`],
      log: this.logFile,
      isReady: (output) => output.includes('Kafka Server started'),
    });
  }

  /** Stops the server and keeps its data: start() goes on from there. */
  async stop(): Promise<void> {
    await this.#process?.stop();
  }

  /** kill -9. The next start takes about 12 s: the old registration must expire first. */
  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  /** Stops the server and removes its data. */
  async remove(): Promise<void> {
    await this.#process?.stop();
    this.#folder.remove();
  }
}

/** A formatted, running Kafka node on random ports. */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaServer> {
  const controllerPort = await freePort();
  return startNode(1, 1, controllerPort, newClusterId(), options);
}

/** Several nodes of one cluster; the first is the controller too, so only the others may be stopped. Internal topics have two replicas. */
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
  const jars = await kafkaJars();
  const folder = temporaryFolder('kafka');
  const [port, internalPort] = [await freePort(), await freePort()];
  const isController = nodeId === 1;
  const properties: Record<string, string> = {
    'process.roles': isController ? 'broker,controller' : 'broker',
    'node.id': `${nodeId}`,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: [
      `CLIENTS://127.0.0.1:${port}`,
      `INTERNAL://127.0.0.1:${internalPort}`,
      ...(isController ? [`CONTROLLER://127.0.0.1:${controllerPort}`] : []),
    ].join(','),
    'advertised.listeners': `CLIENTS://localhost:${port},INTERNAL://127.0.0.1:${internalPort}`,
    'listener.security.protocol.map': `CLIENTS:${options.protocol ?? 'PLAINTEXT'},CONTROLLER:PLAINTEXT,INTERNAL:PLAINTEXT`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'INTERNAL',
    'log.dirs': join(folder.path, 'data'),
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
    // Tests write records of 1970: retention would take them.
    'log.initial.task.delay.ms': '3600000',
    'log.retention.check.interval.ms': '3600000',
    ...options.properties,
  };
  const file = join(folder.path, 'server.properties');
  writeFileSync(
    file,
    Object.entries(properties)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
  );
  writeFileSync(join(folder.path, 'log4j2.properties'), LOG4J);
  await runJava([jars], 'kafka.tools.StorageTool', [
    'format',
    '-t',
    clusterId,
    '-c',
    file,
    ...(options.formatArgs ?? []),
  ]);
  const server = new KafkaServer(port, folder, jars);
  try {
    await server.start();
  } catch (error) {
    folder.remove();
    throw error;
  }
  return server;
}

/** Broker, tools and clients of Kafka. */
export function kafkaJars(): Promise<string> {
  return jarsOf(`kafka-${KAFKA_VERSION}`, [{ jar: `org.apache.kafka:kafka_2.13:${KAFKA_VERSION}` }, ...LOGGING]);
}
