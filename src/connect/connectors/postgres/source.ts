import type { Config, ConfigProblem, RawConfig } from '../../api/config-spec.ts';
import type {
  ProbeContext,
  SourceConnector,
  SourceConnectorContext,
  SourceImplementation,
} from '../../api/connector.ts';
import { ConnectError } from '../../api/errors.ts';
import type { OffsetMap } from '../../api/record.ts';
import { nearest } from '../../../base/suggest.ts';
import {
  connectionProblem,
  connectOnce,
  connectPatiently,
  isConnectionLoss,
  reasonOf,
  targetOf,
  taskError,
  type Client,
} from './connection.ts';
import { checkOffsets } from './offset-check.ts';
import { INTEGER_OIDS, modeProblems, TIME_OIDS } from './mode-check.ts';
import { RowShape } from './row-shape.ts';
import { settingsOf, type SourceSettings } from './source-settings.ts';
import { PostgresSourceTask } from './source-task.ts';
import { chooseTables, leftOutText, PREFIX_CURE, remarksOn, type TableChoice } from './table-choice.ts';
import {
  describeTable,
  fullName,
  listTables,
  quoted,
  unknownTables,
  type ListedTable,
  type TableInfo,
  type TableName,
} from './tables.ts';
import { systemOf } from './url.ts';

/** Finds the tables, deals them out to tasks, and looks for new ones. */
class PostgresSourceConnector implements SourceConnector {
  private config!: Config;
  private settings!: SourceSettings;
  private context!: SourceConnectorContext;
  private tables: readonly ListedTable[] = [];
  private watching: Promise<void> = Promise.resolve();

  async start(config: Config, context: SourceConnectorContext): Promise<void> {
    this.config = config;
    this.settings = settingsOf(config);
    this.context = context;
    if (this.settings.query !== '') return;
    const client = await connectPatiently(config, context.env, context.signal, context.name);
    try {
      this.tables = await this.chosen(client, []);
    } catch (error) {
      throw taskError(error, 'Cannot read the list of tables');
    } finally {
      await client.end().catch(() => {});
    }
    this.watching = this.watch();
  }

  checkOffsets(config: Config, offsets: readonly { partition: OffsetMap; offset: OffsetMap | null }[]): void {
    checkOffsets(settingsOf(config), offsets);
  }

  async taskConfigs(maxTasks: number): Promise<readonly RawConfig[]> {
    if (this.settings.query !== '') return [this.config.raw];
    const count = Math.min(maxTasks, this.tables.length);
    return Array.from({ length: count }, (_, task) => ({
      ...this.config.raw,
      tables: this.tables
        .filter((_table, i) => i % count === task)
        .map(quoted)
        .join(','),
    }));
  }

  async stop(): Promise<void> {
    await this.watching;
  }

  /** The tables to read; those that are not `known` yet are declared. Says what is left out. */
  private async chosen(client: Client, known: readonly ListedTable[]): Promise<readonly ListedTable[]> {
    const { tables, leftOut } = await choiceOf(client, this.settings, this.config, (p) => this.context.refusal(p));
    const isKnown = new Set(known.map(fullName));
    const remarks = [...leftOut.map(leftOutText), ...remarksOn(tables)];
    const read: ListedTable[] = [];
    for (const table of tables) {
      const info = isKnown.has(fullName(table)) ? 'known' : await lookAt(client, table);
      if (typeof info !== 'object') read.push(...(info === 'known' ? [table] : []));
      else if ('problem' in info) remarks.push(`Table ${fullName(table)} is not read: ${info.problem}`);
      else {
        read.push(table);
        this.declare(table, info);
      }
    }
    this.context.remark(remarks);
    return read;
  }

  private declare(table: TableName, info: TableInfo): void {
    const shape = new RowShape(
      this.settings.prefix + table.name,
      info.fields,
      info,
      this.settings.types,
      this.settings.key,
    );
    this.context.declareTopic(shape.declaration(table.name, placeOf(this.config, table)));
  }

  /** Asks for new and removed tables every `table.poll.interval.ms`, with a connection of its own for a moment. */
  private async watch(): Promise<void> {
    const { env, signal } = this.context;
    while (!signal.aborted) {
      try {
        await env.timers.sleep(this.settings.tablePollMs, signal);
      } catch {
        return;
      }
      let client: Client | undefined;
      try {
        client = await connectOnce(targetOf(this.config), this.context.name);
        const known = new Set(this.tables.map(fullName));
        const found = await this.chosen(client, this.tables);
        if (found.length === known.size && found.every((t) => known.has(fullName(t)))) continue;
        this.tables = found;
        this.context.requestReconfiguration();
      } catch (error) {
        // The tasks report an unreachable database; here the next round will do.
        env.logger.warn(`Cannot look for new tables: ${reasonOf(error)}`);
      } finally {
        await client?.end().catch(() => {});
      }
    }
  }
}

function placeOf(config: Config, table: TableName): { readonly system: string; readonly name: string } {
  return { system: systemOf(targetOf(config)), name: fullName(table) };
}

async function choiceOf(
  client: Client,
  settings: SourceSettings,
  config: Config,
  refusal: ProbeContext['refusal'],
): Promise<TableChoice> {
  const all = await listTables(client, { schemaPattern: settings.schemaPattern, types: settings.tableTypes });
  return chooseTables(all, settings, (table) => placeOf(config, table), refusal, targetOf(config).database);
}

