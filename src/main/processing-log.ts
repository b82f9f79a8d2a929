import { KEYS } from '../config/keys.ts';
import type { Env, Logger, ProcessingLog, ProcessingLogEntry } from '../base/env.ts';
import { clipped } from '../base/quoting.ts';
import type { Config } from '../base/config/config.ts';
import { isSluiceError, messageOf } from '../base/errors.ts';
import type { Log, LogWriter } from '../log/api.ts';
import { BatchBuilder } from '../log/record-batch/builder.ts';
import { quoteIdentifier } from '../types/sql-type.ts';
import { formatString } from '../sql/printer/names.ts';

/**
 * The maximum number of entries that wait for the topic; further ones are counted and dropped, because the log must not
 * block the query.
 */
const QUEUE_MAX = 10_000;

/** The processing log: lines of the server's log and, if enabled, records of a topic in ksqlDB's format. */
export async function openProcessingLog(
  log: Log,
  env: Env,
  config: Config,
): Promise<ProcessingLog & { close(): Promise<void> }> {
  const topic = topicName(config);
  // The stream requires its topic.
  const withTopic =
    config.get(KEYS.loggingProcessingTopicAutoCreate) || config.get(KEYS.loggingProcessingStreamAutoCreate);
  const includeRows = config.get(KEYS.loggingProcessingRowsInclude);
  if (withTopic) {
    await log.admin.createTopic({ name: topic, partitions: 1, replicas: 1 }).catch((error: unknown) => {
      if (!isSluiceError(error, 'CONFLICT')) throw error;
    });
  }
  const topicLog = withTopic ? new TopicLog(await log.createWriter({}), topic, env) : undefined;
  const lines = new LogLines(env);
  return {
    write(entry) {
      const shown = includeRows
        ? { ...entry, ...entry.quoted, quoted: undefined }
        : { ...entry, record: undefined, quoted: undefined };
      lines.write(shown);
      topicLog?.write(shown);
    },
    close: async () => {
      lines.close();
      await topicLog?.close();
    },
  };
}

/** The maximum number of lines within a second: of one query, and of all. */
const LINES_OF_QUERY = 10;
const LINES_OF_ALL = 100;
const WINDOW_MS = 1000;
/** The maximum length of each text in a line, in characters; the topic contains the whole text. */
const TEXT_MAX = 2000;

/**
 * Writes entries to the server's log. A batch of bad records, or a statement that fails on each row, must not fill the
 * disk: beyond a limit of lines per second, entries are only counted, and the counts are logged at the end of the
 * second.
 */
class LogLines {
  readonly #env: Env;
  readonly #lines: Logger;
  #written = 0;
  /** The counts of the current second, by query. */
  readonly #queries = new Map<string, { written: number; left: number }>();
  /** Entries of queries beyond the number that is counted separately. */
  #others = 0;
  #cancel: (() => void) | undefined;

  constructor(env: Env) {
    this.#env = env;
    this.#lines = env.logger.child({ log: 'processing' });
  }

  write(entry: ProcessingLogEntry): void {
    this.#cancel ??= this.#env.timers.after(WINDOW_MS, () => this.#report());
    const query = entry.logger.split('.')[1] ?? entry.logger;
    let counts = this.#queries.get(query);
    if (counts === undefined) {
      if (this.#queries.size >= LINES_OF_ALL) {
        this.#others++;
        return;
      }
      this.#queries.set(query, (counts = { written: 0, left: 0 }));
    }
    if (counts.written >= LINES_OF_QUERY || this.#written >= LINES_OF_ALL) {
      counts.left++;
      return;
    }
    counts.written++;
    this.#written++;
    const message = clipped(entry.message, TEXT_MAX);
    const cause = entry.cause === undefined ? undefined : clipped(entry.cause, TEXT_MAX);
    const record = entry.record === undefined ? undefined : clipped(entry.record, TEXT_MAX);
    this.#lines.error(message, { ...entry, message, cause, record });
  }

