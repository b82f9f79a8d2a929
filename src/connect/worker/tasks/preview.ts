import { must } from '../../../base/assert.ts';
import { ByteWriter } from '../../../base/byte-writer.ts';
import type { Env } from '../../../base/env.ts';
import { within } from '../../../base/within.ts';
import { configOf, type RawConfig } from '../../api/config-spec.ts';
import type { PlannedTopic, SourcePlugin, SourceTask, TopicDeclaration, TopicRefusal } from '../../api/connector.ts';
import { UnreadableRow } from '../../api/errors.ts';
import type { SourceRecord } from '../../api/record.ts';
import type { ConnectSchema } from '../../api/schema.ts';
import { jsonEncoder } from '../../converters/json-value.ts';
import { withSchemas } from '../topics/declarations.ts';
import { ApartChain } from './apart-chain.ts';
import type { TransformChain } from './transform-chain.ts';

/** Rows of each topic in a preview. */
const ROWS = 5;
/** How long a preview waits for rows, in ms. */
const PATIENCE_MS = 3000;
/** How long it waits for further rows, in ms: a table that was read is polled again only much later. */
const AFTER_ROWS_MS = 200;
/** The most tasks that are started to get rows, since there may be thousands of tables. */
const TASKS_MAX = 50;

/** A topic that a source would write. */
export interface PreviewedTopic {
  readonly declaration: TopicDeclaration;
  /** Its first rows: key and value as JSON texts, null where there is none. */
  readonly rows: readonly { readonly key: string | null; readonly value: string | null }[];
}

interface Gathered extends PreviewedTopic {
  readonly rows: PreviewedTopic['rows'][number][];
}

export interface Preview {
  readonly topics: readonly PreviewedTopic[];
  readonly remarks: readonly string[];
}

export interface PreviewParts {
  readonly name: string;
  readonly env: Env;
  /** Settings with references resolved. */
  readonly config: RawConfig;
  readonly transforms: TransformChain | undefined;
  refusal(planned: PlannedTopic): TopicRefusal | undefined;
  /** The declaration after the transforms; undefined when it cannot be predicted. */
  behindTransforms(declaration: TopicDeclaration): TopicDeclaration | undefined;
}

/**
 * Runs a source for a moment with settings under which it changes nothing in its system, to show what it would write
 * and its first rows. Nothing is written, created or remembered. Undefined when the plugin has no such settings.
 * @throws the plugin's error when it cannot start
 */
export async function previewSource(plugin: SourcePlugin, parts: PreviewParts): Promise<Preview | undefined> {
  if (plugin.previewSettings === undefined) return undefined;
  const { name, env } = parts;
  const raw = { ...parts.config, ...(await plugin.previewSettings(parts.config)) };
  const { createConnector, createTask } = await plugin.load();
  const ended = new AbortController();
  const { signal } = ended;
  const apart = parts.transforms instanceof ApartChain ? parts.transforms : undefined;
  const topics = new Map<string, Gathered>();
  const declareTopic = (declaration: TopicDeclaration): void => {
    const after = parts.behindTransforms(declaration);
    if (after !== undefined && !topics.has(after.topic)) topics.set(after.topic, { declaration: after, rows: [] });
  };
  let remarks: readonly string[] = [];
  const shared = { env, signal, declareTopic, offset: () => undefined };
  const connector = createConnector();
  const deadline = env.clock.monotonicMs() + PATIENCE_MS;
  try {
    await apart?.start({ logger: env.logger, signal, raiseError: () => undefined });
    await connector.start(configOf(plugin.config, raw), {
      ...shared,
      name,
      refusal: (planned) => parts.refusal(planned),
      requestReconfiguration: () => undefined,
      raiseError: () => undefined,
      brought: () => ({ places: [], partitions: [] }),
      remark: (sentences) => {
        remarks = sentences;
      },
    });
    // One task for each table: a task that reads them in turn would show only rows of the first.
    const configs = await connector.taskConfigs(TASKS_MAX);
    for (const [taskId, own] of configs.entries()) {
      const left = deadline - env.clock.monotonicMs();
      if (left <= 0 || (topics.size > 0 && [...topics.values()].every(isFull))) break;
      const task = createTask();
      const over = new AbortController();
      try {
        await task.start(configOf(plugin.config, { ...raw, ...own }), {
          ...shared,
          signal: over.signal,
          connector: name,
          taskId,
          trouble: () => undefined,
          raiseError: () => undefined,
          liveKeys: async function* () {},
          endOffsets: async () => [],
          recordsOf: async () => ({ records: [], next: undefined }),
          remark: () => undefined,
          report: () => undefined,
        });
        await gatherRows(task, topics, parts, left / (configs.length - taskId));
      } finally {
        over.abort();
        await task.stop().catch(() => undefined);
      }
    }
    return { topics: [...topics.values()], remarks };
  } finally {
    ended.abort();
    await connector.stop().catch(() => undefined);
    await apart?.stop();
  }
}

