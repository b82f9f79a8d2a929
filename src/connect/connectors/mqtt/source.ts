import { isSluiceError, messageOf } from '../../../base/errors.ts';
import type { Config, ConfigProblem, RawConfig } from '../../api/config-spec.ts';
import type {
  Choice,
  Forgotten,
  ForgetContext,
  ProbeContext,
  SourceConnector,
  SourceConnectorContext,
  SourceImplementation,
} from '../../api/connector.ts';
import { addressesText, clientIdOf, partitionOf } from './identity.ts';
import { CONNECTION } from './connection-keys.ts';
import { MqttLink, Stranger } from './link.ts';
import { KEY_SCHEMA, shapeOf } from './messages.ts';
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

  /** Several where the server shares out the messages: each of them would have all else. */
  async taskConfigs(maxTasks: number): Promise<readonly RawConfig[]> {
    const isShared = this.#config.get(SOURCE.topics).every((filter) => filter.startsWith('$share/'));
    return Array.from({ length: isShared ? maxTasks : 1 }, () => this.#config.raw);
  }

  async stop(): Promise<void> {}

  /** Sessions that servers keep for the connector end. */
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

/** Whether the server is there, and lets us in: under another name, for a session has one client. */
async function probe(config: Config, { env }: ProbeContext): Promise<readonly ConfigProblem[]> {
  const invalid = (key: string, value: string, reason: string): ConfigProblem => ({
    key,
    message: `Invalid value ${value} for configuration ${key}: ${reason}`,
  });
  const look = async (clientId: string, clean: boolean): Promise<void> => {
    const link = await MqttLink.open(config, { clientId, clean });
    await link.close();
  };
  try {
    try {
      await look(`sluice-look-${Math.floor(env.random.next() * 0xffff_ffff).toString(36)}`, true);
    } catch (error) {
      // Some servers let only names in that they know.
      const known = config.get(CONNECTION.clientId);
      if (!(error instanceof Stranger) || known === undefined) throw error;
      await look(known, false);
    }
    return [];
  } catch (error) {
    const reason = messageOf(error);
    if (isSluiceError(error, 'CONFIG'))
      return [{ key: /^Invalid value for (ssl\S+):/.exec(reason)?.[1] ?? CONNECTION.uri.name, message: reason }];
    return error instanceof Stranger
      ? [invalid(CONNECTION.password.name, '[hidden]', reason)]
      : [invalid(CONNECTION.uri.name, addressesText(config), reason)];
  }
}

const CONVERTERS: Readonly<Record<string, string>> = {
  bytes: 'org.apache.kafka.connect.converters.ByteArrayConverter',
  text: 'org.apache.kafka.connect.storage.StringConverter',
  json: 'org.apache.kafka.connect.storage.StringConverter',
};

/** Messages are kept as they are: the worker's default converter would put them in quotes. */
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
  probe,
  choose,
  createConnector: () => new MqttSourceConnector(),
  createTask: () => new MqttSourceTask(),
};
