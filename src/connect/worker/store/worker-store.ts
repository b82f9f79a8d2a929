import type { Env } from '../../../base/env.ts';
import { messageOf } from '../../../base/errors.ts';
import { HIDDEN } from '../../../base/secrets/find.ts';
import type { Sealer } from '../../../base/secrets/sealer.ts';
import { SerialQueue } from '../../../base/serial-queue.ts';
import type { Log, LogWriter } from '../../../log/api.ts';
import type { RawConfig } from '../../api/config-spec.ts';
import type { Place, TopicDeclaration } from '../../api/connector.ts';
import type { OffsetMap } from '../../api/record.ts';
import type { ConnectorOffset, TargetState } from '../../client/api.ts';
import { KeyedTopic } from '../../../log/keyed-topic.ts';

/** What is remembered of a topic that a source declared. */
export interface StoredDeclaration extends TopicDeclaration {
  readonly connector: string;
}

/** How hidden settings are stored. */
export interface SettingsVault {
  readonly sealer: Sealer | undefined;
  /** Returns which values of a config are never shown. */
  readonly isHidden: (config: RawConfig) => (key: string) => boolean;
}

/** The stored config of a connector. Kafka Connect knows only `properties`. */
interface StoredConfig {
  readonly properties: RawConfig;
  /** Encrypted values, which are `[hidden]` in `properties`. */
  readonly sealed?: RawConfig;
}

/**
 * The worker's durable memory: three compacted topics with Kafka Connect's names and keys. Configs contain references
 * to secrets, never their values; hidden values that are given in clear are encrypted when there is a key. States of
 * connectors and tasks are not stored, but found out again at each start.
 */
export class WorkerStore {
  readonly #vault: SettingsVault;
  /** Cached, since declarations are read much more often than they change. */
  readonly #parsed = new Map<string, { readonly text: string; readonly declaration: StoredDeclaration }>();
  readonly #configs: KeyedTopic;
  readonly #offsetTopic: KeyedTopic;
  readonly #statuses: KeyedTopic;
  readonly #writer: LogWriter;
  readonly #env: Env;
  /** Commits one at a time, since a writer has one transaction at a time. */
  readonly #writes = new SerialQueue();

