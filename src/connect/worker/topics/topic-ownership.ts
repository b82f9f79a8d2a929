import { matchesAny } from '../../../base/regex/name-pattern.ts';
import type { ConfigProblem, RawConfig } from '../../api/config-spec.ts';
import type { Place, PlannedTopic, TopicRefusal } from '../../api/connector.ts';
import { FRAMEWORK } from '../config/framework-config.ts';
import { deadLetterTopic, sinkTopics } from '../config/framework-settings.ts';
import type { PluginCatalog } from '../plugins/plugin-catalog.ts';
import type { StoredDeclaration, WorkerStore } from '../store/worker-store.ts';

/** What the SQL layer knows about a topic: texts that name its owner, such as `stream KS`. */
export interface TopicClaims {
  /**
   * The topic contains passwords, statements or schemas of everybody: no connector may read or write it, even if it is
   * named.
   */
  readonly isProtected?: boolean | undefined;
  /** A query writes it: nobody else may, even if it is named. */
  readonly written?: string | undefined;
  /** A stream or table that was declared over it. */
  readonly declared?: string | undefined;
  /** Queries that read it, with the topics that they write. */
  readonly derived?: readonly { readonly query: string; readonly topic: string }[] | undefined;
}

interface Parts {
  readonly store: WorkerStore;
  readonly catalog: PluginCatalog;
  readonly claims: (topic: string) => TopicClaims;
  /** The topic after a config's transforms; undefined when it cannot be predicted. */
  readonly behindTransforms: (config: RawConfig, topic: string) => string | undefined;
  /** A connector's settings, with references to secrets resolved where it runs. */
  readonly configOf: (connector: string) => RawConfig | undefined;
}

/**
 * Determines the owners of topics. A source writes no topic of another owner, and reads nothing that a sink of this
 * worker writes: otherwise rows would end up in other people's streams, or circulate forever. What a connector has
 * written before remains its own.
 */
export class TopicOwnership {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Why the connector may not write the topic; undefined: it may. */
  refusal(connector: string, planned: PlannedTopic): TopicRefusal | undefined {
    const { store, claims } = this.#parts;
    const { topic, place } = planned;
    if (this.isProtected(topic)) return { kind: 'taken', reason: keptForItself(topic) };
    const stored = store.declaration(topic);
    // What a connector reads belongs to it while it exists; when it is created again over what an earlier one wrote, it
    // is treated like any other.
    const isOwn = stored?.connector === connector && store.config(connector) !== undefined;
    const circle = place && !isOwn ? this.#circleFrom(topic, place) : undefined;
    if (stored?.connector === connector && circle === undefined) {
      const before = stored.place;
      return before === undefined || place === undefined || before.name === place.name
        ? undefined
        : { kind: 'taken', reason: `topic ${topic} holds the rows of ${before.name}` };
    }
    const echo = place && this.#sinkInto(place);
    if (echo !== undefined) return { kind: 'echo', reason: `sink connector ${echo} writes it`, circle };
    const former = place && store.writtenPlaces().find((w) => isSame(w.place, place));
    if (former !== undefined)
      return { kind: 'echo', reason: `sink connector ${former.connector}, which was dropped, wrote it` };
    const { written, declared } = claims(topic);
    if (written !== undefined) return { kind: 'taken', reason: `topic ${topic} is written by ${written}` };
    const other = this.writerOf(topic, connector);
    if (other !== undefined) return { kind: 'taken', reason: `connector ${other} writes topic ${topic}` };
    // A user who names the topic may intend to fill what was declared over it (docs/decisions/0031-named-topics.md).
    if (planned.isNamed === true) return undefined;
    // Declarations over a topic that a connector created are readers.
    if (declared !== undefined && stored === undefined)
      return { kind: 'taken', reason: `topic ${topic} is that of ${declared}` };
    return undefined;
  }

  /** Whether no connector may use the topic. */
  isProtected(topic: string): boolean {
    return this.#parts.claims(topic).isProtected === true;
  }

