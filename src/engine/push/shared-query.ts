import type { Offset, PartitionNumber } from '../../base/quantities.ts';
import { messageOf, SluiceError } from '../../base/errors.ts';
import { keepsForChanges } from '../../dataflow/graph/ends.ts';
import type { Collector } from '../../dataflow/graph/graph.ts';
import type { StreamReceiver, TableReceiver } from '../../dataflow/receivers.ts';
import type { QueryRunner } from '../../dataflow/runner/query-runner.ts';
import type { RecordContext } from '../../dataflow/task/record-context.ts';
import type { QueryRunnerOptions } from '../../dataflow/runner/runner-options.ts';
import type { TransientPlan } from '../../plan/plan-transient.ts';
import { planToJson } from '../../plan/steps/json.ts';
import type { SourceStep, Step } from '../../plan/steps/steps.ts';
import type { Env } from '../../base/env.ts';
import type { Log } from '../../log/api.ts';
import type { RowQueue } from '../queries/row-queue.ts';
import { bytesOfRow } from '../row-size.ts';
import type { ResultRow, RowBatch, Tombstones } from '../query-handle.ts';
import type { Key, Row } from '../../types/row.ts';

/**
 * Each row is written to every subscriber separately up to this many writes per second; beyond that, rows are gathered.
 */
const WRITES_PER_SECOND = 5000;
/** The most rows that are handed out at once, and the number of bytes from which fewer are. */
const BATCH_MAX = 1000;
const BATCH_BYTES = 1 << 19;
/** A reader may be taken over when it has at most this many records left. */
const NEAR = 10_000;
/** The most rows that wait meanwhile, and for a client: beyond that the client counts as slow. */
const WAITING_MAX = 100_000;
/** How often a reader that will be taken over is checked, in ms. */
const LOOK_MS = 5;
const LOOK_MAX_MS = 250;

/** What two push queries must have in common to share a reader, apart from LIMIT. */
export interface Shape {
  /** Equal for queries with the same steps and settings. */
  readonly key: string;
  /**
   * Where a subscriber starts. `end`: at the end of the topic, like its reader. `table`: with all current rows of the
   * table, which each subscriber reads by itself before it joins the others.
   */
  readonly begins: 'end' | 'table';
  /** Whether the reader stores the table's rows and must therefore have read all of them. */
  readonly keepsRows: boolean;
}

/**
 * The shape of a push query that can share its reader. Undefined when each query needs its own, because its result
 * depends on where it started (an aggregate, a join), or it starts elsewhere. `beginsAtEnd`: whether the query does, by
 * its settings.
 */
export function shapeOf(
  planned: TransientPlan,
  overrides: Readonly<Record<string, string>>,
  tombstones: Tombstones,
  beginsAtEnd: boolean,
): Shape | undefined {
  const { root } = planned.plan;
  const source = sharedSourceOf(root);
  if (source === undefined) return undefined;
  const isTable = root.relation === 'TABLE';
  const keepsRows = isTable && (source.materialized === true || keepsForChanges(source));
  if (!isTable && !beginsAtEnd) return undefined;
  // The state of such a reader would depend on when it started.
  if (isTable && beginsAtEnd && keepsRows) return undefined;
  const plan = { ...(planToJson(planned.plan) as Record<string, unknown>), queryId: undefined };
  const settings = Object.entries(overrides).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const key = JSON.stringify([plan, settings, isTable && [tombstones, beginsAtEnd]]);
  return { key, begins: beginsAtEnd ? 'end' : 'table', keepsRows };
}

/**
 * The source of a query whose rows follow from its records and the previous rows of their keys alone; undefined for any
 * other query.
 */
function sharedSourceOf(step: Step): SourceStep | undefined {
  switch (step.kind) {
    case 'StreamSource':
    case 'TableSource':
    case 'WindowedTableSource':
      return step;
    case 'StreamFilter':
    case 'StreamSelect':
    case 'StreamFlatMap':
    case 'TableFilter':
    case 'TableSelect':
      return sharedSourceOf(step.source);
    default:
      return undefined;
  }
}

