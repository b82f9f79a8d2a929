import { Config, type ConfigProblem, type RawConfig } from '../../api/config-spec.ts';
import type {
  Choice,
  ChoiceContext,
  Forgotten,
  ForgetContext,
  ProbeContext,
  SourceConnector,
  SourceConnectorContext,
  SourceImplementation,
  SourceTask,
  SourceTaskContext,
} from '../../api/connector.ts';
import { ConnectError } from '../../api/errors.ts';
import type { OffsetMap } from '../../api/record.ts';
import { nearest } from '../../../base/suggest.ts';
import { connectPatiently, taskError } from './connecting.ts';
import type { Connection, Dialect, ListedTable, TableInfo, TableName } from './dialect.ts';
import { modeChangeProblems } from './mode-change.ts';
import { modeProblems } from './mode-check.ts';
import { CAPTURED_KEYS, fineKeysOf } from './fine-keys.ts';
import { checkOffsets } from './offset-check.ts';
import {
  choiceOfQuery,
  hasUniqueKey,
  queryDeclaration,
  queryProblems,
  topicProblems,
  UNIQUE_KEY,
} from './query-source.ts';
import { RowShape } from './row-shape.ts';
import { sourceContext, type SourceContext } from './source-settings.ts';
import { DatabaseSourceTask } from './source-task.ts';
import { chooseTables, leftOutText, PREFIX_CURE, type TableChoice } from './table-choice.ts';
import { unknownTables } from './table-lists.ts';
import { selectTables } from './table-lists.ts';
import { fullName, partitionOf, taskTable } from './table-names.ts';
import { CONNECTION } from './connection-keys.ts';

/** Finds the tables, deals them out to tasks, and looks for new ones. */
class DatabaseSourceConnector implements SourceConnector {
  readonly #dialect: Dialect;
  #source!: SourceContext;
  #context!: SourceConnectorContext;
  #tables: readonly ListedTable[] = [];
  /** Names of tables that were read and are not there any more. */
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
    // Also where it has another mode by now.
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
      // One record of changes, one task.
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

  /** The query's topic, as the database describes the result; what its key is goes to the task. */
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

  /** Tables that were read before this start, and that were dropped while nobody looked. */
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

  /** The tables to read; those that are not `known` yet are declared. Says what is left out. */
  async #chosen(connection: Connection, known: readonly ListedTable[]): Promise<readonly ListedTable[]> {
    const { tables, leftOut } = await choiceOf(connection, this.#source, (p) => this.#context.refusal(p));
    const isKnown = new Set(known.map(fullName));
    for (const table of known) this.#gone.add(fullName(table));
    for (const table of tables) this.#gone.delete(fullName(table));
    const gone = [...this.#gone].map(
      (name) =>
        `Table ${name} is gone, dropped or under another name: its topic keeps what was read, and a new table of that name is read again`,
    );
    const remarks = [...leftOut.map(leftOutText), ...tables.flatMap((t) => t.remark ?? []), ...gone];
    const read: ListedTable[] = [];
    for (const table of tables) {
      const info = isKnown.has(fullName(table)) ? 'known' : await lookAt(connection, this.#source, table);
      if (typeof info !== 'object') read.push(...(info === 'known' ? [table] : []));
      else if ('problem' in info) remarks.push(`Table ${fullName(table)} is not read: ${info.problem}`);
      else {
        read.push(table);
        await this.#declare(connection, table, info);
      }
    }
    const captured = await this.#source.capture?.taskSettings(connection, this.#source, this.#context, read);
    this.#captured = captured?.settings ?? {};
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

  /** Asks for new and removed tables every `table.poll.interval.ms`, with a connection of its own for a moment. */
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
        // The tasks report an unreachable database; here the next round will do.
        env.logger.warn(`Cannot look for new tables: ${this.#dialect.errors.reasonOf(error)}`);
      } finally {
        await connection?.end().catch(() => {});
      }
    }
  }
}

