import { must } from '../../../base/assert.ts';
import type { Config } from '../../api/config-spec.ts';
import type { SourceTask, SourceTaskContext } from '../../api/connector.ts';
import { ConnectError, RetriableError } from '../../api/errors.ts';
import { NO_RECORDS, type OffsetMap, type SourceBatch } from '../../api/record.ts';
import { connectPatiently, taskError } from './connecting.ts';
import type {
  AttachedMode,
  Connection,
  Cursor,
  Dialect,
  FieldInfo,
  ModeMoment,
  Rows,
  TableInfo,
  TableName,
  TextRow,
} from './dialect.ts';
import { fineColumns, fineKeysOf, withKeysMark, type FineKeys } from './fine-keys.ts';
import { FirstReadings } from './first-readings.ts';
import { incrementingColumn, modeProblems, timestampColumns } from './mode-check.ts';
import { nextPass, type Pass, type PassSpec } from './passes.ts';
import { queryDeclaration } from './query-source.ts';
import { columnNamed, fingerprintOf, RowShape, StaleShape } from './row-shape.ts';
import { sourceContext, type SourceContext } from './source-settings.ts';
import { fullName, partitionOf, quotedName, TASK_TABLES, tablesOfTask } from './table-names.ts';

/** A table or the query, and the position of its reading. */
interface Origin {
  /** undefined for the query. */
  readonly table: TableName | undefined;
  readonly partition: OffsetMap;
  readonly topic: string;
  info: TableInfo | undefined;
  infoAtMs: number;
  shape: RowShape | undefined;
  dueAtMs: number;
  /** The table had a primary key and lost it: rows are written without a key until it has one again. */
  hasLostKey: boolean;
  /** How its keys are written; undefined: not decided yet. */
  fineKeys: FineKeys | undefined;
  /** The database's change mark when the whole table was last read, and the connection. */
  readAt: { readonly connection: Connection; readonly mark: string } | undefined;
  /** A position beyond what is committed: a pass that found nothing has no record to carry its offset. */
  ahead: OffsetMap | null | undefined;
}

interface OpenPass {
  readonly origin: Origin;
  readonly pass: Pass;
  readonly cursor: Cursor;
  readonly readAt: Origin['readAt'];
  /** Rows that are held back because more of the same time may follow. */
  held: Rows | undefined;
}

