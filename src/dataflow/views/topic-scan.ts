import { CostWatch } from '../../base/budget/cost-watch.ts';
import type { Env, ProcessingLog } from '../../base/env.ts';
import { isSluiceError, SluiceError } from '../../base/errors.ts';
import { Stretch } from '../../base/stretch.ts';
import type { CompileEnv } from '../../expr/compile/env.ts';
import { type CodecRegistry, NeedsRegistration, NeedsSchema } from '../../formats/api.ts';
import { type Log, type LogReader, OffsetOutOfRange } from '../../log/api.ts';
import { RecordCursor } from '../../log/record-batch/cursor.ts';
import type { QueryPlan } from '../../plan/steps/steps.ts';
import { NO_DISK, TaskState } from '../../state/provider.ts';
import { buildTask } from '../graph/build-task.ts';
import type { Collector } from '../graph/graph.ts';
import { createCompiler } from '../task/expressions.ts';
import { internalTopicPrefix, processingLogger } from '../names.ts';
import { RecordContext } from '../task/record-context.ts';
import type { RecordInput } from '../task/record-input.ts';
import type { TaskSettings } from '../settings.ts';
import { planTopology } from '../topology.ts';

export interface TopicScanOptions {
  /** Stateless steps over one source: source, filter, projection. */
  readonly plan: QueryPlan;
  readonly topic: string;
  /** For each partition, the first offset to read and the end offset, which is exclusive. */
  readonly ranges: readonly ScanRange[];
  readonly log: Log;
  readonly env: Env;
  readonly serviceId: string;
  readonly settings: TaskSettings;
  readonly compile: CompileEnv;
  readonly registry: CodecRegistry | undefined;
  readonly loadSchemas?: ((missing: NeedsSchema | NeedsRegistration) => Promise<void>) | undefined;
  readonly processingLog: ProcessingLog;
  /** Receives the rows synchronously. */
  readonly collector: Collector;
  /** False when nobody wants the rest: what was fetched is not computed either. May throw, which ends the scan. */
  readonly mayGoOn?: (() => boolean) | undefined;
  /** Asked after each record: true when its rows are the last that are wanted. */
  readonly isEnough?: (() => boolean) | undefined;
}

