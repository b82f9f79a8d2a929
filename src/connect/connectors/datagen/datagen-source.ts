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
import type { OffsetMap, SourceBatch, SourceRecord } from '../../api/record.ts';
import type { StructSchema } from '../../api/schema.ts';
import { DATAGEN } from './datagen-keys.ts';
import { compileAvro, rngAt, type AvroRecord, type Make } from './generator.ts';
import { QUICKSTARTS } from './quickstarts.ts';
import { RelatedRecords, relatedDeclarations, repeatsOf, REPEATS } from './related/related-records.ts';
import { OFFSET_KEYS, Run } from './run.ts';

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
  const topic = must(config.get(DATAGEN.kafkaTopic), 'topic');
  return {
    topic,
    entity: topic,
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

/** Whether the config describes tables rather than one topic. */
const isRelated = (config: Config): boolean => config.get(DATAGEN.tables).length > 0;

class DatagenConnector implements SourceConnector {
  #raw: RawConfig = {};
  #isRelated = false;
  async start(config: Config, context: SourceConnectorContext): Promise<void> {
    this.#raw = config.raw;
    this.#isRelated = isRelated(config);
    for (const declaration of this.#isRelated ? relatedDeclarations(config) : [declarationOf(planOf(config))])
      context.declareTopic(declaration);
  }
  async taskConfigs(maxTasks: number): Promise<readonly RawConfig[]> {
    // Related tables are one sequence of records: a row exists before another refers to it.
    return Array.from({ length: this.#isRelated ? 1 : maxTasks }, () => this.#raw);
  }
  async stop(): Promise<void> {}

  checkOffsets(
    config: Config,
    offsets: readonly { readonly partition: OffsetMap; readonly offset: OffsetMap | null }[],
  ): void {
    const related = isRelated(config);
    const tasks = related ? 1 : Number(config.raw['tasks.max'] ?? 1);
    const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;
    for (const { partition, offset } of offsets) {
      const { 'task.id': task, ...more } = partition;
      if (!isCount(task) || Object.keys(more).length > 0)
        throw new ConnectError(`A partition of this source is {"task.id":0}, and not ${JSON.stringify(partition)}`);
      if (offset === null) continue;
      if (Number(task) >= tasks)
        throw new ConnectError(`There is no partition ${JSON.stringify(partition)}: tasks.max is ${tasks}`);
      const keys = Object.keys(offset).filter((key) => !related || key !== REPEATS);
      if (related) repeatsOf(offset);
      if (!OFFSET_KEYS.every((key) => isCount(offset[key])) || keys.length !== OFFSET_KEYS.length)
        throw new ConnectError(
          `An offset of this source has ${OFFSET_KEYS.join(', ')}, numbers from 0 on, and not ${JSON.stringify(offset)}`,
        );
    }
  }
}

/** The records of a task. */
interface Records {
  poll(): Promise<SourceBatch>;
}

class DatagenTask implements SourceTask {
  #records!: Records;

  async start(config: Config, context: SourceTaskContext): Promise<void> {
    const run = new Run(config, context);
    this.#records = isRelated(config) ? new RelatedRecords(config, run) : new SingleRecords(config, run);
  }
  poll(): Promise<SourceBatch> {
    return this.#records.poll();
  }
  async stop(): Promise<void> {}
}

/** Record n is a function of the seed and n, so a restart continues where it stopped, with the same data. */
class SingleRecords implements Records {
  readonly #plan: Plan;
  readonly #run: Run;
  #iteration: number;

  constructor(config: Config, run: Run) {
    this.#plan = planOf(config);
    this.#run = run;
    this.#iteration = run.first;
  }

  async poll(): Promise<SourceBatch> {
    this.#run.checkEnd(this.#iteration);
    const due = Math.min(await this.#run.pace.due(), this.#run.end - this.#iteration);
    const from = this.#iteration;
    this.#iteration += due;
    return { count: due, record: (i) => this.#record(from + i, i === due - 1) };
  }

  #record(iteration: number, last: boolean): SourceRecord {
    const plan = this.#plan;
    const value = plan.make(rngAt(this.#run.seed, iteration), iteration) as unknown[];
    return {
      topic: plan.topic,
      keySchema: plan.key < 0 ? null : must(plan.schema.fields[plan.key], 'field').schema,
      key: plan.key < 0 ? null : value[plan.key],
      valueSchema: plan.schema,
      value,
      headers: this.#run.headersOf(iteration),
      sourcePartition: this.#run.partition,
      sourceOffset: last ? this.#run.offsetAt(iteration) : null,
    };
  }
}

export const implementation: SourceImplementation = {
  createConnector: () => new DatagenConnector(),
  createTask: () => new DatagenTask(),
};
