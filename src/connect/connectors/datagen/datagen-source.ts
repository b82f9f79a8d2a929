import { must } from '../../../base/assert.ts';
import type { Config, RawConfig } from '../../api/config-spec.ts';
import type {
  SourceConnector,
  SourceConnectorContext,
  SourceImplementation,
  SourceTask,
  SourceTaskContext,
  TopicDeclaration,
} from '../../api/connector.ts';
import { ConnectError } from '../../api/errors.ts';
import type { ConnectHeader, OffsetMap, SourceBatch, SourceRecord } from '../../api/record.ts';
import { primitive, type StructSchema } from '../../api/schema.ts';
import { compileAvro, rngAt, type AvroRecord, type Make } from './generator.ts';
import { QUICKSTARTS } from './quickstarts.ts';
import { DATAGEN } from './datagen-keys.ts';

const RECORDS_PER_POLL = 5000;
/** How often records that are due are returned when the rate is even, in ms. */
const TICK_MS = 20;
/** The longest delay of a timer. */
const PAUSE_MAX_MS = 2 ** 31 - 1;
/** After a pause longer than this, the rate starts again instead of catching up. */
const CATCH_UP_MS = 1000;
const INT32 = primitive('INT32', false);
const INT64 = primitive('INT64', false);

interface Plan {
  readonly topic: string;
  readonly entity: string;
  readonly schema: StructSchema;
  readonly make: Make;
  /** Position of the key field; -1: no key. */
  readonly key: number;
}

function planOf(config: Config): Plan {
  const name = config.get(DATAGEN.quickstart).toLowerCase();
  const text = config.get(DATAGEN.schemaString);
  const quickstart = name === '' ? undefined : QUICKSTARTS[name];
  const avro = quickstart?.schema ?? (JSON.parse(text) as AvroRecord);
  const { schema, make } = compileAvro(avro);
  const field = config.get(DATAGEN.schemaKeyfield) || (quickstart?.keyField ?? '');
  const struct = schema as StructSchema;
  return {
    topic: config.get(DATAGEN.kafkaTopic),
    entity: config.get(DATAGEN.kafkaTopic),
    schema: struct,
    make,
    key: field === '' ? -1 : struct.fields.findIndex((f) => f.name === field),
  };
}

function declarationOf(plan: Plan): TopicDeclaration {
  const field = plan.key < 0 ? undefined : plan.schema.fields[plan.key];
  return {
    topic: plan.topic,
    entity: plan.entity,
    keySchema: field?.schema ?? null,
    keyColumns: field ? [field.name] : [],
    isTable: false,
    valueSchema: plan.schema,
  };
}

class DatagenConnector implements SourceConnector {
  #raw: RawConfig = {};
  async start(config: Config, context: SourceConnectorContext): Promise<void> {
    this.#raw = config.raw;
    context.declareTopic(declarationOf(planOf(config)));
  }
  async taskConfigs(maxTasks: number): Promise<readonly RawConfig[]> {
    return Array.from({ length: maxTasks }, () => this.#raw);
  }
  async stop(): Promise<void> {}

  checkOffsets(
    config: Config,
    offsets: readonly { readonly partition: OffsetMap; readonly offset: OffsetMap | null }[],
  ): void {
    const tasks = Number(config.raw['tasks.max'] ?? 1);
    const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;
    for (const { partition, offset } of offsets) {
      const { 'task.id': task, ...more } = partition;
      if (!isCount(task) || Object.keys(more).length > 0)
        throw new ConnectError(`A partition of this source is {"task.id":0}, and not ${JSON.stringify(partition)}`);
      if (offset === null) continue;
      if (Number(task) >= tasks)
        throw new ConnectError(`There is no partition ${JSON.stringify(partition)}: tasks.max is ${tasks}`);
      const keys = Object.keys(offset);
      if (!OFFSET_KEYS.every((key) => isCount(offset[key])) || keys.length !== OFFSET_KEYS.length)
        throw new ConnectError(
          `An offset of this source has ${OFFSET_KEYS.join(', ')}, numbers from 0 on, and not ${JSON.stringify(offset)}`,
        );
    }
  }
}

const OFFSET_KEYS = ['task.generation', 'current.iteration', 'random.seed'];

/** Record n is a function of the seed and n, so a restart continues where it stopped, with the same data. */
class DatagenTask implements SourceTask {
  #plan!: Plan;
  #context!: SourceTaskContext;
  #iteration = 0;
  #iterations = -1;
  #generation = 0;
  #seed = 0;
  #rate: number | undefined;
  #maxIntervalMs = 0;
  #anchorMs = 0;
  #anchored = 0;
  #partition = {};
  /** The headers that all records of the task have. */
  #headers: readonly ConnectHeader[] = [];