const IDLE_MAX_MS = 1000;
/** Reads its tables in turn, one pass at a time, one batch of rows per poll. */
export class DatabaseSourceTask implements SourceTask {
  readonly #dialect: Dialect;
  #source!: SourceContext;
  #context!: SourceTaskContext;
  #firstReadings!: FirstReadings<Origin>;
  #origins: Origin[] = [];
  #connection: Connection | undefined;
  /** On the connection, if the mode belongs to the dialect. */
  #mode: AttachedMode | undefined;
  #open: OpenPass | undefined;
  /** How many statements in a row the database has refused. */
  #refused = 0;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  async start(config: Config, context: SourceTaskContext): Promise<void> {
    const source = sourceContext(this.#dialect, config);
    const { settings } = source;
    // Once for all passes: a later pass that started at its own current time would miss rows in between.
    const initialMs = settings.initialMs === -1 ? context.env.clock.nowMs() : settings.initialMs;
    this.#source = { ...source, settings: { ...settings, initialMs } };
    this.#context = context;
    this.#origins =
      settings.query === ''
        ? tablesOfTask(config.raw[TASK_TABLES] ?? '').map((t) => this.#originOf(t))
        : [this.#originOf(undefined)];
    this.#firstReadings = new FirstReadings(
      (progress) => context.report(progress),
      () => this.#nowMs(),
    );
    for (const origin of this.#origins)
      if (await this.#isUnread(origin)) this.#firstReadings.wait(origin, fullName(origin.table!), origin.topic);
    // Ends a waiting read at once.
    context.signal.addEventListener('abort', () => this.#connection?.cut(), { once: true });
  }

  async poll(): Promise<SourceBatch> {
    try {
      if (!this.#open) {
        const origin = this.#nextOrigin();
        const waitMs = origin === undefined ? IDLE_MAX_MS : origin.dueAtMs - this.#nowMs();
        if (origin === undefined || waitMs > 0) {
          const pauseMs = Math.min(IDLE_MAX_MS, this.#source.settings.lingerMs, waitMs);
          await this.#context.env.timers.sleep(pauseMs, this.#context.signal).catch(() => {});
          return NO_RECORDS;
        }
        await this.#begin(origin);
        if (!this.#open) return NO_RECORDS;
      }
      const batch = await this.#read(this.#open);
      this.#refused = 0;
      return batch;
    } catch (error) {
      return await this.#recover(error);
    }
  }

  commit(): Promise<void> {
    this.#firstReadings.committed();
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#open = undefined;
    await connection?.end().catch(() => {});
  }

  #originOf(table: TableName | undefined): Origin {
    return {
      table,
      partition: table === undefined ? { query: 'query' } : partitionOf(table),
      topic: this.#source.settings.prefix + (table?.name ?? ''),
      info: undefined,
      infoAtMs: 0,
      shape: undefined,
      dueAtMs: this.#nowMs(),
      readAt: undefined,
      ahead: undefined,
      hasLostKey: false,
      fineKeys: undefined,
    };
  }

  /**
   * Whether no row of it has been written yet. Mode `bulk` keeps no position, so what it reads again is there already.
   */
  async #isUnread({ table, partition, topic }: Origin): Promise<boolean> {
    if (table === undefined || this.#context.offset(partition) !== undefined) return false;
    if (this.#source.settings.mode !== 'bulk') return true;
    return (await this.#context.endOffsets(topic)).every((offset) => offset === 0);
  }

  #nextOrigin(): Origin | undefined {
    return this.#origins.reduce<Origin | undefined>(
      (first, o) => (first === undefined || o.dueAtMs < first.dueAtMs ? o : first),
      undefined,
    );
  }

  /** Opens the next pass over the origin; leaves `open` undefined when there is nothing to read. */
  async #begin(origin: Origin): Promise<void> {
    const context = this.#context;
    const { settings } = this.#source;
    const startedAtMs = this.#nowMs();
    const connection = (this.#connection ??= await this.#connect());
    this.#firstReadings.begin(origin);
    origin.dueAtMs = startedAtMs + settings.pollMs;
    await connection.begin(settings.isolation);
    await this.#refresh(connection, origin, startedAtMs);
    if (origin.table !== undefined && origin.info === undefined) {
      context.env.logger.warn(`Table ${fullName(origin.table)} is gone`);
      await connection.commit();
      this.#firstReadings.handOut(origin, 0, true);
      return;
    }
    const readAt = origin.table && (await this.#markOf(connection));
    if (readAt !== undefined && origin.readAt?.connection === connection && origin.readAt.mark === readAt.mark) {
      await connection.commit();
      return;
    }
    const moment = await this.#mode?.begin();
    for (let described = 0; ; described++) {
      const spec = this.#passSpec(origin);
      const offset = this.#positionOf(origin, moment);
      const pass = moment === undefined ? nextPass(this.#dialect, spec, offset) : moment.pass(spec, offset);
      if (!pass) {
        await connection.commit();
        this.#firstReadings.handOut(origin, 0, true);
        return;
      }
      await this.#checkNulls(connection, origin, spec);
      const cursor = await connection.openCursor(pass.sql, pass.values, settings.batchRows);
      const all = cursor.fields;
      const fields = pass.extraColumns === 0 ? all : all.slice(0, -pass.extraColumns);
      if (origin.shape === undefined || origin.shape.fingerprint !== fingerprintOf(fields)) {
        // Columns were added, dropped or retyped: asks the catalog, which is not possible beside an open cursor.
        if (origin.table !== undefined && origin.shape !== undefined) {
          await cursor.close();
          // The catalog does not change within a transaction.
          if (described > 0) throw new Error(`Defect: ${spec.what} is not what the catalog says`);
          origin.shape = undefined;
          await this.#describe(connection, origin);
          continue;
        }
        this.#adopt(origin, fields);
      }
      pass.begin(all);
      this.#open = { origin, pass, cursor, readAt, held: undefined };
      return;
    }
  }

  async #connect(): Promise<Connection> {
    const context = this.#context;
    const { env, signal } = context;
    const connection = await connectPatiently({
      ...this.#source,
      env,
      signal,
      options: { name: `${context.connector}-${context.taskId}`, access: 'read' },
      trouble: (error) => context.trouble(error),
    });
    try {
      this.#mode = await this.#source.ownMode?.attach(connection, this.#source, (text) => context.remark(text));
      return connection;
    } catch (error) {
      await connection.end().catch(() => {});
      throw error;
    }
  }

  /** The database's change mark, for a mode that would read everything again. */
  async #markOf(connection: Connection): Promise<Origin['readAt']> {
    const { reading } = this.#dialect;
    if (this.#source.settings.mode !== 'bulk' || reading.changeMark === undefined) return undefined;
    return { connection, mark: await reading.changeMark(connection) };
  }

  /** Where to continue; undefined: at the beginning. */
  #positionOf(origin: Origin, moment: ModeMoment | undefined): OffsetMap | undefined {
    const offset = origin.ahead === undefined ? this.#context.offset(origin.partition) : (origin.ahead ?? undefined);
    return offset === undefined || moment === undefined
      ? offset
      : moment.accept(offset, `Table ${fullName(origin.table!)}`);
  }

  #placed(origin: Origin, offset: OffsetMap | null | undefined): OffsetMap | null | undefined {
    if (!offset) return offset;
    const placed = this.#mode === undefined ? offset : this.#mode.placed(offset);
    const { info, fineKeys } = origin;
    return info === undefined || fineKeys === undefined
      ? placed
      : withKeysMark(placed, fineKeys, fineColumns(this.#source, info));
  }

  async #refresh(connection: Connection, origin: Origin, nowMs: number): Promise<void> {
    const { settings } = this.#source;
    if (origin.table === undefined) {
      // Whether a query's timestamps have a zone decides how they are compared; columns may be named in another case;
      // and only the catalog knows the columns of a user-defined type.
      if (origin.shape !== undefined) return;
      this.#adopt(origin, await this.#dialect.reading.describeQuery(connection, settings.query));
      return;
    }
    if (origin.info !== undefined && nowMs - origin.infoAtMs < settings.tablePollMs) return;
    await this.#describe(connection, origin);
  }

  async #describe(connection: Connection, origin: Origin): Promise<void> {
    const before = origin.info;
    origin.info = await this.#dialect.reading.describeTable(connection, origin.table!);
    origin.infoAtMs = this.#nowMs();
    if (!origin.info) return;
    const [problem] = modeProblems(this.#source, origin.info);
    if (problem) throw new ConnectError(problem.message);
    origin.fineKeys ??= await fineKeysOf(
      connection,
      this.#source,
      origin.info,
      origin.ahead === undefined ? this.#context.offset(origin.partition) : (origin.ahead ?? undefined),
    );
    if (origin.shape === undefined || before === undefined || !sameCatalog(before, origin.info))
      this.#adopt(origin, origin.info.fields);
    this.#watchKey(origin, before);
  }

  /**
   * A table over the topic does not read records without a key. When the key is back, all rows are read again with it,
   * so that the table also contains those that were written meanwhile.
   */
  #watchKey(origin: Origin, before: TableInfo | undefined): void {
    const hasKey = must(origin.info, 'a description').primaryKey.length > 0;
    if (before === undefined || this.#source.settings.key !== '') return;
    if (!hasKey) {
      origin.hasLostKey ||= before.primaryKey.length > 0;
      return;
    }
    if (!origin.hasLostKey) return;
    origin.hasLostKey = false;
    origin.ahead = null;
    this.#context.remark(
      `Table ${fullName(must(origin.table, 'a table'))} has a primary key again: all its rows are read anew, ` +
        'so that those that were written without a key have it',
    );
  }

  #adopt(origin: Origin, fields: readonly FieldInfo[]): void {
    const source = this.#source;
    const dialect = this.#dialect;
    const shape = new RowShape(
      source,
      origin.topic,
      fields,
      origin.info,
      (text) => this.#context.remark(text),
      origin.fineKeys,
    );
    origin.shape = shape;
    this.#context.declareTopic(
      origin.table === undefined
        ? queryDeclaration(shape)
        : shape.declaration(origin.table.name, {
            system: dialect.systemOf(source.target),
            name: fullName(origin.table),
          }),
    );
  }

  #passSpec(origin: Origin): PassSpec {
    const { dialect, config, settings } = this.#source;
    const { info } = origin;
    const ofQuery = origin.shape?.fields ?? [];
    const named = (name: string): string => columnNamed(name, ofQuery, !settings.quote) ?? name;
    return {
      mode: settings.mode,
      what: origin.table === undefined ? 'the query' : `table ${fullName(origin.table)}`,
      from: origin.table === undefined ? `(${settings.query})` : quotedName(dialect, origin.table),
      query: origin.table === undefined ? settings.query : undefined,
      suffix: settings.suffix,
      incrementing: info === undefined ? named(settings.incrementing) : incrementingColumn(settings, info),
      timestamps: info === undefined ? settings.timestamps.map(named) : timestampColumns(settings, info),
      key: info === undefined || info.inherited ? [] : info.primaryKey,
      spread: info?.spread ?? false,
      fields: info?.fields ?? origin.shape?.fields ?? [],
      time: (field) => dialect.reading.timeComparison(field, settings.types.zone, config),
      delayMs: settings.delayMs,
      initialMs: settings.initialMs,
      // Names from the catalog or the query are used unchanged.
      quote: settings.quote || info !== undefined || ofQuery.length > 0,
    };
  }

  /** A row without a number would silently never be read. */
  async #checkNulls(connection: Connection, origin: Origin, spec: PassSpec): Promise<void> {
    if (origin.info === undefined || !spec.mode.includes('incrementing')) return;
    const column = spec.incrementing!;
    if (origin.info.notNull.has(column)) return;
    const found = await connection.query(
      `SELECT 1 FROM ${spec.from} t WHERE t.${this.#dialect.quote(column)} IS NULL LIMIT 1`,
    );
    if (found.rows.length > 0) {
      throw new ConnectError(
        `The incrementing column "${column}" of ${spec.what} is NULL in a row. Rows without a number cannot be told apart: give the column a ` +
          'value and NOT NULL, or choose another mode',
      );
    }
  }