function placeOf(
  { dialect, target }: SourceContext,
  table: TableName,
): { readonly system: string; readonly name: string } {
  return { system: dialect.systemOf(target), name: fullName(table) };
}

async function listed(
  connection: Connection,
  { dialect, settings, capture, config }: SourceContext,
): Promise<readonly ListedTable[]> {
  const { schemaPattern, tableTypes: types } = settings;
  const allPartitions = capture?.readsPartitions?.(config);
  return await dialect.reading.listTables(connection, {
    schemaPattern,
    types,
    partitions: settings.lists.whitelist,
    allPartitions,
  });
}

/** Tables that other settings would list, with the setting that keeps them from it. */
async function unlisted(
  connection: Connection,
  { dialect, settings }: SourceContext,
): Promise<readonly { readonly table: TableName; readonly problem: ConfigProblem }[]> {
  const { schemaPattern, tableTypes, lists } = settings;
  const partitions = lists.whitelist;
  const found: { table: TableName; problem: ConfigProblem }[] = [];
  if (schemaPattern !== undefined) {
    for (const table of await dialect.reading.listTables(connection, {
      schemaPattern: undefined,
      types: tableTypes,
      partitions,
    }))
      found.push({
        table,
        problem: {
          key: 'schema.pattern',
          message: `Invalid value ${schemaPattern} for configuration schema.pattern: Table ${fullName(table)} is in a schema that is not like it`,
        },
      });
  }
  for (const type of dialect.reading.tableTypes.filter((t) => !tableTypes.includes(t))) {
    const listing = await dialect.reading.listTables(connection, {
      schemaPattern: undefined,
      types: [type],
      partitions,
    });
    for (const table of listing)
      found.push({
        table,
        problem: {
          key: 'table.types',
          message: `Invalid value ${tableTypes.join(',')} for configuration table.types: ${fullName(table)} is a ${type.toLowerCase()}: 'table.types'='${[...tableTypes, type].join(',')}' reads it`,
        },
      });
  }
  return found;
}

/** @throws ConnectError where a table is none that the connector reads, or the database cannot be asked */
async function checkTables(source: SourceContext, tables: ReadonlySet<unknown>): Promise<void> {
  const { dialect, target, settings } = source;
  let read: readonly string[];
  try {
    const connection = await dialect.connect(target, { name: 'offsets', access: 'read' });
    try {
      const all = await listed(connection, source);
      read = selectTables(all, settings.lists, target.database).map((table) => String(partitionOf(table)['table']));
    } finally {
      await connection.end().catch(() => {});
    }
  } catch (error) {
    throw taskError(dialect, error, 'Cannot read the list of tables');
  }
  for (const table of tables)
    // Java's connector puts the database before schema and table.
    if (!read.includes(String(table)) && !read.some((name) => table === `${target.database}.${name}`))
      throw new ConnectError(
        `There is no partition {"protocol":"1","table":${JSON.stringify(table)}}: this connector reads ${read.length === 0 ? 'no table' : read.slice(0, TOLD_TABLES).join(', ')}`,
      );
}

/** Tables that a refusal names. */
const TOLD_TABLES = 20;

async function choiceOf(
  connection: Connection,
  source: SourceContext,
  refusal: ProbeContext['refusal'],
  all?: readonly ListedTable[],
): Promise<TableChoice> {
  return chooseTables(
    all ?? (await listed(connection, source)),
    source,
    (table) => placeOf(source, table),
    refusal,
    source.target.database,
  );
}

/**
 * The table's columns, or why it cannot be read (a broken view, a foreign server that is away); undefined when it is
 * gone.
 */
async function lookAt(
  connection: Connection,
  { dialect, capture }: SourceContext,
  table: TableName,
): Promise<TableInfo | { readonly problem: string } | undefined> {
  try {
    return await (capture ?? dialect.reading).describeTable(connection, table);
  } catch (error) {
    if (dialect.errors.isPassing(error)) throw error;
    return { problem: dialect.errors.reasonOf(error) };
  }
}