/** The topic that a stateless query reads. */
export function topicOf(root: Step): string {
  let step = root;
  while ('source' in step && typeof step.source !== 'string') step = step.source;
  if (!('topic' in step)) throw new SluiceError('INTERNAL', `A ${step.kind} reads no topic`);
  return step.topic;
}

/** The next offset of a source partition. */
export type Position = (topic: string, partition: PartitionNumber) => number | undefined;

interface Subscriber {
  readonly queue: RowQueue;
  readonly skipsNullKeys: boolean;
  /** The number of rows that it may still receive. */
  rest: number;
  /** The offsets from which on it receives rows, by partition; undefined while they are being determined. */
  from: ReadonlyMap<number, number> | undefined;
  /** Rows that came meanwhile. */
  waiting: Placed[];
  /**
   * Called when its client is slower than the others: it continues with its own reader from here, for at most this many
   * rows.
   */
  readonly leave: (from: Position, rest: number) => void;
}

/** A subscriber's own reader, which will be taken over. */
export interface OwnReader {
  /** The next offset of each partition; undefined before it has started. */
  readonly positions: ReadonlyMap<number, number> | undefined;
  /** Hands out nothing from now on. Returns how many rows the subscriber may still receive. */
  stop(): number;
}

interface Placed {
  readonly row: ResultRow;
  /** Approximate size in the heap, in bytes. */
  readonly bytes: number;
  readonly hasKey: boolean;
  readonly partition: PartitionNumber;
  readonly offset: Offset;
}

export interface SharedQueryOptions {
  readonly env: Env;
  readonly log: Log;
  /** Source topic of the query. */
  readonly topic: string;
  /** The error of a row that took too many steps, which ends the query. */
  readonly tooCostly: () => SluiceError | undefined;
  /** The row that says that a key has left the table; undefined: nobody is to be told. */
  readonly tombstone: ((key: Key) => Row) | undefined;
  readonly createRunner: (own: Pick<QueryRunnerOptions, 'collector' | 'onStateChange'>) => QueryRunner;
  /** Called when the last subscriber has left or the query has failed: it cannot be joined any more. */
  readonly onEnd: () => void;
}

/**
 * One reader for all push queries of a shape: each row is computed once, and batches of rows go to everybody as the
 * same arrays, so that the server encodes them once. Nobody waits for a slow client, which leaves and continues with
 * its own reader.
 */
export class SharedQuery {
  readonly #options: SharedQueryOptions;
  readonly #runner: QueryRunner;
  readonly #subscribers = new Set<Subscriber>();
  /** The next offset after the rows that have been handed out, by partition. */
  readonly #handedOut = new Map<number, number>();
  readonly #started: Promise<void>;
  #rows: Placed[] = [];
  #flushing = false;
  #lastFlushMs = -Infinity;
  #ended = false;

