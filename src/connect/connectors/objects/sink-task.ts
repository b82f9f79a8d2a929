import { MemoryShare, processMemory } from '../../../base/budget/memory.ts';
import type { Env } from '../../../base/env.ts';
import { requireZone } from '../../../types/datetime-pattern.ts';
import type { Config } from '../../api/config-spec.ts';
import type { PartitionOffset, PreCommit, SinkTask, SinkTaskContext } from '../../api/connector.ts';
import { ConnectError, DataError } from '../../api/errors.ts';
import type { SinkRecord } from '../../api/record.ts';
import { placeOf } from '../internal/left-out.ts';
import { csv } from './csv.ts';
import type { FileFormat } from './file-format.ts';
import { jsonLines, plainBytes } from './json-lines.ts';
import { parquet, type ParquetCodec } from './parquet-rows.ts';
import { PartitionFiles, type TaskFiles } from './partition-files.ts';
import { partitionerOf } from './partitioner.ts';
import { formatKind, OBJECT_SINK } from './sink-keys.ts';
import type { ObjectStore } from './store.ts';

/** Concurrent requests to the store. */
const LANES = 8;
/** The most memory for files that are not full: beyond that, all of them are ended. */
const HELD_BYTES_MAX = 128 * 1024 * 1024;
/** Records between two checks for parts that can be sent. */
const RECORDS_PER_LOOK = 1000;
/** Label with the id of the topic of an object's records: another topic of the same name has another id. */
const TOPIC_LABEL = 'sluice-topic-id';

/** A store, as the sink uses it. */
export interface SinkStore {
  readonly store: ObjectStore;
  /** The folder of all files. */
  readonly folder: string;
  readonly partBytes: number;
  /** zlib's level; undefined: not compressed. */
  readonly gzipLevel: number | undefined;
}

/** @param signal aborted when the task is to stop, so that requests in progress may end */
export type OpenStore = (config: Config, env: Env, signal: AbortSignal) => SinkStore;

/** Writes files of records to an object store, each record to one file. */
export class ObjectSinkTask implements SinkTask {
  readonly #open: OpenStore;
  #context!: SinkTaskContext;
  #store: ObjectStore | undefined;
  #files!: TaskFiles;
  #nullValues = 'fail';
  /** Accounts for the memory of open files. */
  readonly #memory = new MemoryShare();
  readonly #partitions = new Map<
    string,
    { readonly incarnation: string | undefined; readonly files: PartitionFiles }
  >();

  constructor(open: OpenStore) {
    this.#open = open;
  }

