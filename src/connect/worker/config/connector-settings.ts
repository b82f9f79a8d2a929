import type { Env } from '../../../base/env.ts';
import { hideSecrets } from '../../../base/secrets/hide.ts';
import { maskValue } from '../../../base/secrets/mask.ts';
import { hasReference } from '../../../base/secrets/references.ts';
import { maskConfig, type ConfigKey, type ConfigProblem, type RawConfig } from '../../api/config-spec.ts';
import type { ConnectorPlugin, PlannedTopic, TopicRefusal } from '../../api/connector.ts';
import type { ConfigInfos, ConfigKeyInfo } from '../../client/api.ts';
import { withReferences } from '../../client/config-errors.ts';
import type { PluginCatalog } from '../plugins/plugin-catalog.ts';
import { badRequest, notFound } from '../request-error.ts';
import type { WorkerStore } from '../store/worker-store.ts';
import { keyInfo, refusal } from './config-infos.ts';
import { sqlConfig } from './framework-config.ts';
import { needlesslyHidden, unmask } from './masking.ts';
import { ProbeMemory } from './probe-memory.ts';
import { ConfigResolver } from './resolved-config.ts';
import type { SecretSources } from './secrets.ts';
import { frameworkKeys, validateConfig, type Validation, type ValidationContext } from './validate.ts';

/** The parts of the worker that validation needs. */
export interface ConnectorSettingsParts {
  readonly env: Env;
  readonly catalog: PluginCatalog;
  readonly store: WorkerStore;
  readonly workerDefaults: RawConfig;
  readonly secrets: SecretSources;
  refusal(connector: string, config: RawConfig, planned: PlannedTopic): TopicRefusal | undefined;
  /** The topic of a topic's records after the transforms of a config; undefined when it cannot be predicted. */
  topicBehindTransforms(config: RawConfig, topic: string): string | undefined;
  /** Problems with the topics named in settings. */
  problems(config: RawConfig): readonly ConfigProblem[];
}

/** Settings of connectors: which exist, whether they are valid, and how they are shown. */
export class ConnectorSettings {
  readonly #parts: ConnectorSettingsParts;
  /** Probes of the outside world that found no problem. */
  readonly probes: ProbeMemory;
  /** Resolves references in settings. */
  readonly resolver: ConfigResolver;

  constructor(parts: ConnectorSettingsParts) {
    this.#parts = parts;
    this.probes = new ProbeMemory(parts.env.clock);
    this.resolver = new ConfigResolver(parts.catalog, parts.secrets, (plugin) => this.sharedKeys(plugin));
  }

  /** The names of all settings of a connector, their alternatives, and (with a trailing dot) their families. */
  knownSettings(connectorClass: string): readonly string[] | undefined {
    const plugin = this.#parts.catalog.connectorNamed(connectorClass);
    if (plugin === undefined) return undefined;
    const keys = [...this.sharedKeys(plugin), ...plugin.config];
    return [
      ...keys.flatMap((k) => [k.name, ...(k.aliases ?? [])]),
      ...(plugin.families ?? []),
      ...(plugin.withoutEffect ?? []),
      ...(plugin.otherWords?.keys ?? []),
    ];
  }

  /** The classes that read a setting of this name by their own tables. */
  readersOf(name: string, type: 'source' | 'sink'): string[] {
    return this.#parts.catalog.connectors
      .filter((plugin) => plugin.type === type && plugin.config.some((k) => k.name === name))
      .map((plugin) => plugin.className);
  }

  pluginConfig(name: string): ConfigKeyInfo[] {
    const table = this.#parts.catalog.configOf(name);
    if (!table) throw notFound(`Unknown plugin ${name}.`);
    const connector = this.#parts.catalog.connectorNamed(name);
    return [...table, ...(connector ? this.sharedKeys(connector) : [])].map((key) => keyInfo(key));
  }

  /** A config with its secrets hidden, whatever its plugin. */
  masked(config: RawConfig): Record<string, string> {
    const plugin = this.#parts.catalog.connectorOf(config);
    const table = plugin && [...this.sharedKeys(plugin), ...plugin.config];
    return maskConfig(config, table);
  }

  /** Only validates. `config` may contain references to secrets, and masked values of the connector that it names. */
  async validate(config: RawConfig): Promise<ConfigInfos> {
    return (await this.#checked(this.completed(config['name'] ?? '', config))).infos;
  }

  /** @throws RequestError 400 with every problem */
  async validated(config: RawConfig): Promise<Validation> {
    const validation = await this.#checked(config);
    const message = refusal(validation.infos);
    if (message !== undefined) throw badRequest(message);
    return validation;
  }

  /** Replaces masked values of a config by the stored ones. @throws RequestError 400 where that is not allowed */
  completed(name: string, sent: RawConfig): RawConfig {
    const stored = this.#parts.store.config(name);
    return stored === undefined ? sent : unmask(sent, stored, (config) => this.masked(config));
  }

  /** The settings that all connectors of its type have. */
  sharedKeys(plugin: ConnectorPlugin): readonly ConfigKey[] {
    return [
      ...frameworkKeys(plugin, { catalog: this.#parts.catalog, workerDefaults: this.#parts.workerDefaults }),
      ...sqlConfig(plugin.type),
    ];
  }

  /** The config that would be changed, when a connector of this name and class exists. */
  #before(config: RawConfig): ValidationContext['before'] {
    const { store, catalog } = this.#parts;
    const name = config['name'] ?? '';
    const stored = store.config(name);
    const before = stored && catalog.inOwnWords(stored);
    if (before?.['connector.class'] !== catalog.inOwnWords(config)['connector.class'] || before === undefined)
      return undefined;
    return {
      config: before,
      hasWritten: (topic) => {
        const behind = this.#parts.topicBehindTransforms(config, topic);
        const topics = store.activeTopics(name);
        return behind === undefined ? topics.length > 0 : topics.includes(behind);
      },
    };
  }

  async #checked(config: RawConfig): Promise<Validation> {
    const { raw, problems, secrets } = await this.resolver.resolve(config);
    const { plugin, infos } = await validateConfig(raw, {
      catalog: this.#parts.catalog,
      workerDefaults: this.#parts.workerDefaults,
      env: this.#parts.env,
      probes: this.probes,
      // Without a name it is unknown which topics belong to the connector.
      refusal: (planned) =>
        config['name'] === undefined ? undefined : this.#parts.refusal(config['name'], raw, planned),
      before: this.#before(raw),
      problems: (own) => [
        ...problems,
        ...needlesslyHidden(raw, this.#parts.store.config(config['name'] ?? '')),
        ...this.#parts.problems(own),
      ],
    });
    // A plugin, or the server that it contacted, may repeat secrets that it was given.
    const sent = Object.entries(this.#parts.catalog.inOwnWords(config)).filter(([, value]) => hasReference(value));
    const references = Object.fromEntries(sent.map(([key, value]) => [key, maskValue(value)]));
    return { plugin, infos: withReferences(infos, references, (text) => hideSecrets(text, secrets)) };
  }
}
