import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALL_PLUGINS, type ConnectPlugin, fillPluginPath, workerJars } from './connect-jars.ts';
import { freePort, type JavaProcess, startJava, temporaryFolder } from './java.ts';
import { LOG4J } from './kafka.ts';

export interface ConnectOptions {
  readonly plugins?: readonly ConnectPlugin[];
  /** More worker settings; a key here replaces the default. */
  readonly properties?: Readonly<Record<string, string>>;
}

/** One distributed worker of Kafka Connect, a cluster of its own. */
export class ConnectServer {
  readonly port: number;
  readonly #folder: ReturnType<typeof temporaryFolder>;
  readonly #jars: string;
  #process: JavaProcess | undefined;

  constructor(port: number, folder: ReturnType<typeof temporaryFolder>, jars: string) {
    this.port = port;
    this.#folder = folder;
    this.#jars = jars;
  }

  get url(): string {
    return `http://localhost:${this.port}`;
  }

  get logFile(): string {
    return join(this.#folder.path, 'connect.log');
  }

  /** @param wait until the worker answers; false to see it start */
  async start(wait = true): Promise<void> {
    this.#process = await startJava({
      classpath: [this.#jars],
      main: 'org.apache.kafka.connect.cli.ConnectDistributed',
      args: [join(this.#folder.path, 'connect.properties')],
      jvm: ['-Xmx384m', `-Dlog4j2.configurationFile=file:${join(this.#folder.path, 'log4j2.properties')}`],
      log: this.logFile,
      readyWithinMs: 120_000,
      isReady: () => (wait ? this.isHealthy() : true),
    });
  }

  async isHealthy(): Promise<boolean> {
    return await fetch(`${this.url}/health`).then(
      (response) => response.status === 200,
      () => false,
    );
  }

  /** Stop it before its broker: a worker whose broker is gone ignores SIGTERM for minutes. */
  async stop(): Promise<void> {
    await this.#process?.stop();
  }

  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  async remove(): Promise<void> {
    await this.#process?.stop();
    this.#folder.remove();
  }
}

/** A running worker over the given brokers. */
export async function startConnect(bootstrap: string, options: ConnectOptions = {}): Promise<ConnectServer> {
  const jars = await workerJars();
  const folder = temporaryFolder('connect');
  const port = await freePort();
  const plugins = join(folder.path, 'plugins');
  await fillPluginPath(options.plugins ?? ALL_PLUGINS, plugins);
  const properties: Record<string, string> = {
    'bootstrap.servers': bootstrap,
    'group.id': 'connect-cluster',
    listeners: `http://localhost:${port}`,
    'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'key.converter.schemas.enable': 'false',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter.schemas.enable': 'false',
    'config.storage.topic': 'connect-configs',
    'config.storage.replication.factor': '1',
    'offset.storage.topic': 'connect-offsets',
    'offset.storage.replication.factor': '1',
    'offset.storage.partitions': '1',
    'status.storage.topic': 'connect-status',
    'status.storage.replication.factor': '1',
    'status.storage.partitions': '1',
    'offset.flush.interval.ms': '1000',
    'consumer.metadata.max.age.ms': '2000',
    'plugin.path': plugins,
    'plugin.discovery': 'service_load',
    ...options.properties,
  };
  writeFileSync(
    join(folder.path, 'connect.properties'),
    Object.entries(properties)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
  );
  writeFileSync(join(folder.path, 'log4j2.properties'), LOG4J);
  const server = new ConnectServer(port, folder, jars);
  try {
    await server.start();
  } catch (error) {
    folder.remove();
    throw error;
  }
  return server;
}
