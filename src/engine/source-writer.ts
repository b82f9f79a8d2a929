import { ByteWriter } from '../base/byte-writer.ts';
import { isSluiceError, messageOf, SluiceError } from '../base/errors.ts';
import type { Source } from '../catalog/source.ts';
import { timestampReader } from '../dataflow/task/timestamps.ts';
import {
  NeedsRegistration,
  NeedsSchema,
  type FormatInfo,
  type PersistenceSchema,
  type RowEncoder,
} from '../formats/api.ts';
import { writtenAs } from '../formats/registered-columns.ts';
import { formatNamed } from '../formats/registry.ts';
import { subjectOf } from '../formats/schema-registry/api.ts';
import { partitionOfKey } from '../log/partitioner.ts';
import type { Column } from '../types/schema.ts';
import { quoteIdentifier } from '../types/sql-type.ts';
import type { InsertTarget, InsertTicket } from './inserter.ts';
import type { Services } from './services.ts';

/** How long information about a topic and its schemas is trusted, in ms: as long as a Kafka client would at most. */
const FRESH_MS = 10_000;
/** Kafka's default for `max.message.bytes`. */
const DEFAULT_MAX_BYTES = 1_048_588;

interface Known {
  readonly writer: Promise<SourceWriter>;
  readonly sinceMs: number;
}

const known = new WeakMap<Services, WeakMap<Source, Known>>();

/**
 * The writer of rows into a source's topic; schemas are fetched or registered first. Created once for a source, and
 * again some seconds later, when topic and schemas may have changed.
 * @throws SluiceError NOT_FOUND; the registry's errors
 */
export async function sourceWriter(source: Source, services: Services): Promise<SourceWriter> {
  let bySource = known.get(services);
  if (bySource === undefined) known.set(services, (bySource = new WeakMap()));
  const nowMs = services.env.clock.monotonicMs();
  const found = bySource.get(source);
  if (found !== undefined && nowMs - found.sinceMs < FRESH_MS) {
    const writer = await found.writer;
    if (!writer.isStale) return writer;
  }
  const writer = SourceWriter.create(source, services);
  bySource.set(source, { writer, sinceMs: nowMs });
  // After a failure the next caller tries again.
  writer.catch(() => bySource.delete(source));
  return await writer;
}

/** Encodes rows in a source's formats and hands them to the inserter, each for the partition of its key. */
export class SourceWriter {
  readonly source: Source;
  readonly keyColumns: readonly Column[];
  /** Without header columns, which cannot be inserted. */
  readonly valueColumns: readonly Column[];
  readonly #services: Services;
  readonly #keys: RowEncoder;
  readonly #values: RowEncoder;
  readonly #targets: readonly InsertTarget[];
  readonly #madeMs: number;
  readonly #time: RowTime | undefined;
  readonly #keyOut = new ByteWriter(1 << 8);
  readonly #valueOut = new ByteWriter(1 << 10);
  #isBroken = false;

  private constructor(
    source: Source,
    services: Services,
    keys: RowEncoder,
    values: RowEncoder,
    targets: readonly InsertTarget[],
  ) {
    this.source = source;
    this.keyColumns = source.schema.key;
    this.valueColumns = valueColumnsOf(source);
    this.#services = services;
    this.#keys = keys;
    this.#values = values;
    this.#targets = targets;
    this.#time = rowTimeOf(source, this.keyColumns, this.valueColumns);
    this.#madeMs = services.env.clock.monotonicMs();
  }

  static async create(source: Source, services: Services): Promise<SourceWriter> {
    const { keys, values } = await encodersOf(source, services);
    const topic = await services.log.admin.describeTopic(source.topic.name);
    if (!topic) throw new SluiceError('NOT_FOUND', `Topic ${source.topic.name} does not exist`);
    const maxBatchBytes = Number(topic.configs['max.message.bytes'] ?? DEFAULT_MAX_BYTES);
    const targets = Array.from({ length: topic.partitions }, (_, partition) => ({
      topic: topic.name,
      partition,
      maxBatchBytes,
    }));
    return new SourceWriter(source, services, keys, values, targets);
  }

  /** Whether the source has changed, so that a new writer is needed (`sourceWriter`). */
  get isStale(): boolean {
    return this.#isBroken || this.#services.env.clock.monotonicMs() - this.#madeMs >= FRESH_MS;
  }

