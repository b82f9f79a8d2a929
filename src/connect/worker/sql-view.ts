import { hideSecrets } from '../../base/secrets/hide.ts';
import type { Env } from '../../base/env.ts';
import { within } from '../../base/within.ts';
import { configOf, type RawConfig } from '../api/config-spec.ts';
import type { Choice, PlannedTopic, Reading, SourceProgress, TopicRefusal } from '../api/connector.ts';
import type { PreviewedSource, SourceDeclaration, TopicSchema } from '../client/api.ts';
import { CONNECTORS } from '../connectors/registry.ts';
import { knownSchemas } from './config/validate.ts';
import { transformSettings } from './config/framework-settings.ts';
import type { ProbeMemory } from './config/probe-memory.ts';
import type { ConfigResolver } from './config/resolved-config.ts';
import type { ConnectorRuntime } from './connector-runtime.ts';
import type { PluginCatalog } from './plugins/plugin-catalog.ts';
import { notFound } from './request-error.ts';
import type { WorkerStore } from './store/worker-store.ts';
import { createTransforms } from './tasks/pipeline.ts';
import { previewSource } from './tasks/preview.ts';
import { throughTransforms } from './topics/declarations.ts';
import type { TopicKnowledge } from './topics/topic-knowledge.ts';
import type { DerivedTopic, TopicOwnership } from './topics/topic-ownership.ts';

/** The parts of the worker that the view reads. */
export interface SqlViewParts {
  readonly env: Env;
  readonly catalog: PluginCatalog;
  readonly store: WorkerStore;
  readonly knowledge: TopicKnowledge;
  readonly ownership: TopicOwnership;
  readonly resolver: ConfigResolver;
  readonly probes: ProbeMemory;
  runtime(name: string): ConnectorRuntime | undefined;
  refusal(connector: string, config: RawConfig, planned: PlannedTopic): TopicRefusal | undefined;
  /** Replaces masked values of a config by the stored ones. */
  completed(name: string, sent: RawConfig): RawConfig;
}

/** What SQL needs beyond Connect's REST API: schemas, owners of topics, progress of sources, previews. */
export class SqlView {
  readonly #parts: SqlViewParts;

  constructor(parts: SqlViewParts) {
    this.#parts = parts;
  }

  topicSchema(topic: string): TopicSchema | undefined {
    return this.#parts.knowledge.schemaOf(topic);
  }

  /** The connector's remarks: for example, tables that it does not read, and why. */
  remarks(name: string): readonly string[] {
    return this.#parts.runtime(name)?.remarks ?? [];
  }

  /** The remarks about data that was read before and no longer exists. */
  gone(name: string): readonly string[] {
    return this.#parts.runtime(name)?.gone ?? [];
  }

  /** Why a topic receives no more records, if what its connector read no longer exists: one sentence. */
  endOf(topic: string): string | undefined {
    const writer = this.#parts.ownership.writerOf(topic);
    const runtime = writer === undefined ? undefined : this.#parts.runtime(writer);
    if (writer === undefined || runtime === undefined) return undefined;
    const behind = (own: string): string => this.#parts.knowledge.topicBehindTransforms(runtime.config, own) ?? own;
    const read = this.#parts.store.declarationsOf(writer).find((d) => behind(d.topic) === topic)?.place?.name;
    const reason = read === undefined ? undefined : runtime.gone.find((text) => text.includes(` ${read} `));
    return reason === undefined ? undefined : `Topic ${topic} gets no more rows of connector ${writer}: ${reason}`;
  }