export interface ScanRange {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/** How long one poll waits. The offsets before the end may belong to aborted transactions, so that nothing comes. */
const POLL_MS = 100;
/** Records between two checks of the clock, where they are not costly. */
const CLOCK_RECORDS = 32;

/** The ranges of everything that a topic currently contains. @throws SluiceError NOT_FOUND, LOG_UNAVAILABLE */
export async function rangesOf(log: Log, topic: string): Promise<ScanRange[]> {
  const found = await log.admin.describeTopic(topic);
  if (found === undefined) throw new SluiceError('NOT_FOUND', `Topic ${topic} does not exist`);
  return await Promise.all(
    Array.from({ length: found.partitions }, async (_, partition) => {
      const at = { topic, partition };
      const [from, to] = await Promise.all([log.admin.earliestOffset(at), log.admin.latestOffset(at)]);
      return { partition, from, to };
    }),
  );
}

/** The number of offsets in the ranges, including those of records that compaction or an abort has removed. */
export function recordsIn(ranges: readonly ScanRange[]): number {
  return ranges.reduce((sum, { from, to }) => sum + to - from, 0);
}

/**
 * The current size of a topic, as {@link recordsIn} counts it; 0 when it does not exist.
 * @throws SluiceError LOG_UNAVAILABLE
 */
export async function recordsHeld(topic: string, log: Log): Promise<number> {
  try {
    return recordsIn(await rangesOf(log, topic));
  } catch (error) {
    if (isSluiceError(error, 'NOT_FOUND')) return 0;
    throw error;
  }
}

/**
 * Reads ranges of a topic through the ordinary operators, once. Nothing is committed, stored or written. Yields when
 * rows may have been passed to the collector; ending the iteration ends the reading.
 * @throws SluiceError LOG_UNAVAILABLE, LOG_CORRUPT, NOT_FOUND; schemas that codecs lack and that cannot be fetched
 */
export async function* scanTopic(options: TopicScanOptions): AsyncGenerator<void, void> {
  const { topic, log, env } = options;
  const open = new Map(options.ranges.filter((r) => r.from < r.to).map((r) => [r.partition, r] as const));
  if (open.size === 0) return;
  const context = new RecordContext();
  context.topic = topic;
  const handlers = await withSchemas(options, () => handlersOf(options, context));
  const reader = log.createReader({});
  const stretch = new Stretch(env);
  const cursor = new RecordCursor();
  const { isEnough, mayGoOn = always } = options;
  const watch = new CostWatch(options.compile.functionEnv.work);
  try {
    reader.assign([...open.values()].map((r) => ({ topic, partition: r.partition, offset: r.from })));
    while (open.size > 0) {
      const fetched = await poll(reader, log, topic);
      for (const part of fetched) {
        const range = open.get(part.partition);
        if (range === undefined) continue;
        context.partition = part.partition;
        cursor.openFetched(part);
        while (cursor.next()) {
          const { columns } = cursor;
          context.headerBytes = columns.buffer;
          for (let i = 0; i < columns.count && columns.offset[i]! < range.to; i++) {
            context.offset = columns.offset[i]!;
            context.timestamp = columns.timestamp[i]!;
            context.headerCount = columns.headerCount[i]!;
            context.headerFrom = columns.headersStart[i]!;
            context.headerTo = columns.recordEnd[i]!;
            for (const handler of handlers) {
              try {
                handler.process(columns, i);
              } catch (error) {
                if (!(error instanceof NeedsSchema)) throw error;
                await withSchemas(options, () => handler.process(columns, i), error);
              }
            }
            if (isEnough?.() === true) return;
            if (!watch.isDue() && i % CLOCK_RECORDS !== 0) continue;
            await stretch.breathe();
            if (!mayGoOn()) return;
          }
        }
      }
      for (const { partition, to } of open.values()) {
        if (reader.position({ topic, partition }) < to) continue;
        open.delete(partition);
        reader.pause({ topic, partition });
      }
      yield;
      await stretch.breathe();
    }
  } finally {
    await reader.close();
  }
}

function always(): boolean {
  return true;
}

async function poll(reader: LogReader, log: Log, topic: string): ReturnType<LogReader['poll']> {
  try {
    return await reader.poll(POLL_MS);
  } catch (error) {
    if (!(error instanceof OffsetOutOfRange)) throw error;
    // Retention has removed the beginning of the range.
    reader.seek(error.at, await log.admin.earliestOffset({ topic, partition: error.at.partition }));
    return [];
  }
}

function handlersOf(options: TopicScanOptions, context: RecordContext): readonly RecordInput[] {
  const { plan, topic, env, serviceId, settings, processingLog, registry, collector, compile } = options;
  const [sub] = planTopology(plan, serviceId).subTopologies;
  const built = buildTask(sub!, {
    queryId: plan.queryId,
    topicPrefix: internalTopicPrefix(serviceId, plan.queryId),
    partition: 0,
    state: new TaskState({ disk: NO_DISK, prefix: plan.queryId, maxCleanEntries: 0 }),
    context,
    settings,
    clock: env.clock,
    log: processingLog,
    registry,
    compiler: (step) =>
      createCompiler(compile, { log: processingLog, logger: processingLogger(plan.queryId, step), context }),
    output: () => {
      throw new SluiceError('INTERNAL', 'A scan writes nothing');
    },
    // Nobody reads the row counts of a pull query's operators.
    passed: () => ({ rows: 0 }),
    onLate: () => undefined,
    collector,
  });
  return built.inputs.get(topic) ?? [];
}

/** Repeats an attempt until it has all schemas that it needs. `missing`: the schema that the first attempt lacked. */
async function withSchemas<T>(
  { loadSchemas }: TopicScanOptions,
  attempt: () => T,
  missing?: NeedsSchema | NeedsRegistration,
): Promise<T> {
  for (let lacking = missing; ;) {
    if (lacking !== undefined) {
      if (loadSchemas === undefined) throw lacking;
      await loadSchemas(lacking);
    }
    try {
      return attempt();
    } catch (error) {
      if (!(error instanceof NeedsSchema || error instanceof NeedsRegistration)) throw error;
      lacking = error;
    }
  }
}
