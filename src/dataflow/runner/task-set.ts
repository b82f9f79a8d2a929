import { must } from '../../base/assert.ts';
import { SluiceError } from '../../base/errors.ts';
import type { Stretch } from '../../base/stretch.ts';
import { NeedsRegistration, NeedsSchema } from '../../formats/api.ts';
import type { LogWriter, TopicPartition } from '../../log/api.ts';
import type { OrderedStore } from '../../store/ordered-store.ts';
import { type ChangelogOf, TaskChangelog } from '../../state/changelog.ts';
import { type Restored, RestoredState } from '../../state/restored-state.ts';
import type { StateSink } from '../../state/ordered.ts';
import { DISCARD, NO_DISK, stateSpace, TaskState } from '../../state/provider.ts';
import { changelogTopic, internalTopicPrefix, offsetsStore } from '../names.ts';
import type { QueryRunnerOptions } from './runner-options.ts';
import { SchemaWaits } from './schema-waits.ts';
import type { TaskSettings } from '../settings.ts';
import type { TaskMetrics } from './query-metrics.ts';
import { addCounters, newCounters, type TaskCounters } from '../task/task-counters.ts';
import type { TaskInput } from '../task/task-input.ts';
import { Task } from '../task/task.ts';
import { taskCount, type SubTopology, type Topology } from '../topology.ts';

/** What one task is created for: a partition of a sub-topology. */
export interface Unit {
  readonly subTopology: SubTopology;
  readonly partition: number;
}

export function isSameUnit(a: Unit, b: Unit): boolean {
  return a.subTopology === b.subTopology && a.partition === b.partition;
}

/** Entries that are written to the local store between two polls: some milliseconds of work. */
const DRAIN_STEP = 1000;

interface OwnedTask extends Unit {
  readonly task: Task;
  readonly state: TaskState;
  /** Present where state is kept in a changelog. */
  readonly changelog: TaskChangelog | undefined;
  /**
   * The offset of each input by its index, kept with the state and in its transaction; present where changelogs are
   * written exactly once.
   */
  readonly offsets: readonly Float64Array[] | undefined;
}

/** No offset has been kept yet. */
const NO_OFFSET = -1;

/** The tasks that a runner currently owns, by the partitions that they read. */
export class TaskSet {
  readonly #options: QueryRunnerOptions;
  readonly #topology: Topology;
  /** Sum of the counters of closed tasks. */
  readonly #past = newCounters();
  #owned: OwnedTask[] = [];
  #tasks: readonly Task[] = [];
  #routes = new Map<string, Task>();
  #isInterrupted = false;
  /** The tasks that wait at a record whose schema is missing. */
  readonly schemaWaits: SchemaWaits;

  constructor(options: QueryRunnerOptions, topology: Topology) {
    this.#options = options;
    this.#topology = topology;
    const { env, registry, loadSchemas, schemaPatienceMs } = options;
    this.schemaWaits = new SchemaWaits({ env, registry, load: loadSchemas, patienceMs: schemaPatienceMs });
  }