  async #read(open: OpenPass): Promise<SourceBatch> {
    const { origin, pass, cursor, held } = open;
    const fresh = await cursor.next();
    const ended = fresh.length < this.#source.settings.batchRows;
    const rows = held ?? fresh;
    if (rows === held) held.append(fresh);
    open.held =
      !ended && pass.splitsBetween !== undefined ? rows.split(lastSplit(rows, pass.splitsBetween)) : undefined;
    const shape = origin.shape!;
    shape.checkNulls(rows);
    const last = rows.length - 1;
    const reached =
      last < 0
        ? undefined
        : this.#placed(origin, ended && pass.completed !== undefined ? pass.completed : pass.after(rows.text(last)));
    if (ended) {
      this.#open = undefined;
      await this.#connection!.commit();
      origin.readAt = open.readAt;
      const end = pass.completed === undefined ? reached : this.#placed(origin, pass.completed);
      if (end !== undefined) origin.ahead = end;
    } else if (reached !== undefined) {
      // The worker commits this position with the rows, so the end of the last pass is outdated from here on; also for
      // a pass whose last batch is empty because its rows are an exact multiple of the batch size.
      origin.ahead = undefined;
    }
    this.#firstReadings.handOut(origin, rows.length, ended);
    const { partition } = origin;
    return {
      count: rows.length,
      record: (i) => shape.record(rows, i, partition, i === last ? (reached ?? null) : null),
    };
  }

  /**
   * After an error the pass is over, and so is a lost connection. The next pass continues after the rows that were
   * handed out.
   */
  async #recover(error: unknown): Promise<SourceBatch> {
    const open = this.#open;
    this.#open = undefined;
    const connection = this.#connection;
    const { errors } = this.#dialect;
    if (connection) {
      try {
        await open?.cursor.close();
        await connection.rollback();
      } catch {
        this.#connection = undefined;
        await connection.end().catch(() => {});
      }
    }
    if (this.#context.signal.aborted) return NO_RECORDS;
    if (error instanceof StaleShape && open) {
      if (open.origin.info?.notNull.size === 0) throw new ConnectError(error.message);
      open.origin.info = undefined;
      open.origin.shape = undefined;
      open.origin.dueAtMs = this.#nowMs();
      this.#context.env.logger.info(`${error.message}: the table was altered`);
      return NO_RECORDS;
    }
    if (errors.isMissingTable(error)) {
      // Dropped meanwhile: the connector removes it from the list.
      this.#context.env.logger.warn(`A table is gone: ${errors.reasonOf(error)}`);
      return NO_RECORDS;
    }
    const failure = taskError(
      this.#dialect,
      error,
      this.#source.settings.query === '' ? 'Cannot read' : 'Cannot run the query',
    );
    const { statementRetries } = this.#source.settings;
    // A statement that the database refused rather than a state of ours, whose errors have their own class.
    if (!errors.isRefusal(error) || failure instanceof RetriableError) throw failure;
    if (statementRetries !== -1 && this.#refused >= statementRetries) throw failure;
    this.#refused++;
    throw new RetriableError(failure.message, { cause: error });
  }

  #nowMs(): number {
    return this.#context.env.clock.monotonicMs();
  }
}

/**
 * How many rows may be handed out when more may follow: up to the last change of position; none if all have the same
 * one.
 */
function lastSplit(rows: Rows, splitsBetween: (a: TextRow, b: TextRow) => boolean): number {
  for (let i = rows.length - 1; i > 0; i--) if (splitsBetween(rows.text(i - 1), rows.text(i))) return i;
  return 0;
}

function sameCatalog(a: TableInfo, b: TableInfo): boolean {
  return (
    fingerprintOf(a.fields) === fingerprintOf(b.fields) &&
    a.primaryKey.join('\0') === b.primaryKey.join('\0') &&
    [...a.notNull].sort().join('\0') === [...b.notNull].sort().join('\0')
  );
}
