import { UNLIMITED } from '../../base/budget/work.ts';
import type { ProcessingLogEntry } from '../../base/env.ts';
import { BUILT_IN } from '../../functions/built-in.ts';
import { createRegistry } from '../../functions/registry.ts';
import { BatchBuilder } from '../../log/record-batch/builder.ts';
import { RecordCursor } from '../../log/record-batch/cursor.ts';
import { decodeHeaders, encodeHeaders } from '../../log/record-batch/headers.ts';
import type { SinkStep, Step } from '../../plan/steps/steps.ts';
import type { OrderedReader } from '../../state/ordered.ts';
import { NO_DISK } from '../../state/provider.ts';
import type { CompileEnv } from '../../expr/compile/env.ts';
import { DEFAULT_SETTINGS, type TaskSettings } from '../settings.ts';
import { KeyReader, KeyWriter } from '../task/topic-codec.ts';
import { JSON_CODEC, plan } from './steps.ts';
import { TaskChain } from '../task/task-chain.ts';

export const COMPILE: CompileEnv = {
  functions: createRegistry(BUILT_IN),
  functionEnv: { nowMs: () => 0, random: () => 0, uuid: () => '', work: UNLIMITED },
};

/** An output record: key (the value of a single column; windowed: [value, start, end]), value, timestamp. */
export type Out = readonly [key: unknown, value: Record<string, unknown> | null, timestamp: number];

/** Feeds records to the plan of a sink, one at a time, and returns what each of them caused. */
export class Feed {
  readonly problems: ProcessingLogEntry[] = [];
  readonly chain: TaskChain;
  /** Headers of the last outputs. */
  headers: string[][] = [];
  readonly #sink: SinkStep;
  #out: Out[] = [];

  constructor(
    sink: SinkStep,
    options: {
      readonly settings?: Partial<TaskSettings>;
      readonly disk?: OrderedReader;
      readonly nowMs?: () => number;
      readonly gather?: boolean;
    } = {},
  ) {
    this.#sink = sink;
    this.chain = new TaskChain({
      plan: plan(sink),
      serviceId: 'default_',
      disk: options.disk ?? NO_DISK,
      settings: {
        ...DEFAULT_SETTINGS,
        gatherUpdates: options.gather === true,
        ...options.settings,
      },
      log: { write: (entry) => this.problems.push(entry) },
      compile: COMPILE,
      registry: undefined,
      sendEachBatch: options.gather !== true,
      ...(options.nowMs && { nowMs: options.nowMs }),
      output: (_topic, batch) => this.#collect(batch),
    });
  }

  /** `key` undefined: no key. A string value is used as the record's bytes. */
  feed(
    topic: string,
    key: unknown,
    value: Record<string, unknown> | string | null,
    timestamp = 0,
    headers: Readonly<Record<string, string>> = {},
  ): Out[] {
    this.#out = [];
    this.headers = [];
    const batch = new BatchBuilder(256);
    const list = Object.entries(headers).map(([k, v]) => ({ key: k, value: Buffer.from(v) }));
    const bytes = value === null ? null : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
    batch.add(timestamp, this.#keyBytes(topic, key), bytes, list.length > 0 ? encodeHeaders(list) : null);
    this.chain.handle(topic, batch.finish());
    return this.#out;
  }

  /** Returns the output when gathered updates are sent. */
  send(): Out[] {
    this.#out = [];
    this.headers = [];
    this.chain.send();
    return this.#out;
  }

  #keyBytes(topic: string, key: unknown): Buffer | null {
    if (key === undefined) return null;
    if (typeof key === 'string') return Buffer.from(key);
    const source = sourceOf(this.#sink, topic);
    const writer = new KeyWriter(JSON_CODEC, source.out.key, source.out.window, topic, undefined);
    writer.write(Array.isArray(key) ? key : [key]);
    return writer.out.toBuffer();
  }

  #collect(batch: Buffer): void {
    const cursor = new RecordCursor();
    cursor.open(batch, 0, batch.length, 0);
    const keys = new KeyReader(JSON_CODEC, this.#sink.out.key, this.#sink.out.window, 'out', undefined);
    while (cursor.next()) {
      const { columns } = cursor;
      for (let i = 0; i < columns.count; i++) {
        const key = keys.read(columns.buffer, columns.keyStart[i]!, columns.keyLength[i]!);
        const value = columns.value(i);
        this.#out.push([
          key?.length === 1 ? key[0] : key,
          value === null ? null : (JSON.parse(value.toString()) as Record<string, unknown>),
          columns.timestamp[i]!,
        ]);
        this.headers.push(
          decodeHeaders(columns.buffer, columns.headersStart[i]!, columns.headerCount[i]!).map(
            (h) => `${h.key}=${String(h.value)}`,
          ),
        );
      }
    }
  }
}

function sourceOf(step: Step, topic: string): { readonly out: SinkStep['out'] } {
  if ('topic' in step && step.topic === topic) return step;
  if ('left' in step) return topicIn(step.left, topic) ? sourceOf(step.left, topic) : sourceOf(step.right, topic);
  if ('source' in step && typeof step.source === 'object') return sourceOf(step.source, topic);
  throw new Error(`no source reads ${topic}`);
}

function topicIn(step: Step, topic: string): boolean {
  try {
    sourceOf(step, topic);
    return true;
  } catch {
    return false;
  }
}
