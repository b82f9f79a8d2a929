import { elementAt, must } from '../../../../base/assert.ts';
import { parseTimestampText } from '../../../../types/time-text.ts';
import type { Config } from '../../../api/config-spec.ts';
import type { TopicDeclaration } from '../../../api/connector.ts';
import { ConnectError } from '../../../api/errors.ts';
import { NO_RECORDS, type OffsetMap, type SourceBatch, type SourceRecord } from '../../../api/record.ts';
import { DATAGEN } from '../datagen-keys.ts';
import { rngAt } from '../generator.ts';
import { RECORDS_PER_POLL } from '../pace.ts';
import type { Run } from '../run.ts';
import { Schedule } from './schedule.ts';
import { relatedTables, type RelatedTable } from './tables.ts';

/** A repeated record comes at most this many records after the original. */
const REPEATED_WITHIN = 10;
/** Separates the random numbers for disorder from those for values. */
const DISORDER_SALT = 0x2545f491;
/**
 * The interval between the event times of successive records if neither a rate nor event.time.step.ms is given, in ms.
 */
const STEP_MS = 100;
/** How long a task without further records sleeps, in ms. */
const IDLE_MS = 60_000;

/** The name in an offset of the records that are still to be repeated. */
export const REPEATS = 'repeats';

/** A record to be written: its number, and its event time in ms since the epoch. */
interface Due {
  readonly n: number;
  readonly timeMs: number;
}
/** It is written once more after record `after`. */
interface Repeat extends Due {
  readonly after: number;
}

/** The repeats stored in an offset. @throws ConnectError when they are malformed */
export function repeatsOf(offset: OffsetMap): Repeat[] {
  const stored = offset[REPEATS] ?? [];
  const isOne = (item: unknown): item is [number, number, number] =>
    Array.isArray(item) && item.length === 3 && item.every((part) => Number.isSafeInteger(part));
  if (!Array.isArray(stored) || !stored.every(isOne))
    throw new ConnectError(`${REPEATS} of an offset are lists of three numbers, and not ${JSON.stringify(stored)}`);
  return stored.map(([n, after, timeMs]) => ({ n, after, timeMs }));
}

export function relatedDeclarations(config: Config): TopicDeclaration[] {
  return tablesOf(config, 0).map(({ name, topic, schema, key, isTable }) => {
    const field = key < 0 ? undefined : elementAt(schema.fields, key);
    return {
      topic,
      entity: name,
      keySchema: field?.schema ?? null,
      keyColumns: field ? [field.name] : [],
      isTable,
      valueSchema: schema,
    };
  });
}

function tablesOf(config: Config, seed: number): readonly RelatedTable[] {
  const { tables, problems } = relatedTables(config.raw, {
    names: config.get(DATAGEN.tables),
    seed,
    topicPrefix: config.get(DATAGEN.topicPrefix),
  });
  if (problems[0] !== undefined) throw new ConnectError(problems[0].message);
  return tables;
}

/**
 * The records of several tables in one sequence, in which a row exists before another refers to it. Record n and its
 * disorder (how late it is, when it is repeated) are functions of the seed and n.
 */
export class RelatedRecords {
  readonly #run: Run;
  readonly #tables: readonly RelatedTable[];
  readonly #schedule: Schedule;
  readonly #indexes: ReadonlyMap<string, number>;
  /** Event time of the first record; undefined: event times are those of the clock. */
  readonly #startMs: number | undefined;
  readonly #stepMs: number;
  #next: number;
  #repeats: Repeat[];

  constructor(config: Config, run: Run) {
    this.#run = run;
    this.#tables = tablesOf(config, run.seed);
    this.#schedule = new Schedule(this.#tables);
    this.#indexes = new Map(this.#tables.map((table, i) => [table.name, i]));
    this.#startMs = parseTimestampText(config.get(DATAGEN.eventTimeStart));
    const rate = config.get(DATAGEN.messagesPerSecond);
    this.#stepMs = config.get(DATAGEN.eventTimeStep) ?? (rate === undefined ? STEP_MS : 1000 / rate);
    this.#next = run.first;
    this.#repeats = run.stored === undefined ? [] : repeatsOf(run.stored);
  }