  /** Counters of all tasks, closed ones included. */
  get counters(): TaskCounters {
    const sum = { ...this.#past };
    for (const task of this.#tasks) addCounters(sum, task.counters);
    return sum;
  }

  /** Metrics of each open task. */
  get perTask(): TaskMetrics[] {
    return this.#owned.map(({ task, state }) => ({
      id: task.id,
      ...task.counters,
      cachedEntries: state.cachedEntries,
      passedRows: task.passedRows,
    }));
  }

  get tasks(): readonly Task[] {
    return this.#tasks;
  }

  get isDirty(): boolean {
    return this.#tasks.some((t) => t.isDirty);
  }

  get hasPending(): boolean {
    return this.#tasks.some((t) => t.hasPending);
  }

  get cachedEntries(): number {
    return this.#owned.reduce((sum, o) => sum + o.state.cachedEntries, 0);
  }

  /** Units whose committed state is completely in the local store. */
  get settledUnits(): readonly Unit[] {
    return this.#owned.filter((o) => !o.changelog?.isDraining);
  }

  /** Whether an input has more records than have been fetched, and all fetched ones are handled. */
  get isWaiting(): boolean {
    return this.#tasks.some((t) => t.inputs.some((i) => i.isBehind && !i.hasRecord));
  }

  /** Whether all known records have been read. */
  get isAtEnd(): boolean {
    return this.#tasks.every((t) => t.inputs.every((i) => !i.isBehind && !i.hasRecord));
  }

  /** Copies fetched, unhandled records, since the next poll reuses the buffers. */
  keepPending(): void {
    for (const task of this.#tasks) task.keepPending();
  }

  route(topic: string, partition: number): Task | undefined {
    return this.#routes.get(routeOf(topic, partition));
  }

  input(topic: string, partition: number): TaskInput | undefined {
    return this.route(topic, partition)?.inputs.find((i) => i.topic === topic);
  }

  /** All units of the query. */
  allUnits(partitions: ReadonlyMap<string, number>): Unit[] {
    return this.#topology.subTopologies.flatMap((subTopology) =>
      Array.from({ length: taskCount(subTopology, partitions) }, (_, partition) => ({ subTopology, partition })),
    );
  }

  /**
   * The units that read these partitions.
   * @throws SluiceError LOG_UNAVAILABLE when a topic has grown since `partitions` were counted
   */
  unitsOf(read: readonly TopicPartition[], partitions: ReadonlyMap<string, number>): Unit[] {
    const units: Unit[] = [];
    for (const { topic, partition } of read) {
      const subTopology = this.#topology.subTopologies.find((s) => s.inputs.some((i) => i.topic === topic));
      if (subTopology === undefined || partition >= (partitions.get(topic) ?? 0)) {
        throw new SluiceError('LOG_UNAVAILABLE', `Topic ${topic} has other partitions than before`, {
          retriable: true,
        });
      }
      const unit = { subTopology, partition };
      if (!units.some((u) => isSameUnit(u, unit))) units.push(unit);
    }
    return units;
  }

  /** The changelogs of a sub-topology's stores, found by building one of its tasks without input. */
  async changelogsOf(
    subTopology: SubTopology,
    partitions: ReadonlyMap<string, number>,
    sink: LogWriter,
    settings: TaskSettings,
  ): Promise<readonly ChangelogOf[]> {
    const { plan, serviceId } = this.#options;
    const prefix = internalTopicPrefix(serviceId, plan.queryId);
    const state = new TaskState({ disk: NO_DISK, prefix: plan.queryId, maxCleanEntries: Infinity });
    await this.#withSchemas(() => this.#create({ subTopology, partition: 0 }, state, partitions, sink, settings));
    const stores = state.declared.map((store) => ({ store, topic: changelogTopic(prefix, store.name) }));
    if (stores.length > 0 || !this.#keepsOffsets) return stores;
    const store = { name: offsetsStore(subTopology.id), kind: 'keyValue' } as const;
    return [{ store, topic: changelogTopic(prefix, store.name), isOfNumbers: true }];
  }

  /**
   * When a broker loses the commit marker in its offsets topic, the offsets there are older than the transaction's
   * other writes. So offsets are kept in the changelog too. With at-least-once writes, the changelog alone may be newer
   * than the output.
   */
  get #keepsOffsets(): boolean {
    return this.#options.collector === undefined && this.#options.shared?.guarantee === 'exactly_once_v2';
  }

  /** The next offset of an input as it was committed with the state; undefined when unknown. */
  keptOffset(task: Task, input: TaskInput): number | undefined {
    const kept = this.#owned.find((o) => o.task === task)?.offsets?.[task.inputs.indexOf(input)]?.[0];
    return kept === undefined || kept === NO_OFFSET ? undefined : kept;
  }

  /** Creates the tasks of `units`, whose local state must be complete. */
  async add(
    units: readonly Unit[],
    partitions: ReadonlyMap<string, number>,
    writer: LogWriter,
    settings: TaskSettings,
    changelogs: ReadonlyMap<SubTopology, readonly ChangelogOf[]>,
    restoredOf: (unit: Unit) => Restored | undefined = () => undefined,
    topicIds: ReadonlyMap<string, string> = new Map(),
  ): Promise<Task[]> {
    const { plan, collector, state: disk, maxCleanEntries, env } = this.#options;
    const added: OwnedTask[] = [];
    for (const unit of units) {
      const prefix = stateSpace(plan.queryId, unit.subTopology.id, unit.partition);
      const changelogsOfUnit = changelogs.get(unit.subTopology) ?? [];
      const found = restoredOf(unit);
      const restored = found === undefined || disk === undefined ? undefined : new RestoredState(disk, found);
      const changelog =
        changelogsOfUnit.length === 0
          ? undefined
          : new TaskChangelog({
              prefix,
              partition: unit.partition,
              changelogs: changelogsOfUnit,
              output: writer,
              nowMs: () => env.clock.nowMs(),
              restored,
            });
      const made = await this.#withSchemas(() => {
        const state = new TaskState(
          collector === undefined && disk !== undefined
            ? { disk: restored ?? disk, prefix, ...(maxCleanEntries && { maxCleanEntries }) }
            : { disk: NO_DISK, prefix: plan.queryId, maxCleanEntries: Infinity },
        );
        const task = this.#create(unit, state, partitions, writer, settings);
        // A topic that was created again has other offsets.
        const offsets =
          changelog === undefined || !this.#keepsOffsets
            ? undefined
            : task.inputs.map((i) => state.numbers(`offset.${i.topic}.${topicIds.get(i.topic) ?? ''}`, [NO_OFFSET]));
        return { state, task, offsets };
      });
      added.push({ ...unit, ...made, changelog });
    }
    this.#set([...this.#owned, ...added]);
    return added.map((a) => a.task);
  }

  remove(units: readonly Unit[]): void {
    this.#set(this.#owned.filter((o) => !units.some((u) => isSameUnit(u, o))));
  }

  clear(): void {
    this.#set([]);
  }

  /**
   * Lets each task handle what it can, and fetches schemas that it lacks; a task whose schema is unavailable waits, and
   * the others continue. Returns the number of records. `force`: see Task.run. Pauses between stretches. Ends early
   * when `mayGoOn` returns false: then `isInterrupted` is set, and `handle` must be called again before anything is
   * fetched.
   */
  async handle(force: boolean, stretch: Stretch, mayGoOn: () => boolean): Promise<number> {
    let handled = 0;
    this.#isInterrupted = false;
    for (const task of this.#tasks) {
      if (!task.hasPending || this.schemaWaits.holds(task)) continue;
      if (this.#isInterrupted || !mayGoOn()) this.#isInterrupted = true;
      else handled += await this.#run(task, force, stretch, mayGoOn);
    }
    return handled;
  }

  get isInterrupted(): boolean {
    return this.#isInterrupted;
  }

  /** Number of state changes that wait for the commit. */
  get unsavedEntries(): number {
    return this.#owned.reduce((sum, o) => sum + o.state.unsavedEntries, 0);
  }

  /** Hands everything that is to be committed to the writer: outputs, state, changelogs. */
  flush(writer: LogWriter): void {
    const shared: StateSink = this.#options.collector === undefined && writer.sharesState ? writer : DISCARD;
    for (const { task, changelog, offsets } of this.#owned) {
      if (offsets !== undefined) task.inputs.forEach((input, i) => (must(offsets[i], 'offset')[0] = input.position));
      task.flush(changelog ?? shared);
      changelog?.finish();
    }
  }

  /** Writes what the log has committed into the local store, atomically. */
  storeLocally(store: OrderedStore): void {
    if (!this.#owned.some((o) => o.changelog?.hasWrites)) return;
    store.write(
      (writes) => {
        for (const { changelog } of this.#owned) if (changelog?.hasWrites) changelog.store(writes);
      },
      { evenIfFull: true },
    );
  }

  /** Whether restored entries wait to be written to the local store. */
  get isDraining(): boolean {
    return this.#owned.some((o) => o.changelog?.isDraining);
  }

  /** Writes some restored entries to the local store. */
  drainSome(store: OrderedStore): void {
    this.#owned.find((o) => o.changelog?.isDraining)?.changelog!.drain(store, DRAIN_STEP);
  }

  afterCommit(): void {
    for (const { task } of this.#owned) task.afterCommit();
  }

  #set(owned: OwnedTask[]): void {
    for (const { task } of this.#owned) if (!owned.some((o) => o.task === task)) addCounters(this.#past, task.counters);
    this.#owned = owned;
    this.schemaWaits.keep(owned.map((o) => o.task));
    this.#isInterrupted &&= owned.length > 0;
    this.#tasks = owned.map((o) => o.task);
    this.#routes = new Map();
    for (const task of this.#tasks)
      for (const input of task.inputs) this.#routes.set(routeOf(input.topic, input.partition), task);
  }

  #create(
    { subTopology, partition }: Unit,
    state: TaskState,
    partitions: ReadonlyMap<string, number>,
    sink: LogWriter,
    settings: TaskSettings,
  ): Task {
    const { plan, serviceId, env, processingLog, compile, collector } = this.#options;
    return new Task({
      queryId: plan.queryId,
      topicPrefix: internalTopicPrefix(serviceId, plan.queryId),
      subTopology,
      partition,
      partitionsOf: (topic) => partitions.get(topic)!,
      state,
      sink,
      settings,
      clock: env.clock,
      log: processingLog,
      compile,
      registry: this.schemaWaits.registry,
      collector,
      counters: newCounters(),
    });
  }

  async #run(task: Task, force: boolean, stretch: Stretch, mayGoOn: () => boolean): Promise<number> {
    let handled = 0;
    const isOver = (): boolean => stretch.isOver || !mayGoOn();
    for (;;) {
      try {
        handled += task.run(force, isOver);
        if (!task.isInterrupted) return handled;
        if (mayGoOn()) await stretch.pause();
        if (!mayGoOn()) {
          this.#isInterrupted = true;
          return handled;
        }
      } catch (error) {
        if (!(error instanceof NeedsSchema)) throw error;
        if (!(await this.schemaWaits.meet(task, error))) return handled;
        handled++;
      }
    }
  }

  async #withSchemas<T>(create: () => T): Promise<T> {
    for (;;) {
      try {
        return create();
      } catch (error) {
        await loadMissing(error, this.#options.loadSchemas);
      }
    }
  }
}

/**
 * Fetches a schema that a codec did not find. @throws `missing` itself, when it is another error or cannot be fetched
 */
async function loadMissing(missing: unknown, load: QueryRunnerOptions['loadSchemas']): Promise<void> {
  const known = missing instanceof NeedsSchema || missing instanceof NeedsRegistration;
  if (!known || load === undefined) throw missing;
  await load(missing);
}

/** The key of a topic partition in maps. */
export function routeOf(topic: string, partition: number): string {
  return `${topic}\0${partition}`;
}
