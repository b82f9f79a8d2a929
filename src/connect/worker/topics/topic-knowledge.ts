import { messageOf } from '../../../base/errors.ts';
import type { Env } from '../../../base/env.ts';
import type { Log } from '../../../log/api.ts';
import type { RawConfig } from '../../api/config-spec.ts';
import type { TopicDeclaration } from '../../api/connector.ts';
import type { ConnectSchema } from '../../api/schema.ts';
import type { PreviewedSource, SourceDeclaration, TopicSchema } from '../../client/api.ts';
import { declarationOf, throughTransforms, topicSchemaOf, withSchemas } from './declarations.ts';
import { transformSettings } from '../config/framework-settings.ts';
import { createTransforms } from '../tasks/pipeline.ts';
import type { PluginCatalog } from '../plugins/plugin-catalog.ts';
import type { Preview } from '../tasks/preview.ts';
import { ensureTopic, topicSpecFor } from './topic-creation.ts';
import type { WorkerStore } from '../store/worker-store.ts';

/** What the knowledge of topics is based on. */
interface KnowledgeParts {
  readonly env: Env;
  readonly log: Log;
  readonly store: WorkerStore;
  readonly catalog: PluginCatalog;
  readonly workerDefaults: RawConfig;
  readonly topicDefaults: { readonly partitions: number; readonly replicas: number };
  /** Called when a connector has a new topic, or a topic has a new schema. */
  readonly onChange: (connector: string) => void;
}

/** What the worker knows of the topics that its sources write: stored durably, and read by the SQL layer. */
export class TopicKnowledge {
  readonly #parts: KnowledgeParts;
  /**
   * Topics that running connectors have declared, by connector; the store also contains those of earlier connectors of
   * the same name.
   */
  readonly #current = new Map<string, Set<string>>();

  constructor(parts: KnowledgeParts) {
    this.#parts = parts;
  }

  /** Called when the connector is about to start or was deleted: its earlier declarations no longer count. */
  forget(connector: string): void {
    this.#current.delete(connector);
  }

  /** Creates the topic if necessary; returns its number of partitions. */
  async ensureTopic(connector: string, topic: string): Promise<number> {
    const { log, store, env, topicDefaults } = this.#parts;
    const isTable = store.declaration(topic)?.isTable ?? false;
    return ensureTopic(log, topicSpecFor(topic, this.#configOf(connector) ?? {}, isTable, topicDefaults), env.logger);
  }

  async declare(connector: string, declaration: TopicDeclaration): Promise<void> {
    const config = this.#configOf(connector);
    if (config === undefined) return;
    const after = throughTransforms(
      declaration,
      createTransforms(transformSettings(config), this.#parts.catalog, this.#parts.env.clock),
    );
    if (after === undefined) return;
    try {
      await this.#remember(connector, after);
      await this.ensureTopic(connector, after.topic);
    } catch (error) {
      this.#parts.env.logger.warn(`Topic ${after.topic} could not be declared: ${messageOf(error)}`);
    }
  }

  /** The topic of a topic's records after the transforms of a config; undefined when it cannot be predicted. */
  topicBehindTransforms(config: RawConfig, topic: string): string | undefined {
    if (transformSettings(config).transforms.length === 0) return topic;
    const nothing = { topic, entity: topic, keySchema: null, keyColumns: [], isTable: false, valueSchema: null };
    try {
      return throughTransforms(
        nothing,
        createTransforms(transformSettings(config), this.#parts.catalog, this.#parts.env.clock),
      )?.topic;
    } catch {
      // Wrong settings are refused elsewhere.
      return undefined;
    }
  }

  /**
   * Reports the schemas of written records: they apply where nothing was declared, or where transforms could not be
   * predicted. A tombstone does not describe values, whose columns are kept.
   */
  learn(connector: string, topic: string, key: ConnectSchema | null, value: ConnectSchema | null): void {
    if (key === null && value === null) return;
    const known = this.#parts.store.declaration(topic);
    const nothing = { topic, entity: topic, keySchema: null, keyColumns: [], isTable: false, valueSchema: null };
    const seen = withSchemas(known ?? nothing, key, value ?? known?.valueSchema ?? null);
    if (seen === known) return;
    this.#remember(connector, seen).catch((error: unknown) => {
      this.#parts.env.logger.warn(`The schema of topic ${topic} could not be kept: ${messageOf(error)}`);
    });
  }

  schemaOf(topic: string): TopicSchema | undefined {
    const { store, workerDefaults, catalog } = this.#parts;
    const stored = store.declaration(topic);
    return stored && topicSchemaOf(stored, this.#configOf(stored.connector) ?? {}, workerDefaults, catalog);
  }

  /** Suggestions for automatic declarations; `byDefault`: whether they should be followed without being requested. */
  async declarationsOf(connector: string, byDefault: boolean): Promise<SourceDeclaration[]> {
    const { store, workerDefaults, catalog, log } = this.#parts;
    const config = this.#configOf(connector) ?? {};
    const found: SourceDeclaration[] = [];
    for (const stored of store.declarationsOf(connector)) {
      if (this.#current.get(connector)?.has(stored.topic) !== true) continue;
      const partitions = (await log.admin.describeTopic(stored.topic))?.partitions ?? 1;
      const schema = topicSchemaOf(stored, config, workerDefaults, catalog);
      found.push(declarationOf(stored, schema, config, byDefault, partitions));
    }
    return found;
  }

  /** What a connector that does not exist would have declared. */
  previewed(connector: string, config: RawConfig, { topics, remarks }: Preview, byDefault: boolean): PreviewedSource {
    const { workerDefaults, catalog, topicDefaults } = this.#parts;
    return {
      remarks,
      topics: topics.map(({ declaration, rows }) => {
        const stored = { ...declaration, connector };
        const schema = topicSchemaOf(stored, config, workerDefaults, catalog);
        const { partitions } = topicSpecFor(declaration.topic, config, declaration.isTable, topicDefaults);
        return {
          declaration: declarationOf(stored, schema, config, byDefault, partitions),
          origins: declaration.origins ?? [],
          rows,
        };
      }),
    };
  }

  /** A connector's settings in its own words. */
  #configOf(connector: string): RawConfig | undefined {
    const { store, catalog } = this.#parts;
    const config = store.config(connector);
    return config && catalog.inOwnWords(config);
  }

  async #remember(connector: string, declaration: TopicDeclaration): Promise<void> {
    let topics = this.#current.get(connector);
    if (!topics) this.#current.set(connector, (topics = new Set()));
    topics.add(declaration.topic);
    await this.#parts.store.putDeclaration({ ...declaration, connector });
    this.#parts.onChange(connector);
  }
}