  constructor(options: SharedQueryOptions) {
    this.#options = options;
    let started!: () => void;
    this.#started = new Promise((resolve) => {
      started = resolve;
    });
    this.#runner = options.createRunner({
      collector: this.#collector(),
      onStateChange: (state) => {
        started();
        if (state === 'ERROR') {
          const message = this.#runner.errors.at(-1)?.message ?? 'The query failed';
          const error = options.tooCostly() ?? new SluiceError('QUERY_FAILED', message);
          this.#end((queue) => queue.fail(error));
        } else if (state === 'CLOSED') this.#end((queue) => queue.end('CLOSED'));
      },
    });
    this.#runner.start();
  }

  /** Resolves when later records will be seen. The returned function ends the subscription. */
  async join(own: Pick<Subscriber, 'queue' | 'skipsNullKeys' | 'leave'>, limit: number): Promise<() => Promise<void>> {
    const subscriber: Subscriber = { ...own, rest: limit, from: undefined, waiting: [] };
    this.#subscribers.add(subscriber);
    if (limit === 0) own.queue.end('LIMIT');
    await this.#started;
    try {
      subscriber.from = await this.#ends();
    } catch (error) {
      own.queue.fail(new SluiceError('QUERY_FAILED', messageOf(error), { cause: error }));
    }
    const { waiting } = subscriber;
    subscriber.waiting = [];
    this.#hand(subscriber, waiting, undefined);
    return () => this.#leave(subscriber);
  }

  /**
   * Takes over from a subscriber's own reader when both are near the end of the topic: no row is lost or repeated. The
   * returned function ends the subscription; undefined: the own reader continues, because its client is slower than the
   * rows, or it has ended.
   */
  async takeOver(
    own: Pick<Subscriber, 'queue' | 'skipsNullKeys' | 'leave'>,
    reader: OwnReader,
  ): Promise<(() => Promise<void>) | undefined> {
    const subscriber: Subscriber = { ...own, rest: Infinity, from: undefined, waiting: [] };
    try {
      await this.#started;
      if (!(await this.#meet(reader, () => own.queue.ended))) return undefined;
      this.#subscribers.add(subscriber);
      // Rows that were sent before this subscriber joined precede these.
      const handedOut = new Map(this.#handedOut);
      const ends = await this.#ends();
      for (;;) {
        const { positions } = reader;
        if (own.queue.ended || this.#ended || subscriber.waiting.length > WAITING_MAX) return undefined;
        if (positions !== undefined && hasReached(positions, ends) && hasReached(positions, handedOut)) {
          subscriber.rest = reader.stop();
          subscriber.from = positions;
          const { waiting } = subscriber;
          subscriber.waiting = [];
          this.#hand(subscriber, waiting, undefined);
          return () => this.#leave(subscriber);
        }
        await this.#options.env.timers.sleep(LOOK_MS);
      }
    } finally {
      if (subscriber.from === undefined) await this.#leave(subscriber);
    }
  }

  /**
   * Resolves with true when both readers are near the ends of the topic, and with false when there is nothing to wait
   * for any more.
   */
  async #meet(reader: OwnReader, isOver: () => boolean): Promise<boolean> {
    let ends = await this.#ends();
    for (let pauseMs = LOOK_MS; ; pauseMs = Math.min(pauseMs * 2, LOOK_MAX_MS)) {
      if (this.#ended || isOver()) return false;
      const positions = new Map(this.#runner.positions.map((p) => [p.partition, p.offset]));
      if (
        reader.positions !== undefined &&
        hasReached(reader.positions, ends, NEAR) &&
        hasReached(positions, ends, NEAR)
      )
        return true;
      ends = await this.#ends();
      await this.#options.env.timers.sleep(pauseMs);
    }
  }

  async #ends(): Promise<ReadonlyMap<number, number>> {
    const { admin } = this.#options.log;
    const { topic } = this.#options;
    const { partitions } = (await admin.describeTopic(topic)) ?? { partitions: 0 };
    const ends = new Map<number, number>();
    for (let partition = 0; partition < partitions; partition++)
      ends.set(partition, await admin.latestOffset({ topic, partition }));
    return ends;
  }

  #collector(): Collector {
    const { tombstone } = this.#options;
    const offer = (row: ResultRow, hasKey: boolean, partition: PartitionNumber, offset: Offset): void => {
      this.#rows.push({ row, bytes: bytesOfRow(row.values), hasKey, partition, offset });
      if (!this.#flushing) this.#flushLater();
    };
    const at = (context: Pick<RecordContext, 'partition' | 'offset'>): StreamReceiver & TableReceiver => ({
      retainsRow: true,
      push: (key, row) => {
        if (row !== null) offer({ values: row, tombstone: false }, key !== null, context.partition, context.offset);
      },
      change: (key, next) => {
        if (next !== null) offer({ values: next, tombstone: false }, true, context.partition, context.offset);
        else if (tombstone !== undefined)
          offer({ values: tombstone(key), tombstone: true }, true, context.partition, context.offset);
      },
    });
    return { ...at({ partition: 0, offset: Infinity }), forTask: at };
  }

  /**
   * Sends after the query has finished its current work, and not so often that writing to subscribers takes all the
   * time.
   */
  #flushLater(): void {
    this.#flushing = true;
    const { clock, timers } = this.#options.env;
    const pauseMs = (this.#subscribers.size * 1000) / WRITES_PER_SECOND;
    const waitMs = this.#lastFlushMs + pauseMs - clock.monotonicMs();
    const flush = (): void => {
      this.#flushing = false;
      this.#lastFlushMs = clock.monotonicMs();
      this.#flush();
    };
    if (waitMs < 1) queueMicrotask(flush);
    else timers.after(waitMs, flush);
  }

  #flush(): void {
    const placed = this.#rows;
    this.#rows = [];
    for (let from = 0, to = 0; from < placed.length; from = to) {
      to = batchEnd(placed, from);
      const part = from === 0 && to === placed.length ? placed : placed.slice(from, to);
      const batch: RowBatch = Object.assign(
        part.map((p) => p.row),
        { isShared: true as const },
      );
      for (const subscriber of this.#subscribers) {
        if (subscriber.from === undefined) subscriber.waiting.push(...part);
        else this.#hand(subscriber, part, batch);
      }
      for (const { partition, offset } of part) this.#handedOut.set(partition, offset + 1);
    }
  }

  /** `batch`: the rows of all of them, for subscribers that receive all. */
  #hand(subscriber: Subscriber, placed: readonly Placed[], batch: RowBatch | undefined): void {
    const { queue, from, skipsNullKeys } = subscriber;
    if (placed.length === 0 || queue.ended || from === undefined) return;
    if (queue.full) {
      // The start of this part; for other partitions, where the last part ended.
      const next = new Map([...from, ...this.#handedOut]);
      for (const { partition, offset } of placed.toReversed()) next.set(partition, offset);
      for (const [partition, offset] of from) next.set(partition, Math.max(offset, next.get(partition)!));
      this.#subscribers.delete(subscriber);
      subscriber.leave((_, partition) => next.get(partition), subscriber.rest);
      if (this.#subscribers.size === 0) void this.#close();
      return;
    }
    const isSeen = (p: Placed): boolean => p.offset >= (from.get(p.partition) ?? 0) && !(skipsNullKeys && !p.hasKey);
    let seen = placed.every(isSeen) ? placed : placed.filter(isSeen);
    if (seen.length > subscriber.rest) seen = seen.slice(0, subscriber.rest);
    const rows: RowBatch = seen === placed && batch !== undefined ? batch : seen.map((p) => p.row);
    if (rows.length > 0)
      queue.offerAll(
        rows,
        seen.reduce((sum, p) => sum + p.bytes, 0),
      );
    subscriber.rest -= rows.length;
    if (subscriber.rest <= 0) queue.end('LIMIT');
  }

  async #leave(subscriber: Subscriber): Promise<void> {
    this.#subscribers.delete(subscriber);
    if (this.#subscribers.size === 0) await this.#close();
  }

  #end(finish: (queue: RowQueue) => void): void {
    for (const { queue } of this.#subscribers) finish(queue);
    void this.#close();
  }

  async #close(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#options.onEnd();
    await this.#runner.close();
  }
}

const hasReached = (at: ReadonlyMap<number, number>, ends: ReadonlyMap<number, number>, but = 0): boolean =>
  [...ends].every(([partition, end]) => (at.get(partition) ?? 0) >= end - but);

/** Rows of one record stay together, since a subscriber that leaves continues at a record. */
function batchEnd(placed: readonly Placed[], from: number): number {
  let bytes = 0;
  let to = from;
  while (to < placed.length && to - from < BATCH_MAX && bytes < BATCH_BYTES) bytes += placed[to++]!.bytes;
  while (
    to < placed.length &&
    placed[to]!.offset === placed[to - 1]!.offset &&
    placed[to]!.partition === placed[to - 1]!.partition
  )
    to++;
  return to;
}