function isFull({ rows }: Gathered): boolean {
  return rows.length >= ROWS;
}

/** The first rows of one task, for at most `patienceMs`. */
async function gatherRows(
  task: SourceTask,
  topics: Map<string, Gathered>,
  { env, transforms }: PreviewParts,
  patienceMs: number,
): Promise<void> {
  const deadline = env.clock.monotonicMs() + patienceMs;
  const own = new Set<Gathered>();
  const isDone = (): boolean => own.size > 0 && [...own].every(isFull);
  for (let quiet = 0; quiet < 2 && !isDone() && env.clock.monotonicMs() < deadline;) {
    const patienceOfPollMs = own.size > 0 ? AFTER_ROWS_MS : deadline - env.clock.monotonicMs();
    const polled = await within(env.timers, patienceOfPollMs, task.poll());
    if (polled === undefined) return;
    const count = 'count' in polled ? polled.count : polled.length;
    quiet = count === 0 ? quiet + 1 : 0;
    for (let i = 0; i < count; i++) {
      const record = await recordAt(polled, i, transforms);
      const topic = record && (topics.get(record.topic) ?? unforeseen(record, topics, transforms));
      if (record === undefined || topic === undefined) continue;
      own.add(topic);
      if (!isFull(topic))
        topic.rows.push({ key: text(record.keySchema, record.key), value: text(record.valueSchema, record.value) });
    }
  }
}

/** A record after the transforms; undefined when it cannot be read or is dropped. */
async function recordAt(
  polled: Awaited<ReturnType<SourceTask['poll']>>,
  i: number,
  transforms: TransformChain | undefined,
): Promise<SourceRecord | undefined> {
  let record: SourceRecord;
  try {
    record = 'count' in polled ? polled.record(i) : must(polled[i], 'polled batch');
  } catch (error) {
    if (error instanceof UnreadableRow) return undefined;
    throw error;
  }
  if (transforms instanceof ApartChain) await transforms.prepare([record]);
  return transforms === undefined ? record : (transforms.apply(record) ?? undefined);
}

/** The topic of a record when transforms in other threads prevent a prediction. */
function unforeseen(
  { topic, keySchema, valueSchema }: SourceRecord,
  topics: Map<string, Gathered>,
  transforms: TransformChain | undefined,
): Gathered | undefined {
  if (!(transforms instanceof ApartChain)) return undefined;
  const nothing = { topic, entity: topic, keySchema: null, keyColumns: [], isTable: false, valueSchema: null };
  const gathered = { declaration: withSchemas(nothing, keySchema, valueSchema), rows: [] };
  topics.set(topic, gathered);
  return gathered;
}

function text(schema: ConnectSchema | null, value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (schema === null) return JSON.stringify(value, (_, v: unknown) => (typeof v === 'bigint' ? String(v) : v));
  const out = new ByteWriter(1 << 10);
  jsonEncoder(schema, 'NUMERIC')(value, out);
  return out.toBuffer().toString('utf8');
}
