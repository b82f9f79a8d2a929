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

/** Debezium's names for the settings that a problem is attributed to. */
const WORDS: Readonly<Record<string, string>> = {
  'connection.url': 'database.hostname',
  'connection.user': 'database.user',
  'connection.password': 'database.password',
  'table.whitelist': 'table.include.list',
};

/** Debezium has no setting for the mode: problems that prevent change capture are attributed to the database. */
const inDebezium = ({ key, message }: ConfigProblem, config: RawConfig): ConfigProblem => {
  const word = key === 'mode' ? 'database.hostname' : (WORDS[key] ?? key);
  const translation =
    key === 'mode'
      ? message.replace(
          /^Invalid value \S* for configuration mode:/,
          `Invalid value ${config[word] ?? ''} for configuration ${word}:`,
        )
      : message.replaceAll(`configuration ${key}`, `configuration ${word}`);
  return { key: word, message: translation };
};

const translatedConfig = (config: Config): Config => Config.of(translated(config.raw));

/** The Postgres source, configured by Debezium's settings. */
class DebeziumConnector implements SourceConnector {
  readonly #inner: SourceConnector = source.createConnector();

  start(config: Config, context: SourceConnectorContext): Promise<void> {
    return this.#inner.start(translatedConfig(config), context);
  }
  taskConfigs(maxTasks: number): Promise<readonly RawConfig[]> {
    return this.#inner.taskConfigs(maxTasks);
  }
  stop(): Promise<void> {
    return this.#inner.stop();
  }
  forget(config: Config, context: ForgetContext): Promise<Forgotten> {
    return this.#inner.forget!(translatedConfig(config), context);
  }
  checkOffsets(
    config: Config,
    offsets: readonly { partition: OffsetMap; offset: OffsetMap | null }[],
  ): void | Promise<void> {
    return this.#inner.checkOffsets!(translatedConfig(config), offsets);
  }
}

export const debeziumSource: SourceImplementation = {
  probe: async (config, context) =>
    ((await source.probe?.(translatedConfig(config), context)) ?? []).map((problem) => inDebezium(problem, config.raw)),
  createConnector: () => new DebeziumConnector(),
  createTask: () => source.createTask(),
};