  #report(): void {
    this.#cancel = undefined;
    const log = (query: string | undefined, left: number): void => {
      if (left > 0) this.#lines.error('More records and rows of this second could not be handled', { query, left });
    };
    for (const [query, { left }] of this.#queries) log(query, left);
    log(undefined, this.#others);
    this.#queries.clear();
    this.#written = 0;
    this.#others = 0;
  }

  close(): void {
    this.#cancel?.();
    this.#report();
  }
}

/**
 * Declares the stream over the processing log, if enabled. An existing stream of that name stays as it is. Errors are
 * written to the server's log and do not stop the start.
 */
export async function declareProcessingLog(
  execute: (statement: string) => Promise<unknown>,
  env: Env,
  config: Config,
): Promise<void> {
  if (!config.get(KEYS.loggingProcessingStreamAutoCreate)) return;
  const name = quoteIdentifier(config.get(KEYS.loggingProcessingStreamName));
  const statement = `CREATE STREAM IF NOT EXISTS ${name} (${COLUMNS}) WITH (KAFKA_TOPIC=${formatString(topicName(config))}, VALUE_FORMAT='JSON');`;
  try {
    await execute(statement);
  } catch (error) {
    env.logger.error('The stream over the processing log could not be declared', {
      error: messageOf(error),
      statement,
    });
  }
}

/** The fields of a record, named as in ksqlDB's documentation. */
const COLUMNS = `logger VARCHAR, level VARCHAR, time BIGINT, message STRUCT<
  type INTEGER,
  deserializationError STRUCT<target VARCHAR, errorMessage VARCHAR, recordB64 VARCHAR, cause ARRAY<VARCHAR>, topic VARCHAR, \`PARTITION\` INTEGER, \`OFFSET\` BIGINT>,
  recordProcessingError STRUCT<errorMessage VARCHAR, record VARCHAR, cause ARRAY<VARCHAR>>,
  productionError STRUCT<errorMessage VARCHAR>,
  serializationError STRUCT<target VARCHAR, errorMessage VARCHAR, record VARCHAR, cause ARRAY<VARCHAR>, topic VARCHAR>,
  kafkaStreamsThreadError STRUCT<errorMessage VARCHAR, threadName VARCHAR, cause ARRAY<VARCHAR>>>`.replaceAll(
  /\s+/g,
  ' ',
);

function topicName(config: Config): string {
  return config.get(KEYS.loggingProcessingTopicName) ?? `${config.get(KEYS.serviceId)}ksql_processing_log`;
}

class TopicLog {
  readonly #writer: LogWriter;
  readonly #topic: string;
  readonly #env: Env;
  #queue: ProcessingLogEntry[] = [];
  #dropped = 0;
  #writing: Promise<void> | undefined;

  constructor(writer: LogWriter, topic: string, env: Env) {
    this.#writer = writer;
    this.#topic = topic;
    this.#env = env;
  }

  write(entry: ProcessingLogEntry): void {
    if (this.#queue.length >= QUEUE_MAX) {
      this.#dropped++;
      return;
    }
    this.#queue.push(entry);
    this.#writing ??= this.#drain();
  }

  async #drain(): Promise<void> {
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const entries = this.#queue;
      this.#queue = [];
      const batch = new BatchBuilder();
      const now = this.#env.clock.nowMs();
      for (const entry of entries) batch.add(now, null, Buffer.from(JSON.stringify(asRecord(entry, now))));
      try {
        this.#writer.append(this.#topic, 0, batch.finish(), true);
        await this.#writer.commit();
      } catch (error) {
        await this.#writer.abort().catch(() => undefined);
        this.#env.logger.warn('The processing log’s topic cannot be written', {
          error: String(error),
          entries: entries.length,
        });
      }
    }
    if (this.#dropped > 0) this.#env.logger.warn('The processing log dropped entries', { dropped: this.#dropped });
    this.#dropped = 0;
    this.#writing = undefined;
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#writer.close();
  }
}

/** The entry in ksqlDB's format (docs: processing log): `type` is the number of the kind of message. */
function asRecord(entry: ProcessingLogEntry, time: number): unknown {
  const cause = entry.cause === undefined ? null : [entry.cause];
  const kinds = {
    DESERIALIZATION_ERROR: 0,
    RECORD_PROCESSING_ERROR: 1,
    PRODUCTION_ERROR: 2,
    SERIALIZATION_ERROR: 3,
    KAFKA_STREAMS_THREAD_ERROR: 4,
  };
  const place = { topic: entry.topic ?? null, partition: entry.partition ?? null, offset: entry.offset ?? null };
  return {
    level: 'ERROR',
    logger: entry.logger,
    time,
    message: {
      type: kinds[entry.type],
      deserializationError:
        entry.type === 'DESERIALIZATION_ERROR'
          ? {
              target: entry.side ?? 'value',
              errorMessage: entry.message,
              recordB64: entry.record ?? null,
              cause,
              ...place,
            }
          : null,
      recordProcessingError:
        entry.type === 'RECORD_PROCESSING_ERROR'
          ? { errorMessage: entry.message, record: entry.record ?? null, cause }
          : null,
      productionError: entry.type === 'PRODUCTION_ERROR' ? { errorMessage: entry.message } : null,
      serializationError:
        entry.type === 'SERIALIZATION_ERROR'
          ? {
              target: entry.side ?? 'value',
              errorMessage: entry.message,
              record: entry.record ?? null,
              cause,
              topic: entry.topic ?? null,
            }
          : null,
      kafkaStreamsThreadError:
        entry.type === 'KAFKA_STREAMS_THREAD_ERROR'
          ? { errorMessage: entry.message, threadName: entry.logger, cause }
          : null,
    },
  };
}