  /**
   * `key` and `value` are rows of the columns above.
   * @throws SluiceError when the format cannot hold the row, or the timestamp column has no valid time: readers of the
   * source would skip the row
   */
  write(key: readonly unknown[], value: readonly unknown[], timestamp: number): InsertTicket {
    this.#time?.(key, value);
    // A separate buffer, since an encoder may write from the start of its buffer.
    const keyOut = this.#keyOut;
    const valueOut = this.#valueOut;
    keyOut.reset();
    valueOut.reset();
    const hasKey = this.#keys.encode(key, 0, keyOut);
    const hasValue = this.#values.encode(value, 0, valueOut);
    const targets = this.#targets;
    const partition =
      targets.length === 1
        ? 0
        : hasKey
          ? partitionOfKey(keyOut.bytes, targets.length, 0, keyOut.length)
          : this.#services.nullKeys.next(targets.length, valueOut.length);
    return this.#services.inserts.add(
      targets[partition]!,
      timestamp,
      hasKey ? keyOut.bytes : null,
      0,
      hasKey ? keyOut.length : 0,
      hasValue ? valueOut.bytes : null,
      0,
      hasValue ? valueOut.length : 0,
    );
  }

  /** Called when a row was refused: the topic may have been replaced. */
  distrust(): void {
    this.#isBroken = true;
  }
}

type RowTime = (key: readonly unknown[], value: readonly unknown[]) => void;

/** The time of a row as its readers will see it, checked. */
function rowTimeOf(source: Source, keys: readonly Column[], values: readonly Column[]): RowTime | undefined {
  const { timestamp } = source;
  if (timestamp === undefined) return undefined;
  const keyAt = keys.findIndex((c) => c.name === timestamp.column);
  const valueAt = values.findIndex((c) => c.name === timestamp.column);
  const column = keyAt >= 0 ? keys[keyAt] : values[valueAt];
  if (column === undefined) return undefined;
  const read = timestampReader(column.name, column.type, timestamp.format);
  const refused = (message: string, cause?: unknown): SluiceError =>
    new SluiceError('REJECTED', message, {
      hint: `Readers of ${source.name} skip a row without a time in ${quoteIdentifier(column.name)}, which its WITH (TIMESTAMP=…) names: give ${timestamp.format === undefined ? (column.type.kind === 'BIGINT' ? 'ms since 1970' : 'a time') : `a text such as ${timestamp.format}`}.`,
      cause,
    });
  return (key, value) => {
    let ms: number;
    try {
      ms = read(keyAt >= 0 ? key[keyAt] : value[valueAt]);
    } catch (cause) {
      throw refused(messageOf(cause), cause);
    }
    if (!(ms >= 0)) throw refused(`Timestamp column ${column.name} is before 1970, ${ms} ms`);
  };
}

function valueColumnsOf(source: Source): readonly Column[] {
  return source.schema.value.filter((c) => c.role === 'VALUE');
}

async function encodersOf(
  source: Source,
  services: Services,
): Promise<{ readonly keys: RowEncoder; readonly values: RowEncoder }> {
  const registry = services.codecs;
  await services.prepareCodecs(source.topic);
  const sides = await Promise.all([sideOf(source, true, services), sideOf(source, false, services)]);
  const make = ({ schema, info }: Side): RowEncoder =>
    formatNamed(info.format).createEncoder({ schema, info, topic: source.topic.name, registry });
  for (;;) {
    try {
      return { keys: make(sides[0]), values: make(sides[1]) };
    } catch (error) {
      if (!(error instanceof NeedsRegistration || error instanceof NeedsSchema)) throw error;
      if (error instanceof NeedsRegistration) await register(error, sides, services);
      else if (services.loadSchemas) await services.loadSchemas(error);
      else throw error;
    }
  }
}

interface Side {
  readonly schema: PersistenceSchema;
  readonly info: FormatInfo;
  readonly subject: string;
  /** Why the registered schema cannot be used for writing. */
  readonly misfit?: string | undefined;
}

async function sideOf(source: Source, isKey: boolean, { registry, codecs }: Services): Promise<Side> {
  const { topic } = source;
  const info = isKey ? topic.keyFormat : topic.valueFormat;
  const columns = isKey ? source.schema.key : valueColumnsOf(source);
  const schema: PersistenceSchema = { columns, features: isKey ? topic.keyFeatures : topic.valueFeatures, isKey };
  const subject = info.properties['subjectName'] ?? subjectOf(topic.name, isKey);
  const format = formatNamed(info.format);
  const own = columns.length === 0 ? undefined : format.registrySchema?.(schema, info, topic.name);
  if (own === undefined || codecs.idOf(subject, own) !== undefined) return { schema, info, subject };
  return { schema, subject, ...writtenAs(format, schema, info, topic.name, await registry.latest(subject)) };
}

/** Registers the schema with which an encoder writes. @throws SluiceError */
async function register(
  { subject, schema }: NeedsRegistration,
  sides: readonly Side[],
  { registry, loadSchemas }: Services,
): Promise<void> {
  try {
    if (loadSchemas) await loadSchemas(new NeedsRegistration(subject, schema));
    else await registry.register(subject, schema);
  } catch (error) {
    const misfit = sides.find((side) => side.subject === subject)?.misfit;
    if (!isSluiceError(error, 'CONFLICT') || misfit === undefined) throw error;
    throw new SluiceError('CONFLICT', `${error.message} The schema that is registered cannot be used: ${misfit}`, {
      cause: error,
    });
  }
}
