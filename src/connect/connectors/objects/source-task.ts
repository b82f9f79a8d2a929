import { createHash } from 'node:crypto';
import { must } from '../../../base/assert.ts';
import type { Env } from '../../../base/env.ts';
import { messageOf } from '../../../base/errors.ts';
import type { Config } from '../../api/config-spec.ts';
import type { SourceTask, SourceTaskContext } from '../../api/connector.ts';
import { ConnectError, DataError, RetriableError, UnreadableRow } from '../../api/errors.ts';
import { NO_RECORDS, type OffsetMap, type SourceBatch, type SourceRecord } from '../../api/record.ts';
import { primitive, type ConnectSchema } from '../../api/schema.ts';
import { columnsOf, schemaOf } from '../internal/json-columns.ts';
import { rowsOf, type FileRow, type ReadSettings } from './read-rows.ts';
import { OBJECT_SOURCE, READABLE } from './source-keys.ts';
import type { ListedObject, ObjectStore } from './store.ts';

const TEXT = primitive('STRING', false);

/** The location of a source's objects. */
export interface ObjectPlace {
  readonly store: ObjectStore;
  readonly bucket: string;
  /** The beginning of the keys: '' or a path that ends with a slash. */
  readonly prefix: string;
}

/** The setting of a task for the part of the objects that it reads. */
export const TASK_PART = 'task.part';

/** How far an object has been read. */
interface Progress {
  /** The version that was read. */
  readonly etag: string;
  /** The number of rows that have been read. */
  readonly line: number;
  readonly done: boolean;
}

export function readSettingsOf(config: Config): ReadSettings & { readonly schema: ConnectSchema } {
  const text = config.get(OBJECT_SOURCE.columns);
  const columns = text === undefined || text.trim() === '' ? undefined : columnsOf(text);
  return {
    format: config.get(OBJECT_SOURCE.format).toLowerCase(),
    columns,
    schema: columns === undefined ? TEXT : schemaOf(columns),
  };
}

/** @throws ConnectError when the offset is malformed */
export function checkProgress(offset: OffsetMap): Progress {
  const { etag, line, done, ...more } = offset;
  if (
    typeof etag !== 'string' ||
    !Number.isSafeInteger(line) ||
    Number(line) < 0 ||
    typeof done !== 'boolean' ||
    Object.keys(more).length > 0
  )
    throw new ConnectError(
      `An offset of this source is {"etag":"…","line":3,"done":false}, and not ${JSON.stringify(offset)}`,
    );
  return { etag, line: Number(line), done };
}

/** An object that is being read. */
interface Open {
  readonly object: ListedObject;
  readonly rows: AsyncGenerator<FileRow>;
  line: number;
}

/**
 * Reads each object once, in the order of their keys, and lists the objects repeatedly to find new ones. The rows of a
 * poll and the progress of their object are committed together, so that each row is written once. An object that is
 * replaced counts as a new one and is read from its beginning.
 */
export class ObjectSourceTask implements SourceTask {
  readonly #placeOf: (config: Config, env: Env, signal: AbortSignal) => ObjectPlace;
  #place!: ObjectPlace;
  #context!: SourceTaskContext;
  #settings!: ReturnType<typeof readSettingsOf>;
  #topic = '';
  #pattern = /(?:)/;
  #pollMs = 0;
  #batchRows = 0;
  #part: readonly [number, number] = [0, 1];
  /** The progress including what is not committed yet. */
  readonly #progress = new Map<string, Progress>();
  #queue: ListedObject[] = [];
  #listedAtMs: number | undefined;
  #open: Open | undefined;

  constructor(placeOf: (config: Config, env: Env, signal: AbortSignal) => ObjectPlace) {
    this.#placeOf = placeOf;
  }

