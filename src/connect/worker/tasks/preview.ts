import { ByteWriter } from '../../../base/byte-writer.ts';
import type { Env } from '../../../base/env.ts';
import { configOf, type RawConfig } from '../../api/config-spec.ts';
import type { PlannedTopic, SourcePlugin, TopicDeclaration, TopicRefusal } from '../../api/connector.ts';
import { UnreadableRow } from '../../api/errors.ts';
import type { SourceRecord } from '../../api/record.ts';
import type { ConnectSchema } from '../../api/schema.ts';
import { jsonEncoder } from '../../converters/json-value.ts';
import type { TransformChain } from './pipeline.ts';

/** Rows of each topic that a preview shows. */
const ROWS = 5;
/** How long a preview waits for rows, in ms. */
const PATIENCE_MS = 3000;
/** Most topics whose rows are read: there may be thousands of tables. */
const TOPICS_MAX = 50;

/** A topic that a source would write. */
export interface PreviewedTopic {
  readonly declaration: TopicDeclaration;
  /** Its first rows: key and value as JSON texts, null where there is none. */
  readonly rows: readonly { readonly key: string | null; readonly value: string | null }[];
}

export interface Preview {
  readonly topics: readonly PreviewedTopic[];
  readonly remarks: readonly string[];
}

export interface PreviewParts {
  readonly name: string;
  readonly env: Env;
  /** Settings with references looked up. */
  readonly config: RawConfig;
  readonly transforms: TransformChain | undefined;
  refusal(planned: PlannedTopic): TopicRefusal | undefined;
  /** The declaration behind the transforms; undefined: it cannot be foreseen. */
  behindTransforms(declaration: TopicDeclaration): TopicDeclaration | undefined;
}

/**
 * Runs a source for a moment, with settings under which it changes nothing in its source: what it would write, and its
 * first rows. Nothing is written, created or remembered. Undefined where the plug-in has no such settings.
 * @throws what the plug-in throws where it cannot begin
 */
export async function previewSource(plugin: SourcePlugin, parts: PreviewParts): Promise<Preview | undefined> {
  if (plugin.previewSettings === undefined) return undefined;
  const { name, env } = parts;
  const raw = { ...parts.config, ...plugin.previewSettings(parts.config) };
  const { createConnector, createTask } = await plugin.load();
  const ended = new AbortController();
  const { signal } = ended;
  const topics = new Map<string, { declaration: TopicDeclaration; rows: PreviewedTopic['rows'][number][] }>();
  const declareTopic = (declaration: TopicDeclaration): void => {
    const after = parts.behindTransforms(declaration);
    if (after !== undefined && !topics.has(after.topic)) topics.set(after.topic, { declaration: after, rows: [] });
  };
  let remarks: readonly string[] = [];
  const shared = { env, signal, declareTopic, offset: () => undefined };
  const connector = createConnector();
  const task = createTask();
  let hasBegun = false;
  try {
    await connector.start(configOf(plugin.config, raw), {
      ...shared,
      name,
      refusal: (planned) => parts.refusal(planned),
      requestReconfiguration: () => undefined,
      raiseError: () => undefined,
      remark: (sentences) => {
        remarks = sentences;
      },
    });
    const [own] = await connector.taskConfigs(1);
    if (own === undefined) return { topics: [...topics.values()], remarks };
    hasBegun = true;
    await task.start(configOf(plugin.config, { ...raw, ...own }), {
      ...shared,
      connector: name,
      taskId: 0,
      trouble: () => undefined,
      liveKeys: async function* () {},
      endOffsets: async () => [],
      remark: () => undefined,
      report: () => undefined,
    });
    const deadline = env.clock.monotonicMs() + PATIENCE_MS;
    const isFull = (): boolean =>
      topics.size > 0 && [...topics.values()].slice(0, TOPICS_MAX).every((t) => t.rows.length >= ROWS);
    for (let quiet = 0; quiet < 2 && !isFull() && env.clock.monotonicMs() < deadline;) {
      const polled = await task.poll();
      const count = 'count' in polled ? polled.count : polled.length;
      quiet = count === 0 ? quiet + 1 : 0;
      for (let i = 0; i < count && !isFull(); i++) {
        const record = recordAt(polled, i, parts.transforms);
        const topic = record && topics.get(record.topic);
        if (record && topic && topic.rows.length < ROWS)
          topic.rows.push({ key: text(record.keySchema, record.key), value: text(record.valueSchema, record.value) });
      }
    }
    return { topics: [...topics.values()], remarks };
  } finally {
    ended.abort();
    if (hasBegun) await task.stop().catch(() => undefined);
    await connector.stop().catch(() => undefined);
  }
}

/** A record behind the transforms; undefined for one that cannot be read, or that they drop. */
function recordAt(
  polled: Awaited<ReturnType<ReturnType<Awaited<ReturnType<SourcePlugin['load']>>['createTask']>['poll']>>,
  i: number,
  transforms: TransformChain | undefined,
): SourceRecord | undefined {
  try {
    const record = 'count' in polled ? polled.record(i) : polled[i]!;
    return transforms === undefined ? record : (transforms.apply(record) ?? undefined);
  } catch (error) {
    if (error instanceof UnreadableRow) return undefined;
    throw error;
  }
}

function text(schema: ConnectSchema | null, value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (schema === null) return JSON.stringify(value, (_, v: unknown) => (typeof v === 'bigint' ? String(v) : v));
  const out = new ByteWriter(1 << 10);
  jsonEncoder(schema, 'NUMERIC')(value, out);
  return out.toBuffer().toString('utf8');
}
