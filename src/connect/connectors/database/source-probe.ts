import { invalidSetting, Config, type ConfigProblem } from '../../api/config-spec.ts';
import type { ProbeContext } from '../../api/connector.ts';
import { ConnectError } from '../../api/errors.ts';
import { nearest } from '../../../base/suggest.ts';
import type { Connection, Dialect, TableName } from './dialect.ts';
import { modeChangeProblems } from './mode-change.ts';
import { modeProblems } from './mode-check.ts';
import { queryProblems, topicProblems } from './query-source.ts';
import { sourceContext, type SourceContext } from './source-settings.ts';
import { PREFIX_CURE } from './table-choice.ts';
import { unknownTables } from './table-lists.ts';
import { fullName } from './table-names.ts';
import { listed, choiceOf, lookAt } from './source-tables.ts';

/** Tables that other settings would list, with the setting that excludes them. */
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
        problem: invalidSetting(
          'schema.pattern',
          schemaPattern,
          `Table ${fullName(table)} is in a schema that is not like it`,
        ),
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
        problem: invalidSetting(
          'table.types',
          tableTypes.join(','),
          `${fullName(table)} is a ${type.toLowerCase()}: 'table.types'='${[...tableTypes, type].join(',')}' reads it`,
        ),
      });
  }
  return found;
}

/** Makes one connection attempt, then checks that the tables exist and have the columns that the mode reads. */
export async function probe(
  dialect: Dialect,
  config: Config,
  context: ProbeContext,
): Promise<readonly ConfigProblem[]> {
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
    if (!errors.isTransient(error)) throw new ConnectError(errors.reasonOf(error), { cause: error });
    return [errors.problem(error, target)];
  } finally {
    await connection.end().catch(() => {});
  }
}

export async function problemsOf(
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
    const instead = entry.includes(';')
      ? `Tables are separated by commas: ${entry.replaceAll(/\s*;\s*/g, ',')}. Its tables are ${listed}`
      : near === undefined
        ? `Its tables are ${listed === '' ? '(none)' : listed}`
        : `Did you mean ${near}? Its tables are ${listed}`;
    problems.push(
      invalidSetting('table.whitelist', entry, `There is no such table in database ${database}. ${instead}`),
    );
  }
  const { tables, leftOut } = await choiceOf(connection, source, (p) => context.refusal(p), all);
  const { capture } = source;
  const isNamed = settings.lists.whitelist.length > 0;
  const refuse = (table: TableName, reason: string): void => {
    problems.push(
      invalidSetting(
        'table.whitelist',
        settings.lists.whitelist.join(','),
        `Table ${fullName(table)} cannot be read: ${reason}`,
      ),
    );
  };
  const taken = leftOut.filter((l) => l.isTopics);
  for (const { table, reason } of taken)
    problems.push(
      invalidSetting(
        'topic.prefix',
        settings.prefix,
        `The rows of table ${fullName(table)} would go to topic ${source.topicOf(table)}, but ${reason}. ${PREFIX_CURE}`,
      ),
    );
  // When all tables are meant, unreadable ones are left out and reported with the connector.
  if (isNamed) for (const { table, reason, isTopics } of leftOut) if (!isTopics) refuse(table, reason);
  for (const table of [...tables, ...taken.map((l) => l.table)]) {
    const info = await lookAt(connection, source, table);
    if (info === undefined) continue;
    if (!('problem' in info))
      problems.push(...modeProblems(source, info), ...modeChangeProblems(source, info, context));
    else if (isNamed) refuse(table, info.problem);
  }
  if (capture !== undefined) {
    for (const need of await capture.needs(connection, source, source.config.raw['name'] ?? '', tables))
      problems.push(invalidSetting('mode', capture.name, `the database cannot be read so: it needs ${need}`));
  }
  return problems;
}