/** One connection attempt, then: do the tables exist, and have they the columns that the mode reads. */
async function probe(dialect: Dialect, config: Config, context: ProbeContext): Promise<readonly ConfigProblem[]> {
  const source = sourceContext(dialect, config);
  const { target } = source;
  const { errors } = dialect;
  let connection: Connection;
  try {
    connection = await dialect.connect(target, { name: 'sluice-validate', access: 'read' });
  } catch (error) {
    return [errors.problem(error, target)];
  }
  try {
    return await problemsOf(connection, source, context);
  } catch (error) {
    if (!errors.isPassing(error)) throw new ConnectError(errors.reasonOf(error), { cause: error });
    return [errors.problem(error, target)];
  } finally {
    await connection.end().catch(() => {});
  }
}

async function problemsOf(
  connection: Connection,
  source: SourceContext,
  context: ProbeContext,
): Promise<readonly ConfigProblem[]> {
  return source.settings.query === ''
    ? await tableProblems(connection, source, context)
    : [...(await queryProblems(connection, source)), ...topicProblems(source, context)];
}

async function tableProblems(
  connection: Connection,
  source: SourceContext,
  context: ProbeContext,
): Promise<readonly ConfigProblem[]> {
  const { dialect, settings } = source;
  const { database } = source.target;
  const all = await listed(connection, source);
  const problems: ConfigProblem[] = [];
  const unknown = unknownTables(settings.lists.whitelist, all, database);
  const elsewhere = unknown.length === 0 ? [] : await unlisted(connection, source);
  for (const entry of unknown) {
    const [found] = elsewhere.filter((e) => unknownTables([entry], [e.table], database).length === 0);
    if (found !== undefined) {
      problems.push(found.problem);
      continue;
    }
    const names = all.map((t) => (t.schema === dialect.defaultSchema ? t.name : fullName(t)));
    const near = nearest(entry, [...names, ...all.map(fullName)]);
    const listed = names.slice(0, 20).join(', ') + (names.length > 20 ? ', ...' : '');
    problems.push({
      key: 'table.whitelist',
      message:
        `Invalid value ${entry} for configuration table.whitelist: There is no such table in database ${database}` +
        (entry.includes(';')
          ? `. Tables are separated by commas: ${entry.replaceAll(/\s*;\s*/g, ',')}. Its tables are ${listed}`
          : near === undefined
            ? `. Its tables are ${listed === '' ? '(none)' : listed}`
            : `. Did you mean ${near}? Its tables are ${listed}`),
    });
  }
  const { tables, leftOut } = await choiceOf(connection, source, (p) => context.refusal(p), all);
  const { capture } = source;
  if (capture !== undefined)
    for (const need of await capture.needs(connection, source, source.config.raw['name'] ?? '', tables))
      problems.push({
        key: 'mode',
        message: `Invalid value ${capture.name} for configuration mode: the database cannot be read so: it needs ${need}`,
      });
  const isNamed = settings.lists.whitelist.length > 0;
  const refuse = (table: TableName, reason: string): void => {
    problems.push({
      key: 'table.whitelist',
      message: `Invalid value ${settings.lists.whitelist.join(',')} for configuration table.whitelist: Table ${fullName(table)} cannot be read: ${reason}`,
    });
  };
  const taken = leftOut.filter((l) => l.isTopics);
  for (const { table, reason } of taken)
    problems.push({
      key: 'topic.prefix',
      message: `Invalid value ${settings.prefix} for configuration topic.prefix: The rows of table ${fullName(table)} would go to topic ${source.topicOf(table)}, but ${reason}. ${PREFIX_CURE}`,
    });
  // Of all tables those that cannot be read are left out, and said with the connector.
  if (isNamed) for (const { table, reason, isTopics } of leftOut) if (!isTopics) refuse(table, reason);
  for (const table of [...tables, ...taken.map((l) => l.table)]) {
    const info = await lookAt(connection, source, table);
    if (info === undefined) continue;
    if (!('problem' in info))
      problems.push(...modeProblems(source, info), ...modeChangeProblems(source, info, context));
    else if (isNamed) refuse(table, info.problem);
  }
  return problems;
}