  async start(config: Config, context: SinkTaskContext): Promise<void> {
    this.#context = context;
    const { store, folder, partBytes, gzipLevel } = this.#open(config, context.env, context.signal);
    this.#store = store;
    this.#nullValues = config.get(OBJECT_SINK.nullValues).toLowerCase();
    const format = formatOf(config);
    const slash = config.get(OBJECT_SINK.directoryDelim);
    const [plus, width] = [config.get(OBJECT_SINK.fileDelim), config.get(OBJECT_SINK.zeroPadWidth)];
    const extension = format.extension + (gzipLevel === undefined ? '' : '.gz');
    const intervalMs = config.get(OBJECT_SINK.rotateIntervalMs);
    const { clock } = context.env;
    this.#files = {
      files: {
        store,
        format,
        partBytes,
        gzipLevel,
        // The name contains the source topic, because transforms may direct several topics into one folder.
        keyOf: ({ topic, originalTopic, partition, offset }, place) =>
          [
            folder,
            topic,
            place,
            `${originalTopic}${plus}${partition}${plus}${String(offset).padStart(width, '0')}${extension}`,
          ]
            .filter((part) => part !== '')
            .join(slash),
        labelsOf: ({ originalTopic }) => {
          const id = this.#idOf(originalTopic);
          return id === undefined ? {} : { [TOPIC_LABEL]: id };
        },
      },
      ends: {
        records: config.get(OBJECT_SINK.flushSize),
        bytes: config.get(OBJECT_SINK.flushBytes),
        intervalMs: intervalMs > 0 ? intervalMs : undefined,
        scheduledEnd: schedule(config),
      },
      partitioner: partitionerOf(config),
      nowMs: () => clock.nowMs(),
    };
  }

  async put(records: readonly SinkRecord[]): Promise<void> {
    let taken = 0;
    for (const record of records) {
      const files = await this.#filesOf(record);
      if (files.has(record)) continue;
      try {
        if (record.value === null && this.#nullValues !== 'write') {
          files.pass(record);
          if (this.#nullValues === 'fail')
            throw new DataError(
              'it has no value, and behavior.on.null.values is fail: ignore passes over it, write makes a row of its key',
            );
          continue;
        }
        files.take(record);
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        await this.#context.reportErrant(
          record,
          new DataError(`The record at ${placeOf(record)} is written to no file: ${error.message}`),
        );
      }
      if (++taken % RECORDS_PER_LOOK === 0) await this.#send();
    }
    await this.#send();
  }

  async preCommit(reached: readonly PartitionOffset[], everything: boolean): Promise<PreCommit> {
    const held = this.#heldBytes();
    this.#memory.become(held);
    const isTight = held > HELD_BYTES_MAX || (held > 0 && processMemory.isFull);
    for (const at of reached) this.#known(at)?.endByClock(at.offset, everything || isTight);
    await this.#showSettled();
    let more = false;
    const offsets = reached.map(({ topic, partition, offset }): PartitionOffset => {
      const standing = this.#known({ topic, partition })?.standing(offset);
      if (standing === undefined) return { topic, partition, offset };
      more ||= standing.more;
      return {
        topic,
        partition,
        offset: standing.offset,
        ...(standing.metadata !== undefined && { metadata: standing.metadata }),
      };
    });
    return { offsets, more };
  }

  async close(partitions: readonly { readonly topic: string; readonly partition: number }[]): Promise<void> {
    for (const at of partitions) {
      const files = this.#known(at);
      this.#partitions.delete(idOf(at));
      await files?.drop();
    }
  }

  async stop(): Promise<void> {
    for (const { files } of this.#partitions.values())
      await files.drop().catch((error: unknown) => {
        this.#context.env.logger.warn('Parts of files that were not finished could not be taken away', {
          error: String(error),
        });
      });
    this.#partitions.clear();
    this.#memory.end();
    this.#store?.close();
  }

  #known(at: { readonly topic: string; readonly partition: number }): PartitionFiles | undefined {
    return this.#partitions.get(idOf(at))?.files;
  }

  async #filesOf(record: SinkRecord): Promise<PartitionFiles> {
    const at = { topic: record.originalTopic, partition: record.partition };
    const incarnation = this.#idOf(at.topic);
    const found = this.#partitions.get(idOf(at));
    if (found !== undefined && found.incarnation === incarnation) return found.files;
    // Another topic of the same name: what remains of the first one ends here, and offsets start again.
    if (found !== undefined) {
      found.files.endByClock(Infinity, true);
      for (const segment of found.files.segments) segment.isSettled = true;
      await this.#showSettled();
    }
    const committed = found === undefined ? this.#context.committed(at.topic, at.partition) : undefined;
    const files = new PartitionFiles(this.#files, committed?.metadata);
    this.#partitions.set(idOf(at), { incarnation, files });
    return files;
  }

  /** The topic's id in the log, without its number of partitions. */
  #idOf(topic: string): string | undefined {
    return this.#context.incarnation(topic)?.replace(/\/\d+$/, '');
  }

  #heldBytes(): number {
    let sum = 0;
    for (const { files } of this.#partitions.values()) for (const segment of files.segments) sum += segment.heldBytes;
    return sum;
  }

  /** Sends full parts, and makes settled files visible. */
  async #send(): Promise<void> {
    await this.#showSettled();
    const files = [...this.#partitions.values()].flatMap((p) => p.files.segments.flatMap((s) => s.files));
    await inLanes(files, (file) => file.advance());
  }

  /** Finishes the files of all segments that may be made visible. */
  async #showSettled(): Promise<void> {
    const segments = [...this.#partitions.values()].flatMap(({ files }) =>
      files.settled.map((segment) => ({ files, segment })),
    );
    if (segments.length === 0) return;
    const work = segments.flatMap(({ segment }) => segment.files);
    await inLanes(work, async (file) => {
      await this.#refuseOthers(file.upload.key, file.upload.labels.labels[TOPIC_LABEL]);
      await file.finish();
    });
    for (const { files, segment } of segments) files.done(segment);
  }

  /** Prevents overwriting a file of another topic of the same name. */
  async #refuseOthers(key: string, id: string | undefined): Promise<void> {
    if (id === undefined) return;
    const there = (await this.#store!.labelsOf(key))?.[TOPIC_LABEL];
    if (there === undefined || there === id) return;
    throw new ConnectError(
      `${this.#store!.name}/${key} holds records of an earlier topic of this name: it is not written over. Take the ` +
        `files of that topic away, or give ${OBJECT_SINK.topicsDir.name} another folder`,
    );
  }
}

async function inLanes<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  let failure: { readonly error: unknown } | undefined;
  const lane = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined && failure === undefined; item = left.shift()) {
      try {
        await work(item);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(LANES, items.length) }, lane));
  if (failure !== undefined) throw failure.error;
}

function formatOf(config: Config): FileFormat {
  const rows = {
    keyColumns: config.get(OBJECT_SINK.recordKeyColumns),
    deletes: config.get(OBJECT_SINK.nullValues).toLowerCase() === 'write',
  };
  const isoTimes = config.get(OBJECT_SINK.timeFormat).toLowerCase() === 'iso';
  const style = {
    isoTimes,
    compactMaps: true,
    dayNumbers: !isoTimes,
    base64Decimals: config.get(OBJECT_SINK.decimalFormat).toUpperCase() === 'BASE64',
  };
  switch (formatKind(config.get(OBJECT_SINK.formatClass))) {
    case 'csv':
      return csv(rows, style);
    case 'parquet':
      return parquet(rows, CODECS[config.get(OBJECT_SINK.parquetCodec).toLowerCase()] ?? 'SNAPPY');
    case 'bytes':
      return plainBytes(config.get(OBJECT_SINK.bytesExtension), config.get(OBJECT_SINK.bytesSeparator) ?? '\n');
    default:
      return jsonLines(rows, style);
  }
}

const CODECS: Readonly<Record<string, ParquetCodec>> = { snappy: 'SNAPPY', gzip: 'GZIP', none: 'UNCOMPRESSED' };

/** When files that began at a given time are to end: at the next full interval since midnight in the time zone. */
function schedule(config: Config): ((wallMs: number) => number) | undefined {
  const everyMs = config.get(OBJECT_SINK.rotateScheduleIntervalMs);
  if (everyMs <= 0) return undefined;
  const zone = requireZone(config.get(OBJECT_SINK.timezone));
  return (wallMs) => {
    const offsetMs = zone.offsetAt(wallMs) * 60_000;
    return (Math.floor((wallMs + offsetMs) / everyMs) + 1) * everyMs - offsetMs;
  };
}

const idOf = ({ topic, partition }: { readonly topic: string; readonly partition: number }): string =>
  `${topic} ${partition}`;
