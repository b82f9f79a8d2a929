import type { PersistentQuery } from '../../src/catalog/query.ts';
import { planTopology, type Topology } from '../../src/dataflow/topology.ts';
import { Session } from '../../src/engine/session.ts';
import type { LocalRun } from '../../src/engine/queries/create-runner.ts';
import type { Log } from '../../src/log/api.ts';
import { BatchBuilder } from '../../src/log/record-batch/builder.ts';
import { partitionOfKey } from '../../src/log/partitioner.ts';
import { encodeHeaders } from '../../src/log/record-batch/headers.ts';
import type { QueryPlan } from '../../src/plan/steps/steps.ts';
import { checkPost } from '../../src/cases/check-post.ts';
import { suiteWorld } from './world.ts';
import { createKafkaWorld, type KafkaWorld } from './kafka-world.ts';
import type { Case } from '../../src/cases/case-file.ts';
import {
  compareOutputs,
  describeError,
  encodeInputs,
  type Piped,
  readTopic,
  sessionProperties,
  type StoredRecord,
  type Verdict,
  verdictOf,
} from '../../src/cases/run-qtt.ts';
import { scopedLog } from './scoped-log.ts';
import { createTopics } from '../../src/cases/topics.ts';
import { SUITE_CONFIG } from '../../src/cases/world.ts';

/** The time limit for one step of a query, in ms. */
const PATIENCE_MS = 60_000;
const CHECK_MS = 5;

export interface OnKafka {
  /** The connection that the queries use. */
  readonly queries: Log;
  /** The connection of the test, which writes inputs and reads committed outputs. */
  readonly check: Log;
  /** Prefix of everything that the case creates on Kafka; unique to the case. */
  readonly scope: string;
  /** The folder for the queries' local state. */
  readonly folder: string;
  /**
   * After half of its records, each query continues elsewhere, where it can restore its state only from its changelogs.
   */
  readonly moves: boolean;
  /**
   * The number of partitions of every topic. With more than one, inputs are partitioned by key, and only the outputs of
   * each key are compared in order. Results that depend on the stream time of all keys together then differ from the
   * suite's.
   */
  readonly partitions: number;
  /** Closed windows are emitted as in Kafka Streams' test driver, not as in the product (docs/decisions/0013). */
  readonly asTestDriver: boolean;
}

/**
 * Runs one positive `qtt` case on Apache Kafka: the case's topics exist there, and each query is a member of its
 * consumer group, with transactions and changelogs. The suite's requirements (README 3.5) are met: the queries run in
 * the order of their creation, each alone and to completion, and process the records in the order of the case.
 */
export async function runQttOnKafka(testCase: Case, where: OnKafka): Promise<Verdict> {
  const world = await createKafkaWorld(where.queries, where.scope, where.folder, where.partitions, where.asTestDriver);
  try {
    const check = scopedLog(where.check, where.scope);
    await createTopics(testCase, world, suiteWorld);
    await world.engine.execute(testCase.statements.join('\n'), new Session(sessionProperties(testCase)));
    await new Feed(testCase, world, check, where).run();
    const problems = [
      ...(await compareOutputs(testCase, { ...world, log: check }, { perKey: where.partitions > 1 })),
      ...(await checkPost(testCase, world)),
    ];
    return verdictOf(problems, world.problems);
  } catch (error) {
    return describeError(error);
  } finally {
    await world.close();
  }
}

/** A record that is fed to a query. */
type Fed = StoredRecord & { readonly topic: string };

class Feed {
  readonly #world: KafkaWorld;
  readonly #check: Log;
  readonly #inputs: readonly Fed[];
  /** Topics to which the inputs have not been written yet. */
  readonly #waiting: Set<string>;
  readonly #moves: boolean;
  readonly #partitions: number;

  constructor(testCase: Case, world: KafkaWorld, check: Log, { moves, partitions }: OnKafka) {
    this.#world = world;
    this.#check = check;
    this.#moves = moves;
    this.#partitions = partitions;
    this.#inputs = encodeInputs(testCase, world).map(fed);
    this.#waiting = new Set(this.#inputs.map((i) => i.topic));
  }