/**
 * The mode of a source that names none: changes as they are committed where the database gives them, for all tables of
 * the choice; else what is in the settings, and what would be needed. The choice is kept in the settings: it never
 * changes by itself.
 */
async function choose(dialect: Dialect, config: Config, context: ChoiceContext): Promise<Choice> {
  const { capture } = dialect.reading;
  const source = sourceContext(dialect, config);
  const nothing = { settings: {}, notes: [] };
  const isQuery = source.settings.query !== '';
  if (capture === undefined && !isQuery) return nothing;
  let connection: Connection | undefined;
  try {
    connection = await dialect.connect(source.target, { name: 'sluice-validate', access: 'read' });
  } catch {
    // Told by the probe, with the setting at fault.
  }
  if (isQuery || capture === undefined) {
    try {
      return await withProblems(connection, source, await choiceOfQuery(connection, source, context.name), context);
    } finally {
      await connection?.end().catch(() => {});
    }
  }
  if (connection === undefined) return nothing;
  try {
    const { tables } = await choiceOf(connection, source, (p) => context.refusal(p));
    const infos = await Promise.all(tables.map((t) => lookAt(connection, source, t)));
    const unfit = infos.flatMap((i) => (i === undefined || 'problem' in i ? [] : (capture.problem(i) ?? [])));
    const needs = [...unfit, ...(await capture.needs(connection, source, context.name, tables))];
    const choice: Choice =
      needs.length === 0
        ? { settings: { mode: capture.name }, notes: [] }
        : {
            settings: {},
            notes: [
              `Mode ${source.settings.mode}: the database is asked for new and changed rows, deleted ones stay in the tables here. Mode ${capture.name} sees every change as it is committed; it needs ${needs.join('; and ')}`,
            ],
          };
    const unnamed = /^(?:jdbc:)?\w+:\/\/[^/?]*\/?(?:\?|$)/.test(config.get(CONNECTION.connectionUrl))
      ? [`The URL names no database: ${source.target.database} is read`]
      : [];
    return await withProblems(connection, source, { ...choice, notes: [...choice.notes, ...unnamed] }, context);
  } catch (error) {
    context.env.logger.warn(`The mode could not be chosen: ${dialect.errors.reasonOf(error)}`);
    return nothing;
  } finally {
    await connection.end().catch(() => {});
  }
}

/** With what the probe says of the chosen settings: the database is connected to once for both. */
async function withProblems(
  connection: Connection | undefined,
  { dialect, config }: SourceContext,
  choice: Choice,
  context: ProbeContext,
): Promise<Choice> {
  if (connection === undefined) return choice;
  try {
    const source = sourceContext(dialect, Config.of({ ...config.raw, ...choice.settings }));
    return { ...choice, problems: await problemsOf(connection, source, context) };
  } catch {
    // Told by the probe, which connects anew then.
    return choice;
  }
}

/** A task of the kind that its mode asks for. */
class TaskOfMode implements SourceTask {
  readonly #dialect: Dialect;
  #task: SourceTask | undefined;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  async start(config: Config, context: SourceTaskContext): Promise<void> {
    const { capture } = sourceContext(this.#dialect, config);
    this.#task = capture?.createTask(this.#dialect) ?? new DatabaseSourceTask(this.#dialect);
    await this.#task.start(config, context);
  }
  poll(): ReturnType<SourceTask['poll']> {
    return this.#task!.poll();
  }
  async commit(): Promise<void> {
    await this.#task!.commit?.();
  }
  async stop(): Promise<void> {
    await this.#task?.stop();
  }
}

export function sourceImplementation(dialect: Dialect): SourceImplementation {
  return {
    probe: (config, context) => probe(dialect, config, context),
    choose: (config, context) => choose(dialect, config, context),
    createConnector: () => new DatabaseSourceConnector(dialect),
    createTask: () => new TaskOfMode(dialect),
  };
}
