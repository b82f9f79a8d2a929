import { messageOf } from '../../../base/errors.ts';
import type { Config, RawConfig } from '../../api/config-spec.ts';
import type {
  Choice,
  Forgotten,
  ForgetContext,
  SourceConnector,
  SourceConnectorContext,
  SourceImplementation,
} from '../../api/connector.ts';
import { addressesText, clientIdOf, partitionOf } from './identity.ts';
import { MqttLink } from './link.ts';
import { KEY_SCHEMA, shapeOf } from './messages.ts';
import { probeServer } from './probe.ts';
import { SOURCE } from './source-keys.ts';
import { MqttSourceTask } from './source-task.ts';

class MqttSourceConnector implements SourceConnector {
  #config!: Config;

  async start(config: Config, context: SourceConnectorContext): Promise<void> {
    this.#config = config;
    const topic = config.get(SOURCE.topic);
    context.declareTopic({
      topic,
      entity: topic,
      keySchema: KEY_SCHEMA,
      keyColumns: ['topic'],
      isTable: false,
      valueSchema: shapeOf(config).schema,
    });
  }

  /** Several tasks only if the server distributes the messages; otherwise each of them would receive all. */
  async taskConfigs(maxTasks: number): Promise<readonly RawConfig[]> {
    const isShared = this.#config.get(SOURCE.topics).every((filter) => filter.startsWith('$share/'));
    return Array.from({ length: isShared ? maxTasks : 1 }, () => this.#config.raw);
  }

  async stop(): Promise<void> {}

  /** Ends the sessions that servers keep for the connector. */
  async forget(config: Config, { name, offset }: ForgetContext): Promise<Forgotten> {
    const notes: string[] = [];
    for (let task = 0; ; task++) {
      const clientId = clientIdOf(config, name, task);
      const known = offset(partitionOf(config, clientId));
      if (known === undefined) return { notes };
      if (known['kept'] !== true) continue;
      try {
        const link = await MqttLink.open(config, { clientId, clean: true });
        await link.close();
      } catch (error) {
        notes.push(
          `Session ${clientId} stays on ${addressesText(config)}, which keeps messages for it: ${messageOf(error)}`,
        );
      }
    }
  }
}

const CONVERTERS: Readonly<Record<string, string>> = {
  bytes: 'org.apache.kafka.connect.converters.ByteArrayConverter',
  text: 'org.apache.kafka.connect.storage.StringConverter',
  json: 'org.apache.kafka.connect.storage.StringConverter',
};

/** Messages are kept unchanged: the worker's default converter would quote them. */
async function choose(config: Config): Promise<Choice> {
  const { format, columns } = shapeOf(config);
  const text = 'org.apache.kafka.connect.storage.StringConverter';
  const value = columns === undefined ? CONVERTERS[format] : undefined;
  return {
    settings: {
      ...(config.passed('key.converter') === undefined && { 'key.converter': text }),
      ...(value !== undefined && config.passed('value.converter') === undefined && { 'value.converter': value }),
    },
    notes: [],
  };
}

export const mqttSourceImplementation: SourceImplementation = {
  probe: probeServer,
  choose,
  createConnector: () => new MqttSourceConnector(),
  createTask: () => new MqttSourceTask(),
};
