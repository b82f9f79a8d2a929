import { invalidSetting, type ConfigProblem, type RawConfig } from '../../api/config-spec.ts';
import { must } from '../../../base/assert.ts';
import type { Choice, ProbeContext, TopicDeclaration } from '../../api/connector.ts';
import type { Connection, FieldInfo } from './dialect.ts';
import { columnNamed, type RowShape } from './row-shape.ts';
import { KEY_IS_UNIQUE, type SourceContext } from './source-settings.ts';

/** A source that reads a user's query instead of tables: what can be known before its first row. */

/** A setting for the task of a query whose key is unique. */
export const UNIQUE_KEY: RawConfig = { [KEY_IS_UNIQUE]: 'true' };

/** The most columns that a note suggests. */
const PROPOSED_MAX = 4;

/** The user names a query's topic, which must not be that of another SQL query. */
export function topicProblems({ settings }: SourceContext, context: ProbeContext): readonly ConfigProblem[] {
  const refused = context.refusal({ topic: settings.prefix, isNamed: true });
  return refused === undefined ? [] : [invalidSetting('topic.prefix', settings.prefix, refused.reason)];
}

/** Whether the database accepts the query, and its result has the columns named in the settings. */
export async function queryProblems(
  connection: Connection,
  { dialect, settings }: SourceContext,
): Promise<readonly ConfigProblem[]> {
  try {
    const fields = await dialect.reading.describeQuery(connection, settings.query);
    const names = fields.map((f) => f.name);
    const twice = [...new Set(names.filter((n, i) => names.indexOf(n) !== i))];
    const check = (key: string, wanted: readonly string[], order: FieldInfo['order'], no: string): ConfigProblem[] =>
      wanted.flatMap((column) => {
        const name = columnNamed(column, fields, !settings.quote);
        const field = fields.find((f) => f.name === name);
        if (column === '' || (field !== undefined && (order === undefined || field.order === order))) return [];
        const reason =
          field === undefined
            ? `the query has no such column, only ${names.join(', ')}`
            : `the column of the query is no ${no}`;
        return [invalidSetting(key, column, reason)];
      });
    const { mode } = settings;
    return [
      ...twice.map((name) =>
        invalidSetting(
          'query',
          settings.query,
          `it has more than one column ${name}: give them names of their own with AS`,
        ),
      ),
      ...check('key', [settings.key], undefined, 'column'),
      ...(mode.includes('incrementing')
        ? check('incrementing.column.name', [settings.incrementing], 'number', 'number')
        : []),
      ...(mode.includes('timestamp') ? check('timestamp.column.name', settings.timestamps, 'time', 'timestamp') : []),
    ];
  } catch (error) {
    return [invalidSetting('query', settings.query, dialect.errors.reasonOf(error))];
  }
}

/**
 * Mode and topic of a query that names none. Named columns are used for reading; without them the whole result is read
 * each time, which is the only way to miss nothing. `connection`: undefined when the database is unavailable, which its
 * validation reports.
 */
export async function choiceOfQuery(
  connection: Connection | undefined,
  { dialect, settings }: SourceContext,
  connector: string,
): Promise<Choice> {
  const columns = [
    ...(settings.timestamps.some((t) => t !== '') ? ['timestamp'] : []),
    ...(settings.incrementing === '' ? [] : ['incrementing']),
  ];
  // Both the topic and its SQL source then have the connector's name.
  const topic: RawConfig = settings.prefix === '' ? { 'topic.prefix': connector, 'sql.name.prefix': '' } : {};
  if (columns.length > 0) return { settings: { ...topic, mode: columns.join('+') }, notes: [] };
  const chosen = { ...topic, mode: 'bulk' };
  if (connection === undefined) return { settings: chosen, notes: [] };
  let fields: readonly FieldInfo[];
  try {
    fields = await dialect.reading.describeQuery(connection, settings.query);
  } catch {
    // Reported by the probe.
    return { settings: chosen, notes: [] };
  }
  const propose = (setting: string, order: FieldInfo['order'], what: string): string[] => {
    const names = fields.filter((f) => f.order === order).map((f) => f.name);
    if (names.length === 0) return [];
    const others = names.slice(1, PROPOSED_MAX);
    return [`'${setting}'='${names[0]!}'${others.length === 0 ? '' : ` (or ${others.join(', ')})`} reads ${what}`];
  };
  const ways = [
    ...propose('incrementing.column.name', 'number', 'only rows whose number is higher than before'),
    ...propose('timestamp.column.name', 'time', 'only rows whose time is later than before'),
  ];
  const again =
    settings.key === ''
      ? `each row is a new event each time; "key"='column' makes a table of a column that is unique`
      : `a row takes the place of the one with its ${settings.key}`;
  return {
    settings: chosen,
    notes: [
      `Mode bulk: the whole result of the query is written every ${settings.pollMs / 1000} s (poll), and ${again}.${ways.length === 0 ? '' : ` ${ways.join('; ')}`}`,
    ],
  };
}

/**
 * Whether each value of the named key occurs once in the result, and no NULL. The rows are examined, since a query has
 * no constraints.
 */
export async function hasUniqueKey(
  connection: Connection,
  { dialect, settings }: SourceContext,
  fields: readonly FieldInfo[],
): Promise<boolean> {
  const named = settings.key === '' ? undefined : columnNamed(settings.key, fields, !settings.quote);
  if (named === undefined) return false;
  const key = dialect.quote(named);
  const repeated = `SELECT 1 FROM (${settings.query}) q GROUP BY ${key} HAVING count(*) > 1 OR ${key} IS NULL LIMIT 1`;
  const { hasRows } = dialect.reading;
  if (hasRows !== undefined) return !(await hasRows(connection, repeated));
  return (await connection.query(repeated)).rows.length === 0;
}

/** What SQL may declare over the query's topic. */
export function queryDeclaration(shape: RowShape): TopicDeclaration {
  const { topic } = shape;
  const declaration = shape.declaration(topic);
  return {
    ...declaration,
    ...(declaration.isTable
      ? { note: undefined }
      : {
          note:
            declaration.keySchema === null
              ? `The result of a query has no primary key: ${topic} is a stream, since its rows cannot replace each other`
              : `${must(declaration.keyColumns[0], 'key column')} of the query's result is not unique and NOT NULL: ${topic} is a stream, since rows of one key do not replace each other`,
        }),
  };
}