  /** Problems with the topics that a config names, regardless of their contents. */
  problems(config: RawConfig): ConfigProblem[] {
    const named = (key: string, topics: readonly string[]): ConfigProblem[] =>
      topics
        .filter((topic) => this.isProtected(topic))
        .map((topic) => ({ key, message: `Invalid value ${topic} for configuration ${key}: ${keptForItself(topic)}` }));
    const deadLetters = deadLetterTopic(config);
    return [
      ...(this.#pluginOf(config)?.type === 'sink' ? named('topics', sinkTopics(config).topics) : []),
      ...named(FRAMEWORK.errorsDeadletterqueueTopicName.name, deadLetters === undefined ? [] : [deadLetters]),
      ...this.#circles(config).map((message) => ({ key: 'topics', message })),
    ];
  }

  /** The other source connector that writes the topic. */
  writerOf(topic: string, except?: string): string | undefined {
    const { store } = this.#parts;
    const stored = store.declaration(topic)?.connector;
    if (stored !== undefined && stored !== except && this.#isSource(stored)) return stored;
    return store
      .connectorNames()
      .find((name) => name !== except && this.#isSource(name) && store.activeTopics(name).includes(topic));
  }

  /** The sink connectors that read the topic. */
  readersOf(topic: string): string[] {
    return this.#parts.store.connectorNames().filter((name) => {
      const config = this.#parts.store.config(name);
      return config !== undefined && this.#pluginOf(config)?.type === 'sink' && reads(config, topic);
    });
  }

  /**
   * The cycles that a sink's settings would create: it would write to a place from which its topic's rows are read,
   * possibly through queries and other connectors.
   */
  #circles(config: RawConfig, planned?: DerivedTopic): string[] {
    const plugin = this.#pluginOf(config);
    if (plugin?.type !== 'sink') return [];
    const found: string[] = [];
    const origins = this.#parts.store
      .declarations()
      .filter((d) => d.place !== undefined && this.#isSource(d.connector));
    for (const { place, connector, ...origin } of origins) {
      for (const { topic, by } of this.#downstream(origin.topic, origins, config['name'], planned)) {
        if (!reads(config, topic) || !this.#targetsOf(config, [topic]).some((to) => isSame(to, place!))) continue;
        const way =
          by.length === 0
            ? ''
            : `, of which ${by.join(' and then ')} ${by.length > 1 ? 'make' : 'makes'} topic ${topic}`;
        found.push(
          `${place!.name} is where connector ${connector} reads the rows of topic ${origin.topic} from${way}: written to it, each would go round for ever. Choose another table`,
        );
      }
    }
    return found;
  }

  /** The topic, and those that queries and connectors other than `except` derive from it; `by` names them in order. */
  #downstream(
    from: string,
    origins: readonly StoredDeclaration[],
    except: string | undefined,
    planned?: DerivedTopic,
  ): { topic: string; by: readonly string[] }[] {
    const { store, configOf, claims } = this.#parts;
    const reached = [{ topic: from, by: [] as readonly string[] }];
    const seen = new Set([from]);
    const sinks = store.connectorNames().filter((name) => name !== except);
    for (const { topic, by } of reached) {
      const go = (next: string, name: string): void => {
        if (seen.has(next)) return;
        seen.add(next);
        reached.push({ topic: next, by: [...by, name] });
      };
      for (const { query, topic: next } of claims(topic).derived ?? []) go(next, `query ${query}`);
      if (planned?.from.includes(topic)) go(planned.to, `query ${planned.query}`);
      for (const name of sinks) {
        const config = configOf(name) ?? {};
        if (!reads(config, topic)) continue;
        for (const place of this.#targetsOf(config, [topic])) {
          for (const read of origins)
            if (isSame(read.place!, place)) go(read.topic, `sink connector ${name} with connector ${read.connector}`);
        }
      }
    }
    return reached;
  }

  /**
   * The cycle that a new query would create: a sink writes its result to a place from which one of its sources comes.
   */
  circleBy(planned: DerivedTopic): string | undefined {
    const { store, configOf } = this.#parts;
    for (const name of store.connectorNames()) {
      const config = { ...configOf(name), name };
      const before = new Set(this.#circles(config));
      const added = this.#circles(config, planned).find((text) => !before.has(text));
      if (added !== undefined) return added.replace('Choose another table', `Sink connector ${name} would write it`);
    }
    return undefined;
  }

  /**
   * The cycle that a source would create by reading a place into a topic: a sink writes data derived from that topic
   * there.
   */
  #circleFrom(from: string, place: Place): string | undefined {
    const { store, configOf } = this.#parts;
    const origins = store.declarations().filter((d) => d.place !== undefined && this.#isSource(d.connector));
    for (const { topic, by } of this.#downstream(from, origins, undefined)) {
      for (const name of store.connectorNames()) {
        const config = configOf(name) ?? {};
        if (!reads(config, topic) || !this.#targetsOf(config, [topic]).some((to) => isSame(to, place))) continue;
        const way =
          by.length === 0
            ? ''
            : `, which ${by.join(' and then ')} ${by.length > 1 ? 'make' : 'makes'} of topic ${from}`;
        return `sink connector ${name} writes topic ${topic} to it${way}: read into topic ${from}, each row would go round for ever`;
      }
    }
    return undefined;
  }

  /** Where a sink writes, as far as its settings tell; remembered when it is deleted. */
  placesOf(connector: string): Place[] {
    const { store, configOf } = this.#parts;
    const config = configOf(connector) ?? {};
    return this.#targetsOf(config, [...new Set([...sinkTopics(config).topics, ...store.activeTopics(connector)])]);
  }

  #sinkInto(place: Place): string | undefined {
    return this.#parts.store
      .connectorNames()
      .find((name) => this.placesOf(name).some((target) => isSame(target, place)));
  }

  /** Where a sink writes the records of topics, considering its transforms. Empty for a source. */
  #targetsOf(config: RawConfig, topics: readonly string[]): Place[] {
    const plugin = this.#pluginOf(config);
    if (plugin?.type !== 'sink') return [];
    const renamed = topics.flatMap((topic) => this.#parts.behindTransforms(config, topic) ?? []);
    return (plugin.targets?.(config, renamed) ?? []).map((target) => target.place);
  }

  #isSource(connector: string): boolean {
    const config = this.#parts.store.config(connector);
    return config !== undefined && this.#pluginOf(config)?.type === 'source';
  }

  #pluginOf(config: RawConfig) {
    return this.#parts.catalog.connectorOf(config);
  }
}

function keptForItself(topic: string): string {
  return `topic ${topic} holds what this server keeps for itself (ksql.protected.topics): passwords, statements, schemas`;
}

/** A topic that a query derives from others. */
export interface DerivedTopic {
  readonly query: string;
  readonly from: readonly string[];
  readonly to: string;
}

/** Whether the settings of a sink name the topic. */
function reads(config: RawConfig, topic: string): boolean {
  const { topics, regex } = sinkTopics(config);
  return topics.includes(topic) || (regex !== undefined && matches(regex, topic));
}

function matches(regex: string, topic: string): boolean {
  try {
    return matchesAny([regex], topic);
  } catch {
    return false;
  }
}

function isSame(a: Place, b: Place): boolean {
  return a.system === b.system && a.name === b.name;
}
