import type { RawConfig } from '../api/config-spec.ts';
import type { Place, PlannedTopic, TopicRefusal } from '../api/connector.ts';
import type { PluginCatalog } from './plugin-catalog.ts';
import type { WorkerStore } from './worker-store.ts';

/** What the SQL layer says of a topic: texts that name who has it, as `stream KS`. */
export interface TopicClaims {
  /** A query writes it: nobody else may, whatever is named. */
  readonly written?: string | undefined;
  /** A stream or table that was declared over it. */
  readonly declared?: string | undefined;
}

interface Parts {
  readonly store: WorkerStore;
  readonly catalog: PluginCatalog;
  readonly claims: (topic: string) => TopicClaims;
  /** A connector's settings, references to secrets resolved where it runs. */
  readonly configOf: (connector: string) => RawConfig | undefined;
}

/**
 * Whose a topic is. A source writes no topic that belongs to somebody else, and reads nothing that a sink of this worker writes: rows would end in
 * other people's streams, or go round for ever. What a connector has written before stays its own.
 */
export class TopicOwnership {
  private readonly parts: Parts;

  constructor(parts: Parts) {
    this.parts = parts;
  }

  /** Why the connector is not to write the topic; undefined: it may. */
  refusal(connector: string, planned: PlannedTopic): TopicRefusal | undefined {
    const { store, claims } = this.parts;
    const { topic, place } = planned;
    const stored = store.declaration(topic);
    if (stored?.connector === connector) {
      const before = stored.place;
      return before === undefined || place === undefined || before.name === place.name
        ? undefined
        : { kind: 'taken', reason: `topic ${topic} holds the rows of ${before.name}` };
    }
    const echo = place && this.sinkInto(place);
    if (echo !== undefined) return { kind: 'echo', reason: `sink connector ${echo} writes it` };
    const { written, declared } = claims(topic);
    if (written !== undefined) return { kind: 'taken', reason: `topic ${topic} is written by ${written}` };
    if (planned.isNamed === true) return undefined;
    const other = this.writerOf(topic, connector);
    if (other !== undefined) return { kind: 'taken', reason: `connector ${other} writes topic ${topic}` };
    // Over a topic that a connector made, declarations are readers.
    if (declared !== undefined && stored === undefined)
      return { kind: 'taken', reason: `topic ${topic} is that of ${declared}` };
    return undefined;
  }

  /** The source connector, other than this one, that writes the topic. */
  writerOf(topic: string, except?: string): string | undefined {
    const { store } = this.parts;
    const stored = store.declaration(topic)?.connector;
    if (stored !== undefined && stored !== except && this.isSource(stored)) return stored;
    return store
      .connectorNames()
      .find((name) => name !== except && this.isSource(name) && store.activeTopics(name).includes(topic));
  }

  /** The sink connectors that read the topic. */
  readersOf(topic: string): string[] {
    return this.parts.store.connectorNames().filter((name) => {
      const config = this.parts.store.config(name);
      if (config === undefined || this.pluginOf(config)?.type !== 'sink') return false;
      const regex = config['topics.regex']?.trim();
      return topicsOf(config).includes(topic) || (regex !== undefined && regex !== '' && matches(regex, topic));
    });
  }

  /** What a sink's settings would make go round: it would write what its topic's rows are read from. */
  circles(config: RawConfig): string[] {
    const plugin = this.pluginOf(config);
    if (plugin?.type !== 'sink') return [];
    const { store } = this.parts;
    return (plugin.targets?.(config, topicsOf(config)) ?? []).flatMap(({ topic, place }) => {
      const declared = store.declaration(topic);
      if (declared?.place === undefined || !isSame(declared.place, place) || !this.isSource(declared.connector))
        return [];
      return [
        `${place.name} is where connector ${declared.connector} reads the rows of topic ${topic} from: written to it, each would go round for ever. Choose another table`,
      ];
    });
  }

  private sinkInto(place: Place): string | undefined {
    const { store, configOf } = this.parts;
    return store.connectorNames().find((name) => {
      const config = configOf(name) ?? {};
      const plugin = this.pluginOf(config);
      if (plugin?.type !== 'sink') return false;
      const topics = new Set([...topicsOf(config), ...store.activeTopics(name)]);
      return (plugin.targets?.(config, [...topics]) ?? []).some((target) => isSame(target.place, place));
    });
  }

  private isSource(connector: string): boolean {
    const config = this.parts.store.config(connector);
    return config !== undefined && this.pluginOf(config)?.type === 'source';
  }

  private pluginOf(config: RawConfig) {
    return this.parts.catalog.connectorNamed(config['connector.class'] ?? '');
  }
}

function topicsOf(config: RawConfig): string[] {
  return (config['topics'] ?? '')
    .split(',')
    .map((t) => t.trim())
    .filter((t) => t !== '');
}

function matches(regex: string, topic: string): boolean {
  try {
    return new RegExp(`^(?:${regex})$`).test(topic);
  } catch {
    return false;
  }
}

function isSame(a: Place, b: Place): boolean {
  return a.system === b.system && a.name === b.name;
}
