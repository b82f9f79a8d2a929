import { Config, type ConfigProblem, type RawConfig } from '../../../api/config-spec.ts';
import type {
  ForgetContext,
  Forgotten,
  SourceConnector,
  SourceConnectorContext,
  SourceImplementation,
} from '../../../api/connector.ts';
import type { OffsetMap } from '../../../api/record.ts';
import { source } from '../dialect.ts';
import { translated } from './translate.ts';

/** The settings to blame, in Debezium's words. */
const WORDS: Readonly<Record<string, string>> = {
  'connection.url': 'database.hostname',
  'connection.user': 'database.user',
  'connection.password': 'database.password',
  'table.whitelist': 'table.include.list',
  mode: 'plugin.name',
};

const inDebezium = ({ key, message }: ConfigProblem): ConfigProblem => {
  const word = WORDS[key] ?? key;
  return { key: word, message: message.replaceAll(`configuration ${key}`, `configuration ${word}`) };
};

const ours = (config: Config): Config => Config.of(translated(config.raw));

/** The Postgres source, told by Debezium's settings. */
class DebeziumConnector implements SourceConnector {
  readonly #inner: SourceConnector = source.createConnector();

  start(config: Config, context: SourceConnectorContext): Promise<void> {
    return this.#inner.start(ours(config), context);
  }
  taskConfigs(maxTasks: number): Promise<readonly RawConfig[]> {
    return this.#inner.taskConfigs(maxTasks);
  }
  stop(): Promise<void> {
    return this.#inner.stop();
  }
  forget(config: Config, context: ForgetContext): Promise<Forgotten> {
    return this.#inner.forget!(ours(config), context);
  }
  checkOffsets(
    config: Config,
    offsets: readonly { partition: OffsetMap; offset: OffsetMap | null }[],
  ): void | Promise<void> {
    return this.#inner.checkOffsets!(ours(config), offsets);
  }
}

export const debeziumSource: SourceImplementation = {
  probe: async (config, context) => ((await source.probe?.(ours(config), context)) ?? []).map(inDebezium),
  createConnector: () => new DebeziumConnector(),
  createTask: () => source.createTask(),
};
