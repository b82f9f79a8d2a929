import { Config, type RawConfig } from '../../api/config-spec.ts';
import type { Forgotten, ForgetContext, SourceConnector, SourceConnectorContext } from '../../api/connector.ts';
import type { OffsetMap } from '../../api/record.ts';
import { connectPatiently, taskError } from './connecting.ts';
import type { Connection, Dialect, ListedTable, TableInfo, TableName } from './dialect.ts';
import { CAPTURED_KEYS, fineKeysOf } from './fine-keys.ts';
import { checkOffsets } from './offset-check.ts';
import { hasUniqueKey, queryDeclaration, UNIQUE_KEY } from './query-source.ts';
import { RowShape } from './row-shape.ts';
import { sourceContext, type SourceContext } from './source-settings.ts';
import { leftOutText } from './table-choice.ts';
import { selectTables } from './table-lists.ts';
import { fullName, partitionOf, taskTable } from './table-names.ts';
import { tableRemarks, placeOf, checkTables, choiceOf, lookAt } from './source-tables.ts';

/** Finds the tables, distributes them over tasks, and looks for new ones. */
export class DatabaseSourceConnector implements SourceConnector {
  readonly #dialect: Dialect;
  #source!: SourceContext;
  #context!: SourceConnectorContext;
  #tables: readonly ListedTable[] = [];
  /** Names of tables that were read and no longer exist. */
  readonly #gone = new Set<string>();
  /** Settings for the task of a mode that reads changes. */
  #captured: RawConfig = {};
  /** Task config of a query source. */
  #ofQuery: RawConfig = {};
  #watching: Promise<void> = Promise.resolve();

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  async start(config: Config, context: SourceConnectorContext): Promise<void> {
    this.#source = sourceContext(this.#dialect, config);
    this.#context = context;
    const isQuery = this.#source.settings.query !== '';
    const { env, signal, name } = context;
    const connection = await connectPatiently({ ...this.#source, env, signal, options: { name, access: 'read' } });
    try {
      if (isQuery) await this.#declareQuery(connection);
      else {
        await this.#lookForGone(connection);
        this.#tables = await this.#chosen(connection, []);
      }
    } catch (error) {
      throw taskError(this.#dialect, error, isQuery ? 'Cannot describe the query' : 'Cannot read the list of tables');
    } finally {
      await connection.end().catch(() => {});
    }
    if (!isQuery) this.#watching = this.#watch();
  }

  async forget(config: Config, context: ForgetContext): Promise<Forgotten> {
    // Also if it has another mode now.
    const { target } = sourceContext(this.#dialect, config);
    const { capture } = this.#dialect.reading;
    return (
      (await capture?.forget(() => this.#dialect.connect(target, { name: context.name, access: 'write' }), context)) ??
      {}
    );
  }

  async checkOffsets(
    config: Config,
    offsets: readonly { partition: OffsetMap; offset: OffsetMap | null }[],
  ): Promise<void> {
    const source = sourceContext(this.#dialect, config);
    checkOffsets(source, offsets);
    const tables = new Set(offsets.flatMap((o) => (o.offset !== null && o.partition['table']) || []));
    if (tables.size > 0) await checkTables(source, tables);
  }

  async taskConfigs(maxTasks: number): Promise<readonly RawConfig[]> {
    const { config, settings, capture } = this.#source;
    if (settings.query !== '') return [{ ...config.raw, ...this.#ofQuery }];
    if (capture !== undefined) {
      // There is one log of changes, so there is one task.
      const tables = this.#tables.map(taskTable).join(',');
      return tables === '' ? [] : [{ ...config.raw, tables, ...this.#captured }];
    }
    const count = Math.min(maxTasks, this.#tables.length);
    return Array.from({ length: count }, (_, task) => ({
      ...config.raw,
      tables: this.#tables
        .filter((_table, i) => i % count === task)
        .map(taskTable)
        .join(','),
    }));
  }

  async stop(): Promise<void> {
    await this.#watching;
  }

  /** The query's topic, as the database describes the result; what is known of its key is passed to the task. */
  async #declareQuery(connection: Connection): Promise<void> {
    const source = this.#source;
    const context = this.#context;
    const fields = await this.#dialect.reading.describeQuery(connection, source.settings.query);
    this.#ofQuery = (await hasUniqueKey(connection, source, fields)) ? UNIQUE_KEY : {};
    const isKeyUnique = this.#ofQuery === UNIQUE_KEY;
    const described = { ...source, settings: { ...source.settings, isKeyUnique } };
    const shape = new RowShape(described, source.settings.prefix, fields, undefined);
    context.declareTopic(queryDeclaration(shape));
  }

  /** Finds tables that were read before this start and were dropped meanwhile. */
  async #lookForGone(connection: Connection): Promise<void> {
    const { dialect, target, settings } = this.#source;
    const { places, partitions } = this.#context.brought();
    const system = dialect.systemOf(target);
    const names = [
      ...places.filter((place) => place.system === system).map((place) => place.name),
      ...partitions.map((partition) => partition['table']),
    ];
    for (const name of new Set(names)) {
      if (typeof name !== 'string') continue;
      const [schema, ...rest] = name.split('.');
      const hasSchema = dialect.defaultSchema !== undefined && rest.length > 0;
      const table = hasSchema ? { schema, name: rest.join('.') } : { schema: undefined, name };
      if (selectTables([table], settings.lists, target.database).length === 0) continue;
      if ((await lookAt(connection, this.#source, table)) === undefined) this.#gone.add(name);
    }
  }

  /** The tables to read; those that are not in `known` are declared. Reports what is left out. */
  async #chosen(connection: Connection, known: readonly ListedTable[]): Promise<readonly ListedTable[]> {
    const { tables, leftOut } = await choiceOf(connection, this.#source, (p) => this.#context.refusal(p));
    const isKnown = new Set(known.map(fullName));
    for (const table of known) this.#gone.add(fullName(table));
    // One that is there and may not be read has a reason of its own.
    for (const table of [...tables, ...leftOut.map((l) => l.table)]) this.#gone.delete(fullName(table));
    const gone = [...this.#gone].map(
      (name) =>
        `Table ${name} is gone, dropped or under another name: its topic keeps what was read, as do the tables that sinks write of it; a new table of that name is read again, under another name it is read as another table`,
    );
    const remarks = [...leftOut.map(leftOutText), ...tables.flatMap((t) => t.remark ?? []), ...gone];
    remarks.push(...(await tableRemarks(connection, this.#source)));
    const fit: { readonly table: ListedTable; readonly info?: TableInfo | undefined }[] = [];
    for (const table of tables) {
      const info = isKnown.has(fullName(table)) ? 'known' : await lookAt(connection, this.#source, table);
      if (typeof info !== 'object') fit.push(...(info === 'known' ? [{ table }] : []));
      else if ('problem' in info) remarks.push(`Table ${fullName(table)} is not read: ${info.problem}`);
      else fit.push({ table, info });
    }
    const { capture } = this.#source;
    const captured = await capture?.taskSettings(
      connection,
      this.#source,
      this.#context,
      fit.map((f) => f.table),
    );
    this.#captured = captured?.settings ?? {};
    const refused = new Map(captured?.refused.map((r) => [fullName(r.table), r.reason]));
    const read: ListedTable[] = [];
    for (const { table, info } of fit) {
      const reason = refused.get(fullName(table));
      if (reason !== undefined) {
        remarks.push(`Table ${fullName(table)} is not read: ${reason}`);
        continue;
      }
      read.push(table);
      if (info !== undefined) await this.#declare(connection, table, info);
    }
    this.#context.remark([...(captured?.remarks ?? []), ...remarks], gone);
    return read;
  }

  async #declare(connection: Connection, table: TableName, info: TableInfo): Promise<void> {
    const source = this.#source;
    const declared = await source.capture?.declaration?.(connection, source, table);
    if (declared !== undefined) {
      this.#context.declareTopic(declared);
      return;
    }
    const offset = this.#context.offset(partitionOf(table));
    const keys = source.capture === undefined ? await fineKeysOf(connection, source, info, offset) : CAPTURED_KEYS;
    const shape = new RowShape(source, source.topicOf(table), info.fields, info, undefined, keys);
    this.#context.declareTopic(shape.declaration(table.name, placeOf(this.#source, table)));
  }

  /** Checks for new and removed tables every `table.poll.interval.ms`, with a short-lived connection. */
  async #watch(): Promise<void> {
    const { env, signal } = this.#context;
    while (!signal.aborted) {
      try {
        await env.timers.sleep(this.#source.settings.tablePollMs, signal);
      } catch {
        return;
      }
      let connection: Connection | undefined;
      try {
        connection = await this.#dialect.connect(this.#source.target, { name: this.#context.name, access: 'read' });
        const known = new Set(this.#tables.map(fullName));
        const before = JSON.stringify(this.#captured);
        const found = await this.#chosen(connection, this.#tables);
        const isSame = found.length === known.size && found.every((t) => known.has(fullName(t)));
        if (isSame && JSON.stringify(this.#captured) === before) continue;
        this.#tables = found;
        this.#context.requestReconfiguration();
      } catch (error) {
        // The tasks report an unreachable database; here the next round suffices.
        env.logger.warn(`Cannot look for new tables: ${this.#dialect.errors.reasonOf(error)}`);
      } finally {
        await connection?.end().catch(() => {});
      }
    }
  }
}