  /** The progress of a source; undefined when nothing is known. */
  progress(name: string): SourceProgress | undefined {
    const runtime = this.#parts.runtime(name);
    if (runtime === undefined || runtime.plugin.type !== 'source') return undefined;
    const reported = runtime.progress;
    if (reported.readings.length > 0) return reported;
    // The source is about to start; its offsets show what remains to be read.
    return {
      ...reported,
      readings: runtime.plugin.readings?.(runtime.config, this.#parts.store.sourceOffsets(name)) ?? [],
    };
  }

  /** The first reading into a topic, while it is in progress. */
  readingOf(topic: string): Reading | undefined {
    const writer = this.#parts.ownership.writerOf(topic);
    if (writer === undefined) return undefined;
    const config = this.#parts.runtime(writer)?.config ?? {};
    return this.progress(writer)?.readings.find(
      (r) => r.state !== 'done' && (this.#parts.knowledge.topicBehindTransforms(config, r.topic) ?? r.topic) === topic,
    );
  }

  /** The connectors that write or read a topic. */
  usersOf(topic: string): readonly string[] {
    const writer = this.#parts.ownership.writerOf(topic);
    return [...(writer === undefined ? [] : [writer]), ...this.#parts.ownership.readersOf(topic)];
  }

  writerOf(topic: string): string | undefined {
    return this.#parts.ownership.writerOf(topic);
  }

  classOf(name: string): string | undefined {
    return this.#parts.store.config(name)?.['connector.class'];
  }

  /** What is known of a source connector of this name, whether it exists or not. */
  remembered(name: string): { readonly topics: readonly string[]; readonly hasOffsets: boolean } {
    const declared = this.#parts.store.declarationsOf(name).map((d) => d.topic);
    return {
      topics: [...new Set([...declared, ...this.#parts.store.activeTopics(name)])],
      hasOffsets: this.#parts.store.sourceOffsets(name).length > 0,
    };
  }

  /** What deleted or stopped connectors have left in their sources, by connector. */
  leftovers(): Readonly<Record<string, readonly string[]>> {
    const found: Record<string, readonly string[]> = {};
    for (const name of this.#parts.store.offsetConnectors()) {
      const config = this.#parts.store.config(name);
      const offsets = this.#parts.store.sourceOffsets(name);
      const isStopped = config !== undefined && this.#parts.store.targetState(name) === 'STOPPED';
      // The class of a deleted connector is unknown, and several classes may interpret its offsets.
      const own = config && this.#parts.catalog.connectorOf(config);
      const sentences = new Set(
        (own === undefined ? CONNECTORS : [own]).flatMap((p) =>
          p.type === 'source' ? (p.leftovers?.(name, offsets, config, isStopped) ?? []) : [],
        ),
      );
      if (sentences.size > 0) found[name] = [...sentences];
    }
    return found;
  }

  /** Forgets a deleted connector and what it has left. */
  async forgetLeftovers(name: string): Promise<void> {
    const offsets = this.#parts.store.sourceOffsets(name).map(({ partition }) => ({ partition, offset: null }));
    await this.#parts.store.putSourceOffsets(name, offsets);
  }

  /**
   * The settings that a connector chooses after a look at the outside world, where its short form leaves the choice to
   * it.
   */
  async choose(name: string, config: RawConfig): Promise<Choice> {
    const nothing = { settings: {}, notes: [] };
    const plugin = this.#parts.catalog.connectorNamed(config['connector.class'] ?? '');
    if (plugin === undefined) return nothing;
    const { choose } = await plugin.load();
    if (choose === undefined) return nothing;
    try {
      const { raw } = await this.#parts.resolver.resolve({ ...config, name });
      const observed = this.#parts.probes.observe((planned) => this.#parts.refusal(name, raw, planned));
      const choice = await choose(configOf(plugin.config, raw), {
        name,
        env: this.#parts.env,
        signal: new AbortController().signal,
        refusal: observed.refusal,
        schemas: (topic) => knownSchemas(topic, raw, this.#parts),
      });
      // The check of the statement and the creation use this result.
      if (choice.problems?.length === 0) observed.clean({ ...raw, ...choice.settings }, 2);
      return choice;
    } catch {
      // Validation reports problems with the settings.
      return nothing;
    }
  }

  /** What a source with these settings would write; undefined when it cannot be examined without being created. */
  async preview(name: string, config: RawConfig): Promise<PreviewedSource | undefined> {
    const { raw, secrets } = await this.#parts.resolver.resolveToRun(this.#parts.completed(name, { ...config, name }));
    const plugin = this.#parts.catalog.connectorOf(raw);
    if (plugin?.type !== 'source') return undefined;
    const settings = transformSettings(raw);
    const found = await previewSource(plugin, {
      name,
      env: this.#parts.env,
      config: raw,
      transforms: createTransforms(settings, this.#parts.catalog, this.#parts.env.clock),
      refusal: (planned) => this.#parts.refusal(name, raw, planned),
      behindTransforms: (declaration) =>
        throughTransforms(declaration, createTransforms(settings, this.#parts.catalog, this.#parts.env.clock)),
    });
    const remarks = found?.remarks.map((text) => hideSecrets(text, secrets)) ?? [];
    return found && this.#parts.knowledge.previewed(name, raw, { ...found, remarks }, plugin.shortForm !== undefined);
  }

  /** Called when a topic was deleted: forgets what was known of it. */
  forgetTopic(topic: string): Promise<void> {
    return this.#parts.store.deleteDeclaration(topic);
  }

  async sourceDeclarations(name: string, waitMs: number): Promise<SourceDeclaration[]> {
    if (this.#parts.store.config(name) === undefined) throw notFound(`Connector ${name} not found`);
    const runtime = this.#parts.runtime(name);
    if (!runtime || runtime.type !== 'source') return [];
    await within(this.#parts.env.timers, waitMs, runtime.launched);
    return this.#parts.knowledge.declarationsOf(name, runtime.plugin.shortForm !== undefined);
  }

  circleBy(planned: DerivedTopic): string | undefined {
    return this.#parts.ownership.circleBy(planned);
  }
}