  async start(config: Config, context: SourceTaskContext): Promise<void> {
    this.#context = context;
    this.#place = this.#placeOf(config, context.env, context.signal);
    this.#settings = readSettingsOf(config);
    this.#topic = config.get(OBJECT_SOURCE.topic);
    const pattern = config.get(OBJECT_SOURCE.pattern);
    this.#pattern =
      pattern === undefined ? must(READABLE[this.#settings.format], 'pattern') : new RegExp(`^(?:${pattern})$`);
    this.#pollMs = config.get(OBJECT_SOURCE.pollMs);
    this.#batchRows = config.get(OBJECT_SOURCE.batchRows);
    const [part = 0, parts = 1] = (config.raw[TASK_PART] ?? '0/1').split('/').map(Number);
    this.#part = [part, parts];
  }

  async poll(): Promise<SourceBatch> {
    this.#open ??= await this.#nextObject();
    const open = this.#open;
    if (open === undefined) return NO_RECORDS;
    const { object } = open;
    const from = open.line;
    const rows: FileRow[] = [];
    let done = false;
    try {
      while (rows.length < this.#batchRows && !done) {
        const next = await open.rows.next();
        if (next.done === true) done = true;
        else rows.push(next.value);
      }
    } catch (error) {
      this.#open = undefined;
      // The object is opened again at the same row, unless a new listing lacks it.
      this.#listedAtMs = undefined;
      this.#queue = [];
      if (error instanceof RetriableError) throw error;
      // Deleted since it was listed.
      if ((error as { readonly code?: unknown }).code === 'NoSuchKey') {
        this.#context.remark(`Object ${object.key} was deleted after ${open.line} of its rows were read`);
        return NO_RECORDS;
      }
      throw new ConnectError(`${this.#place.store.name}/${object.key}: ${messageOf(error)}`, { cause: error });
    }
    open.line += rows.length;
    if (done) this.#open = undefined;
    const progress: Progress = { etag: object.etag, line: open.line, done };
    this.#progress.set(object.key, progress);
    const partition = this.#partitionOf(object.key);
    const offsetAt = (line: number): OffsetMap =>
      line === open.line ? { ...progress } : { etag: object.etag, line, done: false };
    const last = open.line;
    return {
      count: rows.length,
      record: (i) => this.#record(must(rows[i], 'row'), partition, offsetAt(Math.min(last, from + i + 1)), object.key),
      offsets: new Map([[partition, { ...progress }]]),
    };
  }

  async stop(): Promise<void> {
    await this.#open?.rows.return(undefined).catch(() => undefined);
    this.#place.store.close();
  }

  #partitionOf(key: string): OffsetMap {
    return { bucket: this.#place.bucket, key };
  }

  #record(row: FileRow, sourcePartition: OffsetMap, sourceOffset: OffsetMap, key: string): SourceRecord {
    const { schema } = this.#settings;
    try {
      return {
        topic: this.#topic,
        keySchema: null,
        key: null,
        valueSchema: schema,
        value: row.value(),
        sourcePartition,
        sourceOffset,
      };
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      throw new UnreadableRow(`${key}, row ${Number(sourceOffset['line'])}: ${error.message}`, {
        topic: this.#topic,
        sourcePartition,
        sourceOffset,
        row: { row: row.text },
        cause: error,
      });
    }
  }

  /** The next object to read; undefined after a pause without new objects. */
  async #nextObject(): Promise<Open | undefined> {
    if (this.#queue.length === 0) {
      const { clock, timers } = this.#context.env;
      const leftMs = this.#listedAtMs === undefined ? 0 : this.#listedAtMs + this.#pollMs - clock.monotonicMs();
      if (leftMs > 0) await timers.sleep(leftMs, this.#context.signal).catch(() => {});
      if (this.#context.signal.aborted) return undefined;
      this.#queue = await this.#list();
      this.#listedAtMs = clock.monotonicMs();
    }
    const object = this.#queue.shift();
    if (object === undefined) return undefined;
    const before = this.#progressOf(object.key);
    const from = before?.etag === object.etag ? before.line : 0;
    if (before !== undefined && before.etag !== object.etag)
      this.#context.remark(
        `Object ${object.key} was replaced after ${before.line} of its rows were read: the new one is read from its beginning`,
      );
    return { object, rows: rowsOf(this.#place.store, object, this.#settings, from), line: from };
  }

  #progressOf(key: string): Progress | undefined {
    const known = this.#progress.get(key);
    if (known !== undefined) return known;
    const stored = this.#context.offset(this.#partitionOf(key));
    return stored === undefined ? undefined : checkProgress(stored);
  }

  /** The objects that are yet to be read. */
  async #list(): Promise<ListedObject[]> {
    const found: ListedObject[] = [];
    let others = 0;
    let other = '';
    for await (const object of this.#place.store.list(this.#place.prefix)) {
      // Some tools create such an object for a folder.
      if (object.key.endsWith('/')) continue;
      if (!this.#pattern.test(object.key)) {
        others++;
        other ||= object.key;
        continue;
      }
      if (!this.#isMine(object.key)) continue;
      const before = this.#progressOf(object.key);
      if (before?.done !== true || before.etag !== object.etag) found.push(object);
    }
    if (others > 0)
      this.#context.remark(
        `Objects are left out whose names are not those of ${this.#settings.format} files, such as ${other}: object.pattern says which are read`,
      );
    return found;
  }

  #isMine(key: string): boolean {
    const [part, parts] = this.#part;
    return parts === 1 || createHash('md5').update(key).digest().readUInt32BE(0) % parts === part;
  }
}