  private constructor(
    topics: readonly [KeyedTopic, KeyedTopic, KeyedTopic],
    writer: LogWriter,
    env: Env,
    vault: SettingsVault,
  ) {
    this.#vault = vault;
    [this.#configs, this.#offsetTopic, this.#statuses] = topics;
    this.#writer = writer;
    this.#env = env;
  }

  static async open(
    log: Log,
    env: Env,
    groupId: string,
    replicas: number,
    vault: SettingsVault = IN_CLEAR,
  ): Promise<WorkerStore> {
    const writer = await log.createWriter({ transactionalId: `${groupId}-worker`, usesReserve: true });
    // A worker with its own group id has its own topics: Kafka's usual names may belong to a Connect cluster there.
    const prefix = groupId === 'connect-cluster' ? 'connect' : groupId;
    const open = (name: string): Promise<KeyedTopic> => KeyedTopic.open(log, `${prefix}-${name}`, replicas, env);
    const topics = [await open('configs'), await open('offsets'), await open('status')] as const;
    return new WorkerStore(topics, writer, env, vault);
  }

  connectorNames(): string[] {
    return [...this.#configs.keys()]
      .filter((k) => k.startsWith('connector-'))
      .map((k) => k.slice('connector-'.length))
      .sort();
  }

  config(name: string): RawConfig | undefined {
    const stored = this.#configs.get(`connector-${name}`);
    if (stored === undefined) return undefined;
    const { properties, sealed } = JSON.parse(stored) as StoredConfig;
    if (sealed === undefined) return properties;
    return {
      ...properties,
      ...Object.fromEntries(Object.entries(sealed).map(([k, v]) => [k, this.#opened(name, k, v)])),
    };
  }

  targetState(name: string): TargetState {
    const stored = this.#configs.get(`target-state-${name}`);
    return stored === undefined ? 'RUNNING' : (JSON.parse(stored) as { state: TargetState }).state;
  }

  async putConnector(name: string, config: RawConfig, state: TargetState | undefined): Promise<void> {
    const changes = new Map<string, string | null>([[`connector-${name}`, JSON.stringify(this.#sealed(name, config))]]);
    if (state !== undefined) changes.set(`target-state-${name}`, JSON.stringify({ state }));
    await this.#write(this.#configs, changes);
  }

  #sealed(name: string, config: RawConfig): StoredConfig {
    const { sealer } = this.#vault;
    if (sealer === undefined) return { properties: config };
    const isHidden = this.#vault.isHidden(config);
    const entries = Object.entries(config);
    const hidden = entries.filter(([key]) => isHidden(key));
    if (hidden.length === 0) return { properties: config };
    return {
      // At the same position, since settings keep their order.
      properties: Object.fromEntries(entries.map(([key, value]) => [key, isHidden(key) ? HIDDEN : value])),
      sealed: Object.fromEntries(hidden.map(([key, value]) => [key, sealer.seal(value, placeOf(name, key))])),
    };
  }

  /** `[hidden]` when the key is missing: the connector reports it when it is to run, and others are not affected. */
  #opened(name: string, key: string, sealed: string): string {
    try {
      return this.#vault.sealer?.open(sealed, placeOf(name, key)) ?? HIDDEN;
    } catch (error) {
      this.#env.logger.error(`Setting ${key} of connector ${name} cannot be read: ${messageOf(error)}`);
      return HIDDEN;
    }
  }

  putTargetState(name: string, state: TargetState): Promise<void> {
    return this.#write(this.#configs, new Map([[`target-state-${name}`, JSON.stringify({ state })]]));
  }

  /** Deletes config, state and topics; offsets and declarations are kept, since the topics are. */
  async deleteConnector(name: string): Promise<void> {
    await this.#write(
      this.#configs,
      new Map([
        [`connector-${name}`, null],
        [`target-state-${name}`, null],
      ]),
    );
    await this.resetTopics(name);
  }

  // Source offsets: key ["connector",{partition}], value {offset}, as in Kafka Connect.

  sourceOffset(connector: string, partition: OffsetMap): OffsetMap | undefined {
    const stored = this.#offsetTopic.get(offsetKey(connector, partition));
    return stored === undefined ? undefined : (JSON.parse(stored) as OffsetMap);
  }

  sourceOffsets(connector: string): ConnectorOffset[] {
    const found: ConnectorOffset[] = [];
    const prefix = `[${JSON.stringify(connector)},`;
    for (const key of this.#offsetTopic.keys()) {
      if (!key.startsWith(prefix)) continue;
      const [, partition] = JSON.parse(key) as [string, OffsetMap];
      found.push({ partition, offset: JSON.parse(this.#offsetTopic.get(key)!) as OffsetMap });
    }
    return found;
  }

  /** The connectors that have offsets, whether they exist or not. */
  offsetConnectors(): string[] {
    return [...new Set([...this.#offsetTopic.keys()].map((key) => (JSON.parse(key) as [string, OffsetMap])[0]))].sort();
  }

  /** Adds source offsets to a task's transaction; the result must be applied after the commit. */
  stageSourceOffsets(
    writer: LogWriter,
    connector: string,
    offsets: ReadonlyMap<OffsetMap, OffsetMap | null>,
  ): () => void {
    const changes = new Map<string, string | null>();
    for (const [partition, offset] of offsets) {
      const key = offsetKey(connector, partition);
      const value = offset === null ? null : JSON.stringify(offset);
      if ((this.#offsetTopic.get(key) ?? null) !== value) changes.set(key, value);
    }
    if (changes.size > 0) this.#offsetTopic.stage(writer, changes);
    return () => this.#offsetTopic.apply(changes);
  }

  putSourceOffsets(connector: string, offsets: readonly ConnectorOffset[]): Promise<void> {
    return this.#write(
      this.#offsetTopic,
      new Map(
        offsets.map((o) => [offsetKey(connector, o.partition), o.offset === null ? null : JSON.stringify(o.offset)]),
      ),
    );
  }

  /** Stores the offsets that a sink's group has consumed. */
  putGroupOffsets(
    group: string,
    offsets: readonly { topic: string; partition: number; offset: number }[],
  ): Promise<void> {
    return this.#writes.run(async () => {
      this.#writer.commitOffsets(group, offsets);
      await this.#commit();
    });
  }

  // Topics that a connector has used: key status-topic-TOPIC:connector-NAME.

  activeTopics(connector: string): string[] {
    const suffix = `:connector-${connector}`;
    return [...this.#statuses.keys()]
      .filter((k) => k.startsWith('status-topic-') && k.endsWith(suffix))
      .map((k) => k.slice('status-topic-'.length, -suffix.length))
      .sort();
  }

  /** @returns whether it was new */
  async addActiveTopic(connector: string, task: number, topic: string): Promise<boolean> {
    const key = `status-topic-${topic}:connector-${connector}`;
    if (this.#statuses.get(key) !== undefined) return false;
    const value = { topic: { name: topic, connector, task, discoverTimestamp: this.#env.clock.nowMs() } };
    await this.#write(this.#statuses, new Map([[key, JSON.stringify(value)]]));
    return true;
  }

  async resetTopics(connector: string): Promise<void> {
    const keys = this.activeTopics(connector).map((t) => `status-topic-${t}:connector-${connector}`);
    if (keys.length > 0) await this.#write(this.#statuses, new Map(keys.map((k) => [k, null])));
  }

  // Where a sink's rows were written, as long as its offsets refer to them: key sluice-targets-NAME, value a list.

  targets(connector: string): readonly string[] {
    const stored = this.#statuses.get(`sluice-targets-${connector}`);
    return stored === undefined ? [] : (JSON.parse(stored) as string[]);
  }

  async addTargets(connector: string, added: Iterable<string>): Promise<void> {
    const known = this.targets(connector);
    const all = new Set([...known, ...added]);
    if (all.size > known.length) await this.#putTargets(connector, [...all]);
  }

  async forgetTargets(connector: string, only?: string): Promise<void> {
    const known = this.targets(connector);
    const left = only === undefined ? [] : known.filter((target) => target !== only);
    if (left.length < known.length) await this.#putTargets(connector, left);
  }

  #putTargets(connector: string, targets: readonly string[]): Promise<void> {
    const value = targets.length === 0 ? null : JSON.stringify(targets);
    return this.#write(this.#statuses, new Map([[`sluice-targets-${connector}`, value]]));
  }

  // What deleted sinks have written, and where: key sluice-written-NAME, value a list of places.

  writtenPlaces(): { readonly connector: string; readonly place: Place }[] {
    const prefix = 'sluice-written-';
    return [...this.#statuses.keys()]
      .filter((key) => key.startsWith(prefix))
      .flatMap((key) =>
        (JSON.parse(this.#statuses.get(key)!) as Place[]).map((place) => ({
          connector: key.slice(prefix.length),
          place,
        })),
      );
  }

  async addWrittenPlaces(connector: string, places: readonly Place[]): Promise<void> {
    if (places.length === 0) return;
    const known = this.writtenPlaces().filter((w) => w.connector === connector);
    const all = [...known.map((w) => w.place), ...places];
    const different = [...new Map(all.map((place) => [JSON.stringify(place), place])).values()];
    await this.#write(this.#statuses, new Map([[`sluice-written-${connector}`, JSON.stringify(different)]]));
  }

  // What sources declared about their topics: key sluice-topic-TOPIC.

  declaration(topic: string): StoredDeclaration | undefined {
    const stored = this.#statuses.get(`sluice-topic-${topic}`);
    if (stored === undefined) return undefined;
    const known = this.#parsed.get(topic);
    if (known?.text === stored) return known.declaration;
    const declaration = JSON.parse(stored, reviveBigints) as StoredDeclaration;
    this.#parsed.set(topic, { text: stored, declaration });
    return declaration;
  }

  declarationsOf(connector: string): StoredDeclaration[] {
    return this.declarations().filter((d) => d.connector === connector);
  }

  /** The declarations of every topic that a connector has declared. */
  declarations(): StoredDeclaration[] {
    return [...this.#statuses.keys()]
      .filter((k) => k.startsWith('sluice-topic-'))
      .map((k) => this.declaration(k.slice('sluice-topic-'.length))!)
      .sort((a, b) => (a.topic < b.topic ? -1 : 1));
  }

  async putDeclaration(declaration: StoredDeclaration): Promise<void> {
    const key = `sluice-topic-${declaration.topic}`;
    const value = JSON.stringify(declaration, writeBigints);
    if (this.#statuses.get(key) === value) return;
    await this.#write(this.#statuses, new Map([[key, value]]));
  }

  async deleteDeclaration(topic: string): Promise<void> {
    const key = `sluice-topic-${topic}`;
    this.#parsed.delete(topic);
    if (this.#statuses.get(key) !== undefined) await this.#write(this.#statuses, new Map([[key, null]]));
  }

  async close(): Promise<void> {
    await this.#writes.settled();
    await this.#writer.close();
  }

  #write(topic: KeyedTopic, changes: ReadonlyMap<string, string | null>): Promise<void> {
    return this.#writes.run(async () => {
      topic.stage(this.#writer, changes);
      await this.#commit();
      topic.apply(changes);
    });
  }

  async #commit(): Promise<void> {
    try {
      await this.#writer.commit();
    } catch (error) {
      await this.#writer.abort().catch(() => {});
      throw error;
    }
  }
}

const IN_CLEAR: SettingsVault = { sealer: undefined, isHidden: () => () => false };

/** The context of a sealed value: it cannot be decrypted as another one. */
function placeOf(connector: string, key: string): string {
  return JSON.stringify(['connector', connector, key]);
}

/** `["name",{...}]` with sorted members, so that a partition has one text. */
function offsetKey(connector: string, partition: OffsetMap): string {
  const sorted = Object.fromEntries(Object.entries(partition).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  return JSON.stringify([connector, sorted]);
}

/** Defaults of 64-bit and decimal columns are bigints, which JSON cannot represent. */
function writeBigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? { $bigint: String(value) } : value;
}
function reviveBigints(_key: string, value: unknown): unknown {
  return value !== null && typeof value === 'object' && '$bigint' in value ? BigInt(value.$bigint as string) : value;
}