/** The table's columns, or why it cannot be read (a broken view, a foreign server that is away); undefined when it is gone. */
async function lookAt(client: Client, table: TableName): Promise<TableInfo | { readonly problem: string } | undefined> {
  try {
    return await describeTable(client, table);
  } catch (error) {
    if (isConnectionLoss(error)) throw error;
    return { problem: reasonOf(error) };
  }
}

/** One connection attempt, then: do the tables exist, and have they the columns that the mode reads. */
async function probe(config: Config, context: ProbeContext): Promise<readonly ConfigProblem[]> {
  const settings = settingsOf(config);
  const target = targetOf(config);
  let client: Client;
  try {
    client = await connectOnce(target, 'sluice-validate');
  } catch (error) {
    return [connectionProblem(error, target)];
  }
  try {
    return settings.query === ''
      ? await tableProblems(client, settings, config, context)
      : [...(await queryProblems(client, settings)), ...topicProblems(settings, context)];
  } catch (error) {
    if (!isConnectionLoss(error)) throw new ConnectError(reasonOf(error), { cause: error });
    return [connectionProblem(error, target)];
  } finally {
    await client.end().catch(() => {});
  }
}

async function tableProblems(
  client: Client,
  settings: SourceSettings,
  config: Config,
  context: ProbeContext,
): Promise<readonly ConfigProblem[]> {
  const { database } = targetOf(config);
  const all = await listTables(client, { schemaPattern: settings.schemaPattern, types: settings.tableTypes });
  const problems: ConfigProblem[] = [];
  for (const entry of unknownTables(settings.filter.whitelist, all, database)) {
    const names = all.map((t) => (t.schema === 'public' ? t.name : fullName(t)));
    const near = nearest(entry, [...names, ...all.map(fullName)]);
    const listed = names.slice(0, 20).join(', ') + (names.length > 20 ? ', ...' : '');
    problems.push({
      key: 'table.whitelist',
      message:
        `Invalid value ${entry} for configuration table.whitelist: There is no such table in database ${database}` +
        (near === undefined
          ? `. Its tables are ${listed === '' ? '(none)' : listed}`
          : `. Did you mean ${near}? Its tables are ${listed}`),
    });
  }
  const { tables, leftOut } = await choiceOf(client, settings, config, (p) => context.refusal(p));
  const isNamed = settings.filter.whitelist.length > 0;
  const refuse = (table: TableName, reason: string): void => {
    problems.push({
      key: 'table.whitelist',
      message: `Invalid value ${settings.filter.whitelist.join(',')} for configuration table.whitelist: Table ${fullName(table)} cannot be read: ${reason}`,
    });
  };
  const taken = leftOut.filter((l) => l.isTopics);
  for (const { table, reason } of taken)
    problems.push({
      key: 'topic.prefix',
      message: `Invalid value ${settings.prefix} for configuration topic.prefix: The rows of table ${fullName(table)} would go to topic ${settings.prefix}${table.name}, but ${reason}. ${PREFIX_CURE}`,
    });
  // Of all tables those that cannot be read are left out, and said with the connector.
  if (isNamed) for (const { table, reason, isTopics } of leftOut) if (!isTopics) refuse(table, reason);
  for (const table of [...tables, ...taken.map((l) => l.table)]) {
    const info = await lookAt(client, table);
    if (info === undefined) continue;
    if (!('problem' in info)) problems.push(...modeProblems(settings, info));
    else if (isNamed) refuse(table, info.problem);
  }
  return problems;
}

/** A query's topic is named by the user: that of another query of SQL it may not be. */
function topicProblems(settings: SourceSettings, context: ProbeContext): readonly ConfigProblem[] {
  const refused = context.refusal({ topic: settings.prefix, isNamed: true });
  return refused === undefined
    ? []
    : [
        {
          key: 'topic.prefix',
          message: `Invalid value ${settings.prefix} for configuration topic.prefix: ${refused.reason}`,
        },
      ];
}

async function queryProblems(client: Client, settings: SourceSettings): Promise<readonly ConfigProblem[]> {
  try {
    const result = await client.query(`SELECT * FROM (${settings.query}) q LIMIT 0`);
    const names = result.fields.map((f) => f.name);
    const twice = [...new Set(names.filter((n, i) => names.indexOf(n) !== i))];
    const check = (key: string, wanted: readonly string[], oids: ReadonlySet<number>, no: string): ConfigProblem[] =>
      wanted.flatMap((w) => {
        const field = result.fields.find((f) => f.name === w);
        if (w === '' || (field !== undefined && oids.has(field.dataTypeID))) return [];
        const reason =
          field === undefined
            ? `the query has no such column, only ${names.join(', ')}`
            : `the column of the query is no ${no}`;
        return [{ key, message: `Invalid value ${w} for configuration ${key}: ${reason}` }];
      });
    const { mode } = settings;
    return [
      ...twice.map((name) => ({
        key: 'query',
        message: `Invalid value ${settings.query} for configuration query: it has more than one column ${name}: give them names of their own with AS`,
      })),
      ...(mode.includes('incrementing')
        ? check('incrementing.column.name', [settings.incrementing], INTEGER_OIDS, 'number')
        : []),
      ...(mode.includes('timestamp')
        ? check('timestamp.column.name', settings.timestamps, TIME_OIDS, 'timestamp')
        : []),
    ];
  } catch (error) {
    return [{ key: 'query', message: `Invalid value ${settings.query} for configuration query: ${reasonOf(error)}` }];
  }
}

export const implementation: SourceImplementation = {
  probe,
  createConnector: () => new PostgresSourceConnector(),
  createTask: () => new PostgresSourceTask(),
};
