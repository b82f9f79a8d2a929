import { join } from 'node:path';
import { ALL_PLUGINS, type ConnectPlugin, fillPluginPath, workerJars } from './connect-jars.ts';
import { JavaServer, started } from './java-server.ts';
import { freePort } from '../free-port.ts';

export interface ConnectOptions {
  readonly plugins?: readonly ConnectPlugin[];
  /** Additional worker settings; a key here replaces the default. */
  readonly properties?: Readonly<Record<string, string>>;
}

/**
 * A distributed worker of Kafka Connect that forms its own cluster. Stop it before its broker, because a worker without
 * a broker ignores SIGTERM for minutes.
 */
export class ConnectServer extends JavaServer {
  /** The plug-in folder; fill it before the first start. */
  readonly plugins: string;

  constructor(port: number, jars: string) {
    super('connect', port, jars);
    this.plugins = join(this.folder.path, 'plugins');
  }

  get url(): string {
    return `http://localhost:${this.port}`;
  }

  /** @param wait until the worker responds; false to observe its start */
  async start(wait = true): Promise<void> {
    await this.launch({
      main: 'org.apache.kafka.connect.cli.ConnectDistributed',
      heap: '384m',
      readyWithinMs: 180_000,
      isReady: () => (wait ? this.isHealthy() : true),
    });
  }

  async isHealthy(): Promise<boolean> {
    return await fetch(`${this.url}/health`).then(
      (response) => response.status === 200,
      () => false,
    );
  }
}

/** Starts a worker that uses the given brokers. */
export async function startConnect(bootstrap: string, options: ConnectOptions = {}): Promise<ConnectServer> {
  const server = new ConnectServer(await freePort(), await workerJars());
  const properties: Record<string, string> = {
    'bootstrap.servers': bootstrap,
    'group.id': 'connect-cluster',
    listeners: server.url,
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
    'plugin.path': server.plugins,
    'plugin.discovery': 'service_load',
    ...options.properties,
  };
  return started(server, async () => {
    await fillPluginPath(options.plugins ?? ALL_PLUGINS, server.plugins);
    server.configure(properties);
  });
}