  async run(): Promise<void> {
    for (const query of this.#world.queries()) {
      const topology = planTopology(query.plan as QueryPlan, SUITE_CONFIG['ksql.service.id']);
      // A query's output topic that is also an input topic starts with its inputs.
      await this.#appendInputs(sinkOf(query));
      await this.#feed(query, topology);
    }
    for (const topic of this.#waiting) await this.#appendInputs(topic);
  }

  /**
   * Feeds a query its records, from its topics themselves if these contain nothing else: empty topics are filled while
   * the query runs, and a single topic may already be full. Otherwise from separate topics, which are filled while it
   * runs.
   */
  async #feed(query: PersistentQuery, topology: Topology): Promise<void> {
    const { sourceTopics } = topology;
    const stored = new Map<string, readonly StoredRecord[]>();
    for (const topic of sourceTopics) stored.set(topic, await readTopic({ log: this.#check }, topic));
    const records = this.#recordsOf(sourceTopics, stored);
    const isEmpty = [...stored.values()].every((s) => s.length === 0);
    const inOrder = this.#partitions === 1 && isOrdered(topology);
    const isStored = sourceTopics.length === 1 && stored.get(sourceTopics[0]!)!.length === records.length;
    if (isStored && !isEmpty && inOrder && !this.#moves) {
      await this.#during(query, new Map(), async () => undefined);
      return;
    }
    if (isEmpty) for (const topic of sourceTopics) this.#waiting.delete(topic);
    const copies = isEmpty ? new Map<string, string>() : await this.#copiesOf(sourceTopics, query.id);
    for (const part of this.#moves && records.length > 1 ? halves(records) : [records]) {
      await this.#during(query, copies, async (settled) => {
        for (const group of inOrder ? [part] : part.map((record) => [record])) {
          await this.#append(group, copies);
          await settled();
        }
      });
    }
  }

  /** Creates empty topics for a query to read instead of the given ones. */
  async #copiesOf(topics: readonly string[], queryId: string): Promise<ReadonlyMap<string, string>> {
    const copies = new Map<string, string>();
    for (const topic of topics) {
      const name = `feed-of-${queryId}-${topic}`;
      await this.#check.admin.createTopic({ name, partitions: this.#partitions, replicas: 1 });
      copies.set(topic, name);
    }
    return copies;
  }

  /**
   * README 3.5 of the suite: the inputs of its topics, interleaved as written; then the contents of the other topics,
   * one topic after the other.
   */
  #recordsOf(sourceTopics: readonly string[], stored: ReadonlyMap<string, readonly StoredRecord[]>): Fed[] {
    const inputs = this.#inputs.filter((i) => sourceTopics.includes(i.topic));
    const others = sourceTopics.filter((topic) => !inputs.some((i) => i.topic === topic));
    return [...inputs, ...others.flatMap((topic) => stored.get(topic)!.map((record) => ({ ...record, topic })))];
  }

  /** Runs a query from the beginning of its topics until `feed` has ended and all records are processed. */
  async #during(
    query: PersistentQuery,
    elsewhere: ReadonlyMap<string, string>,
    feed: (settled: () => Promise<void>) => Promise<void>,
  ): Promise<void> {
    const running = this.#world.start(query, elsewhere);
    try {
      await settled(running.run);
      await feed(() => settled(running.run));
    } finally {
      await running.close();
    }
  }

  async #appendInputs(topic: string | undefined): Promise<void> {
    if (topic === undefined || !this.#waiting.delete(topic)) return;
    await this.#append(
      this.#inputs.filter((i) => i.topic === topic),
      new Map(),
    );
  }

  /** Appends records; those of one partition form one batch. */
  async #append(records: readonly Fed[], elsewhere: ReadonlyMap<string, string>): Promise<void> {
    const batches = new Map<
      string,
      { readonly topic: string; readonly partition: number; readonly batch: BatchBuilder }
    >();
    for (const { topic, key, value, timestamp, headers } of records) {
      const partition = key === null ? 0 : partitionOfKey(key, this.#partitions);
      const id = `${topic}\0${partition}`;
      const target = batches.get(id) ?? { topic, partition, batch: new BatchBuilder(256) };
      batches.set(id, target);
      target.batch.add(timestamp, key, value, headers.length > 0 ? encodeHeaders(headers) : null);
    }
    const writer = await this.#check.createWriter({});
    try {
      for (const { topic, partition, batch } of batches.values())
        writer.append(elsewhere.get(topic) ?? topic, partition, batch.finish(), true);
      await writer.commit();
    } finally {
      await writer.close();
    }
  }
}

function halves<T>(list: readonly T[]): readonly (readonly T[])[] {
  const half = list.length >> 1;
  return [list.slice(0, half), list.slice(half)];
}

function fed({ record, key, value }: Piped): Fed {
  return { topic: record.topic, key, value, timestamp: record.timestamp ?? 0, headers: record.headers };
}

/**
 * When each task has a single input, records are processed in the order of the topic, regardless of how many are
 * available at once.
 */
function isOrdered(topology: Topology): boolean {
  return topology.subTopologies.every((s) => s.inputs.length === 1);
}

function sinkOf(query: PersistentQuery): string | undefined {
  const { root } = query.plan as QueryPlan;
  return root.kind === 'StreamSink' || root.kind === 'TableSink' ? root.topic : undefined;
}

/**
 * Resolves when a query has processed and committed all records of its topics, including repartition topics.
 * @throws the query's error
 */
async function settled(run: LocalRun): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  // The state must be quiet twice in a row, because a task may read what another has just written.
  for (let quiet = 0; quiet < 2;) {
    const { state, errors } = run.current;
    if (state === 'ERROR') throw new Error(errors.map((e) => `${e.type}: ${e.message}`).join('; '));
    if (Date.now() > deadline) throw new Error(`The query is still at it: ${JSON.stringify(run.current)}`);
    const caughtUp = await run.caughtUp();
    const isAll = caughtUp !== undefined && caughtUp.units.length > 0 && caughtUp.units.length === caughtUp.allTasks;
    quiet = isAll ? quiet + 1 : 0;
    if (quiet < 2) await new Promise((resolve) => setTimeout(resolve, quiet === 0 ? CHECK_MS : 0));
  }
}
