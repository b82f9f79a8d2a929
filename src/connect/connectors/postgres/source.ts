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
import { modeProblems } from './mode-check.ts';
import { RowShape } from './row-shape.ts';
import { settingsOf, type SourceSettings } from './source-settings.ts';
import { PostgresSourceTask } from './source-task.ts';
import { describeTable, fullName, listTables, quoted, selectTables, unknownTables, type TableName } from './tables.ts';

/** Finds the tables, deals them out to tasks, and looks for new ones. */
class PostgresSourceConnector implements SourceConnector {
  private config!: Config;
  private settings!: SourceSettings;
  private context!: SourceConnectorContext;
  private tables: readonly TableName[] = [];
  private watching: Promise<void> = Promise.resolve();

  async start(config: Config, context: SourceConnectorContext): Promise<void> {
    this.config = config;
    this.settings = settingsOf(config);
    this.context = context;
    if (this.settings.query !== '') return;
    const client = await connectPatiently(config, context.env, context.signal, context.name);
    try {
      this.tables = await this.chosen(client);
      for (const table of this.tables) await this.declare(client, table);
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

  private async chosen(client: Client): Promise<TableName[]> {
    const all = await listTables(client, {
      schemaPattern: this.settings.schemaPattern,
      types: this.settings.tableTypes,
    });
    return selectTables(all, this.settings.filter, targetOf(this.config).database);
  }

  private async declare(client: Client, table: TableName): Promise<void> {
    const info = await describeTable(client, table);
    if (!info) return;
    const shape = new RowShape(this.settings.prefix + table.name, info.fields, info, this.settings.types);
    this.context.declareTopic(shape.declaration(table.name));
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
        const found = await this.chosen(client);
        const known = new Set(this.tables.map(fullName));
        const fresh = found.filter((t) => !known.has(fullName(t)));
        if (fresh.length === 0 && found.length === known.size) continue;
        for (const table of fresh) await this.declare(client, table);
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

/** One connection attempt, then: do the tables exist, and have they the columns that the mode reads. */
async function probe(config: Config, _context: ProbeContext): Promise<readonly ConfigProblem[]> {
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
      ? await tableProblems(client, settings, target.database)
      : await queryProblems(client, settings);
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
  database: string,
): Promise<readonly ConfigProblem[]> {
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
  for (const table of selectTables(all, settings.filter, database)) {
    const info = await describeTable(client, table);
    if (info) problems.push(...modeProblems(settings, info));
  }
  return problems;
}

async function queryProblems(client: Client, settings: SourceSettings): Promise<readonly ConfigProblem[]> {
  try {
    const result = await client.query(`SELECT * FROM (${settings.query}) q LIMIT 0`);
    const names = result.fields.map((f) => f.name);
    const missing = (key: string, wanted: readonly string[]): ConfigProblem[] =>
      wanted
        .filter((w) => w !== '' && !names.includes(w))
        .map((w) => ({
          key,
          message: `Invalid value ${w} for configuration ${key}: the query has no such column, only ${names.join(', ')}`,
        }));
    return [
      ...(settings.mode.includes('incrementing') ? missing('incrementing.column.name', [settings.incrementing]) : []),
      ...(settings.mode.includes('timestamp') ? missing('timestamp.column.name', settings.timestamps) : []),
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