  async poll(): Promise<SourceBatch> {
    const run = this.#run;
    run.checkEnd(this.#next);
    const { initial, length } = this.#schedule;
    if (this.#next >= length) {
      await run.context.env.timers.sleep(IDLE_MS, run.context.signal).catch(() => {});
      return NO_RECORDS;
    }
    const wanted = this.#next < initial ? Math.min(RECORDS_PER_POLL, initial - this.#next) : await run.pace.due();
    const batch: Due[] = [];
    const to = Math.min(this.#next + wanted, run.end, length);
    while (this.#next < to) this.#add(batch, this.#next++);
    if (this.#next >= run.end) batch.push(...this.#repeats.splice(0));
    const offset = { ...run.offsetAt(this.#next - 1), ...this.#stored() };
    return {
      count: batch.length,
      record: (i) => this.#record(elementAt(batch, i, 'record'), i === batch.length - 1 ? offset : null),
    };
  }

  /** The records that are still to be repeated, in the form of an offset. */
  #stored(): OffsetMap {
    return this.#repeats.length === 0
      ? {}
      : { [REPEATS]: this.#repeats.map(({ n, after, timeMs }) => [n, after, timeMs]) };
  }

  /** Adds record n, and the repeats that are due after it. */
  #add(batch: Due[], n: number): void {
    const timeMs = this.#timeOf(n);
    const { initial } = this.#schedule;
    const { table: index, record } = this.#schedule.turn(n);
    const { seed, duplicateRate, lateRate, lateMaxMs } = elementAt(this.#tables, index);
    if (n < initial || (duplicateRate === 0 && lateRate === 0)) batch.push({ n, timeMs });
    else {
      const rng = rngAt(seed ^ DISORDER_SALT, record);
      const [lateDraw, delayDraw, repeatDraw, afterDraw] = [rng(), rng(), rng(), rng()];
      const due = { n, timeMs: lateDraw < lateRate ? timeMs - Math.ceil(delayDraw * lateMaxMs) : timeMs };
      batch.push(due);
      if (repeatDraw < duplicateRate)
        this.#repeats.push({ ...due, after: n + 1 + Math.floor(afterDraw * REPEATED_WITHIN) });
    }
    if (this.#repeats.length === 0) return;
    for (const repeat of this.#repeats) if (repeat.after <= n) batch.push(repeat);
    this.#repeats = this.#repeats.filter((repeat) => repeat.after > n);
  }

  #timeOf(n: number): number {
    if (this.#startMs === undefined) return this.#run.context.env.clock.nowMs();
    return Math.floor(this.#startMs + Math.max(0, n - this.#schedule.initial) * this.#stepMs);
  }

  #record({ n, timeMs }: Due, sourceOffset: OffsetMap | null): SourceRecord {
    const { table: index, record } = this.#schedule.turn(n);
    const table = elementAt(this.#tables, index);
    const rng = rngAt(table.seed, record);
    const rows = this.#schedule.rowsAfter(record, index);
    const isNew = !table.isTable || this.#schedule.rowsAfter(record + 1, index) > rows;
    const context = {
      rng,
      row: !table.isTable ? record : isNew ? rows : Math.floor(rng() * rows),
      eventTimeMs: timeMs,
      rowsOf: (name: string) => {
        const of = must(this.#indexes.get(name), 'table');
        return this.#schedule.rowsAfter(this.#schedule.recordsBefore(n, of), of);
      },
    };
    const value = table.values.map((make) => make(context));
    return {
      topic: table.topic,
      keySchema: table.key < 0 ? null : elementAt(table.schema.fields, table.key).schema,
      key: table.key < 0 ? null : elementAt(value, table.key),
      valueSchema: table.schema,
      value,
      timestamp: timeMs,
      headers: this.#run.headersOf(n),
      sourcePartition: this.#run.partition,
      sourceOffset,
    };
  }
}
