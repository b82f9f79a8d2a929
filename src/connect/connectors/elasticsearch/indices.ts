import type { Config } from '../../api/config-spec.ts';
import type { SinkTaskContext } from '../../api/connector.ts';
import { ConnectError, StartOver } from '../../api/errors.ts';
import type { SinkRecord } from '../../api/record.ts';
import type { Cluster } from './cluster.ts';
import { indexNamer, nameProblem } from './index-names.ts';
import type { RecordPlan } from './record-plan.ts';
import { SINK } from './sink-keys.ts';
import { streamsIn } from './sink-rules.ts';
import {
  addFields,
  createDataStream,
  createIndex,
  generationOf,
  isEmpty,
  readTarget,
  uuidsOf,
  type Target,
} from './target.ts';

/** An index, alias or data stream that a task writes to. */
interface Open {
  target: Target;
  /** Whether it existed before us and has no notes of ours: then its documents are somebody else's. */
  readonly isForeign: boolean;
  /** The generations that are already known, by topic. */
  readonly generations: Map<string, { readonly incarnation: string; readonly generation: number }>;
  readonly fitted: Set<RecordPlan>;
}

/** The indices of a task: creates them, adds the fields of the records, and detects when they are deleted. */
export class Indices {
  readonly nameOf: (topic: string) => string;
  readonly isStream: boolean;
  readonly #cluster: Cluster;
  readonly #config: Config;
  readonly #context: SinkTaskContext;
  readonly #open = new Map<string, Open>();
  readonly #creates: boolean;
  /** Whether the names are of resources that their owner manages. */
  readonly #isExternal: boolean;
  #written = new Set<string>();
  /** UUIDs of the indices when they were first opened. */
  readonly #uuids = new Map<string, string>();

  constructor(cluster: Cluster, config: Config, context: SinkTaskContext) {
    this.#cluster = cluster;
    this.#config = config;
    this.#context = context;
    this.nameOf = indexNamer(config.raw);
    this.isStream = streamsIn(config.raw);
    this.#isExternal = config.get(SINK.resourceUsage).toUpperCase() !== 'DISABLED';
    this.#creates = config.get(SINK.autoCreate) && !this.#isExternal;
  }

  /**
   * Prepares the target of a plan's records.
   * @throws StartOver when what was written has been deleted; RetriableError; ConnectError
   */
  async ready(name: string, record: SinkRecord, plan: RecordPlan): Promise<void> {
    const known = this.#open.get(name);
    if (known?.fitted.has(plan) === true) return;
    const topic = record.originalTopic;
    const wanted = this.#fieldsFor(topic, plan);
    const open = known ?? (await this.#opened(name, topic, wanted));
    this.#open.set(name, open);
    if (known === undefined && open.target.uuid !== undefined) {
      const former = this.#uuids.get(name);
      if (former !== undefined && former !== open.target.uuid) this.startOver(name);
      this.#uuids.set(name, open.target.uuid);
    }
    if (!this.#isExternal && wanted !== undefined) {
      await addFields(this.#cluster, name, open.target, wanted);
      open.target = (await readTarget(this.#cluster, name)) ?? open.target;
    }
    open.fitted.add(plan);
  }

  /**
   * The generation of a topic in its target.
   * @param keyed whether documents have keys: then those of somebody else are overwritten
   */
  async generation(name: string, topic: string, keyed: boolean): Promise<number> {
    const incarnation = this.#context.incarnation(topic);
    // Without topic ids, a second topic of the same name cannot be recognized.
    if (incarnation === undefined) return 0;
    const open = this.#open.get(name)!;
    const first = open.isForeign && keyed && !this.isStream ? 1 : 0;
    const generation = await generationOf(this.#cluster, name, topic, incarnation, first);
    open.generations.set(topic, { incarnation, generation });
    return generation;
  }

  /** The generation, if the target of the plan's records is prepared and no request is needed. */
  known(name: string, topic: string, plan: RecordPlan): number | undefined {
    const open = this.#open.get(name);
    if (open?.fitted.has(plan) !== true) return undefined;
    const noted = open.generations.get(topic);
    const incarnation = this.#context.incarnation(topic);
    if (incarnation === undefined) return 0;
    return noted?.incarnation === incarnation ? noted.generation : undefined;
  }

  /** Notes that an index was written to. */
  wrote(name: string): void {
    this.#context.wrote(name);
    this.#written.add(name);
  }

  /** Makes the next record check all indices again. */
  forget(): void {
    this.#open.clear();
  }

  /**
   * Checks that the indices that were written to are those that were opened: a deleted index is created automatically
   * with the next document, without the earlier ones.
   * @throws StartOver
   */
  async checkWritten(): Promise<void> {
    const names = [...this.#written].filter((name) => this.#uuids.has(name));
    this.#written = new Set();
    if (names.length === 0) return;
    const uuids = await uuidsOf(this.#cluster, names);
    for (const name of names) if (uuids.get(name) !== this.#uuids.get(name)) this.startOver(name);
  }

  /** @throws StartOver, ConnectError */
  startOver(name: string): never {
    this.#open.delete(name);
    this.#uuids.delete(name);
    const context = this.#context;
    const topics = context.topics().filter((topic) => this.nameOf(topic) === name);
    // After a transform that renames topics, the topic of the index is unknown.
    const all = topics.length > 0 ? topics : [...context.topics()];
    if (!this.#creates)
      throw new ConnectError(
        `Index ${name} is gone, and with it what was written to it: make it again, and RESET CONNECTOR OFFSETS OF ${context.connector} writes all of ${all.join(', ')} again`,
      );
    throw new StartOver(
      `Index ${name} was gone: it is made anew, and all records of ${all.join(', ')} are written again`,
      name,
      all,
    );
  }

  #fieldsFor(topic: string, plan: RecordPlan): RecordPlan['fields'] {
    const config = this.#config;
    const ignored = config.get(SINK.schemaIgnore) || config.get(SINK.topicSchemaIgnore).includes(topic);
    return ignored ? undefined : plan.fields;
  }

  async #opened(name: string, topic: string, wanted: RecordPlan['fields']): Promise<Open> {
    const problem = nameProblem(name);
    if (problem !== undefined)
      throw new ConnectError(`Topic ${topic} has no index: '${name}' is no name of one, ${problem}`);
    const cluster = this.#cluster;
    const config = this.#config;
    const context = this.#context;
    const none = {
      generations: new Map<string, { incarnation: string; generation: number }>(),
      fitted: new Set<RecordPlan>(),
    };
    let target = await readTarget(cluster, name);
    if (target !== undefined) {
      const isOurs = Object.keys(target.topics).length > 0;
      return { ...none, target, isForeign: !isOurs && !(await isEmpty(cluster, name)) };
    }
    if (context.hasWritten(name)) this.startOver(name);
    if (!this.#creates)
      throw new ConnectError(
        `${this.isStream ? 'Data stream' : 'Index'} ${name}, where the records of topic ${topic} go, is not there: make it, or let the connector do it with ` +
          (this.#isExternal ? `${SINK.resourceUsage.name}=DISABLED` : `${SINK.autoCreate.name}=true`),
      );
    if (this.isStream)
      await createDataStream(cluster, name, config.get(SINK.dataStreamTemplate) ?? `${name}-template`, wanted ?? {});
    else await createIndex(cluster, name, wanted ?? {});
    target = await readTarget(cluster, name);
    if (target === undefined) throw new ConnectError(`Index ${name} was made, and is not there`);
    context.env.logger.info(`Made ${target.kind} ${name}`);
    return { ...none, target, isForeign: false };
  }
}