  async start(config: Config, context: SourceTaskContext): Promise<void> {
    this.#plan = planOf(config);
    this.#context = context;
    this.#iterations = config.get(DATAGEN.iterations);
    this.#rate = config.get(DATAGEN.messagesPerSecond);
    this.#maxIntervalMs = config.get(DATAGEN.maxInterval);
    this.#partition = { 'task.id': context.taskId };
    const stored = context.offset(this.#partition);
    this.#iteration = stored === undefined ? 0 : Number(stored['current.iteration']) + 1;
    this.#generation = stored === undefined ? 0 : Number(stored['task.generation']) + 1;
    const given = config.get(DATAGEN.randomSeed);
    this.#seed =
      given === undefined
        ? Number(stored?.['random.seed'] ?? Math.floor(context.env.random.next() * 2 ** 31))
        : given + context.taskId;
    this.#headers = [
      { key: 'task.generation', schema: INT32, value: this.#generation },
      { key: 'task.id', schema: INT32, value: context.taskId },
    ];
    this.#anchor();
  }

  async poll(): Promise<SourceBatch> {
    if (this.#iterations >= 0 && this.#iteration >= this.#iterations) {
      // Kafka's datagen connector ends in this way: the status then shows that it has finished.
      throw new ConnectError(`Stopping connector: generated the configured ${this.#iterations} number of messages`);
    }
    let due = await this.#due();
    if (this.#iterations >= 0) due = Math.min(due, this.#iterations - this.#iteration);
    const from = this.#iteration;
    this.#iteration += due;
    return { count: due, record: (i) => this.#record(from + i, i === due - 1) };
  }

  async stop(): Promise<void> {}

  /** How many records are due now; waits a moment when there are none. */
  async #due(): Promise<number> {
    const { clock, timers, random } = this.#context.env;
    if (this.#rate === undefined) {
      if (this.#maxIntervalMs === 0) return RECORDS_PER_POLL;
      await timers.sleep(random.next() * this.#maxIntervalMs, this.#context.signal).catch(() => {});
      return this.#context.signal.aborted ? 0 : 1;
    }
    const elapsed = clock.monotonicMs() - this.#anchorMs;
    const wanted = Math.floor((elapsed * this.#rate) / 1000) - this.#anchored;
    if (wanted > Math.max(1, (this.#rate * CATCH_UP_MS) / 1000)) {
      this.#anchor();
      return 1;
    }
    if (wanted > 0) {
      const due = Math.min(wanted, RECORDS_PER_POLL);
      this.#anchored += due;
      return due;
    }
    const nextMs = ((this.#anchored + 1) / this.#rate) * 1000 - elapsed;
    await timers.sleep(Math.min(PAUSE_MAX_MS, Math.max(TICK_MS, nextMs)), this.#context.signal).catch(() => {});
    return 0;
  }

  #anchor(): void {
    this.#anchorMs = this.#context.env.clock.monotonicMs();
    this.#anchored = 0;
  }

  #record(iteration: number, last: boolean): SourceRecord {
    const plan = this.#plan;
    const value = plan.make(rngAt(this.#seed, iteration), iteration) as unknown[];
    return {
      topic: plan.topic,
      keySchema: plan.key < 0 ? null : must(plan.schema.fields[plan.key], 'field').schema,
      key: plan.key < 0 ? null : value[plan.key],
      valueSchema: plan.schema,
      value,
      headers: [
        must(this.#headers[0], 'header'),
        must(this.#headers[1], 'header'),
        { key: 'current.iteration', schema: INT64, value: iteration },
      ],
      sourcePartition: this.#partition,
      sourceOffset: last
        ? { 'task.generation': this.#generation, 'current.iteration': iteration, 'random.seed': this.#seed }
        : null,
    };
  }
}

export const implementation: SourceImplementation = {
  createConnector: () => new DatagenConnector(),
  createTask: () => new DatagenTask(),
};
