import { messageOf } from '../../../../base/errors.ts';
import { didYouMean } from '../../../../base/suggest.ts';
import { topicNameProblem } from '../../../../base/topic-name.ts';
import {
  configKeys,
  invalidSetting,
  missingSetting,
  parseKeys,
  type ConfigProblem,
  type ConfigValidator,
  type RawConfig,
} from '../../../api/config-spec.ts';
import { ConnectError } from '../../../api/errors.ts';
import { structOf, type StructSchema } from '../../../api/schema.ts';
import { schemaOfSqlType } from '../../../api/sql-mapping.ts';
import { parseColumns, type ColumnText } from './column-text.ts';
import { columnValues, keyValues, type ColumnValue, type ReferredKey } from './column-values.ts';
import { CYCLE_MAX, type TableShare } from './schedule.ts';

/** A table of example data. */
export interface RelatedTable extends TableShare {
  readonly name: string;
  readonly topic: string;
  readonly schema: StructSchema;
  /** Value of each column. */
  readonly values: readonly ColumnValue[];
  /** Position of the key's column; -1: there is none. */
  readonly key: number;
  /** Whether the key is a PRIMARY KEY, by which rows can change. */
  readonly isTable: boolean;
  readonly duplicateRate: number;
  readonly lateRate: number;
  readonly lateMaxMs: number;
  /** The seed of the table's own random numbers. */
  readonly seed: number;
}

const rate: ConfigValidator = (value) =>
  value !== null && Number(value) >= 0 && Number(value) <= 1 ? undefined : 'Value must be a proportion from 0 to 1';

const count =
  (most: number): ConfigValidator =>
  (value) =>
    value === null || (Number(value) >= 0 && Number(value) <= most) ? undefined : `Value must be from 0 to ${most}`;

/** Records that other tables can refer to before the mixture begins. */
const REFERRED_ROWS = 100;
const ROWS_MAX = 10_000_000;

/** The settings of one table; a config contains them with the prefix `tables.NAME.`. */
export const TABLE = configKeys({
  columns: {
    name: 'columns',
    type: 'STRING',
    default: null,
    documentation:
      'The columns as in CREATE TABLE, each with a rule for its values: id BIGINT PRIMARY KEY, n INTEGER UNIFORM(1, 6).',
  },
  topic: { name: 'topic', type: 'STRING', default: null, documentation: "The topic; by default the table's name." },
  weight: {
    name: 'weight',
    type: 'INT',
    default: '1',
    documentation:
      'How many of its records come for each one of a table with weight 1. 0: none after the initial rows.',
    validator: count(CYCLE_MAX),
  },
  initialRows: {
    name: 'initial.rows',
    type: 'INT',
    default: null,
    documentation: `Rows that come at once, before anything else. By default ${REFERRED_ROWS} if another table refers to it, or else 0.`,
    validator: count(ROWS_MAX),
  },
  maxRows: {
    name: 'max.rows',
    type: 'LONG',
    default: null,
    documentation: 'Rows at most; further records change existing rows. For a table with a PRIMARY KEY.',
    validator: (value) => (value === null || Number(value) >= 1 ? undefined : 'Value must be at least 1'),
  },
  updateRate: {
    name: 'update.rate',
    type: 'DOUBLE',
    default: '0',
    documentation: 'Proportion of records that change an existing row. For a table with a PRIMARY KEY.',
    validator: rate,
  },
  duplicateRate: {
    name: 'duplicate.rate',
    type: 'DOUBLE',
    default: '0',
    documentation: 'Proportion of records that come once more, up to ten records later.',
    validator: rate,
  },
  lateRate: {
    name: 'late.rate',
    type: 'DOUBLE',
    default: '0',
    documentation: 'Proportion of records whose event time is earlier than that of records before them.',
    validator: rate,
  },
  lateMaxMs: {
    name: 'late.max.ms',
    type: 'LONG',
    default: '60000',
    documentation: 'How much earlier a late record is at most, in ms.',
    validator: (value) => (value !== null && Number(value) >= 1 ? undefined : 'Value must be at least 1'),
  },
});

const PREFIX = 'tables.';
const KEYS = Object.values(TABLE);

/** A table as its settings describe it. */
interface Described {
  readonly name: string;
  readonly raw: RawConfig;
  readonly columns: readonly ColumnText[];
  readonly primary: ColumnText | undefined;
}

/**
 * The tables of a config, each after those that it refers to, and the problems with them, each at its setting. The
 * tables can only be used when there are no problems.
 */
export function relatedTables(
  config: RawConfig,
  {
    names,
    seed,
    topicPrefix,
  }: { readonly names: readonly string[]; readonly seed: number; readonly topicPrefix: string },
): { readonly tables: readonly RelatedTable[]; readonly problems: readonly ConfigProblem[] } {
  const problems: ConfigProblem[] = [...nameProblems(names), ...unknownSettings(config, names)];
  if (problems.length > 0) return { tables: [], problems };
  const described = names.map((name) => describedTable(config, name, problems));
  if (problems.length > 0) return { tables: [], problems };

  const { order, circle } = inOrder(described);
  if (circle !== undefined) {
    const path = circle.join(' → ');
    problems.push(invalidSetting('tables', names.join(','), `they refer to one another in a circle: ${path}`));
    return { tables: [], problems };
  }
  const tables = order.map((table) => compiled(table, described, { seed, topicPrefix }, problems));
  const topics = new Map<string, string>();
  for (const { name, topic } of tables) {
    const other = topics.get(topic);
    const why = topicNameProblem(topic) ?? (other && `table ${other} has the same topic`);
    if (why !== undefined) problems.push(invalidSetting(settingOf(name, 'topic'), topic, why));
    topics.set(topic, name);
  }
  const sum = tables.reduce((total, { weight }) => total + weight, 0);
  if (sum > CYCLE_MAX)
    problems.push(
      invalidSetting('tables', names.join(','), `their weights are ${sum} together, and at most ${CYCLE_MAX}`),
    );
  if (sum === 0 && tables.every((t) => t.initialRows === 0))
    problems.push(
      invalidSetting('tables', names.join(','), 'no table has a weight or initial rows: there are no records'),
    );
  return { tables, problems };
}

/** Settings for a preview of some rows of each table. */
export function tablePreview(names: readonly string[], rows: number): RawConfig {
  const initial = names.flatMap((name) => [
    [settingOf(name, TABLE.initialRows.name), String(rows)],
    [settingOf(name, TABLE.maxRows.name), ''],
  ]);
  return { ...Object.fromEntries(initial), iterations: String(rows * names.length) } as RawConfig;
}

const settingOf = (table: string, key: string): string => `${PREFIX}${table}.${key}`;

function nameProblems(names: readonly string[]): ConfigProblem[] {
  return names.flatMap((name, i) => {
    const problem = !/^[A-Za-z_]\w*$/.test(name)
      ? 'a name has letters, digits and _'
      : names.indexOf(name) < i
        ? `${name} is there twice`
        : undefined;
    return problem === undefined ? [] : [invalidSetting('tables', names.join(','), problem)];
  });
}

/** `tables.orders.rows` and similar: settings of tables that are not listed. */
function unknownSettings(config: RawConfig, names: readonly string[]): ConfigProblem[] {
  const known = KEYS.map((key) => key.name);
  return Object.keys(config)
    .filter((setting) => setting.startsWith(PREFIX))
    .flatMap((setting) => {
      const [, name = '', key = ''] = /^tables\.([^.]*)\.?(.*)$/.exec(setting) ?? [];
      if (!names.includes(name)) {
        const advice = didYouMean(name, names) ?? `Add it: tables='${[...names, name].join(',')}'`;
        return [
          { key: setting, message: `Setting ${setting} is not read, for tables does not name ${name}. ${advice}` },
        ];
      }
      if (known.includes(key)) return [];
      const advice = didYouMean(key, known) ?? `Its settings are ${known.join(', ')}.`;
      return [{ key: setting, message: `${setting} is not a setting of table ${name}. ${advice}` }];
    });
}

function describedTable(config: RawConfig, name: string, problems: ConfigProblem[]): Described {
  const prefix = `${PREFIX}${name}.`;
  const raw = Object.fromEntries(
    Object.entries(config)
      .filter(([key, value]) => key.startsWith(prefix) && value.trim() !== '')
      .map(([key, value]) => [key.slice(prefix.length), value]),
  );
  for (const { key, errors } of parseKeys(KEYS, raw))
    for (const message of errors)
      problems.push({
        key: prefix + key.name,
        message: message.replace(`configuration ${key.name}`, `configuration ${prefix}${key.name}`),
      });
  const text = raw[TABLE.columns.name];
  if (text === undefined) {
    problems.push(
      missingSetting(
        prefix + TABLE.columns.name,
        `the columns of table ${name}, as in 'id BIGINT PRIMARY KEY, n INTEGER'`,
      ),
    );
    return { name, raw, columns: [], primary: undefined };
  }
  let columns: readonly ColumnText[] = [];
  try {
    columns = parseColumns(text);
    if (columns.filter((c) => c.key !== undefined).length > 1)
      throw new ConnectError('a table has one key column at most');
  } catch (error) {
    problems.push(invalidSetting(prefix + TABLE.columns.name, text, messageOf(error)));
  }
  const primary = columns.find((c) => c.key === 'PRIMARY KEY');
  for (const key of [TABLE.maxRows.name, TABLE.updateRate.name])
    if (raw[key] !== undefined && primary === undefined && columns.length > 0)
      problems.push(
        invalidSetting(prefix + key, raw[key], `only rows with a PRIMARY KEY can change; ${name} has none`),
      );
  const [initial, most] = [raw[TABLE.initialRows.name], raw[TABLE.maxRows.name]];
  if (initial !== undefined && most !== undefined && Number(initial) > Number(most))
    problems.push(invalidSetting(prefix + TABLE.initialRows.name, initial, `max.rows is ${most}`));
  return { name, raw, columns, primary };
}

/** The tables that a table's columns refer to, except itself. */
function referredBy({ name, columns }: Described): string[] {
  return columns.flatMap(({ rule }) => (rule.kind === 'references' && rule.table !== name ? [rule.table] : []));
}

/** Each table after those that it refers to; or a circle of them. */
function inOrder(tables: readonly Described[]): { order: Described[]; circle: string[] | undefined } {
  const order: Described[] = [];
  let circle: string[] | undefined;
  const visit = (table: Described, path: readonly string[]): void => {
    if (circle !== undefined || order.includes(table)) return;
    if (path.includes(table.name)) {
      circle = [...path.slice(path.indexOf(table.name)), table.name];
      return;
    }
    for (const name of referredBy(table)) {
      const referred = tables.find((t) => t.name === name);
      if (referred !== undefined) visit(referred, [...path, table.name]);
    }
    order.push(table);
  };
  for (const table of tables) visit(table, []);
  return { order, circle };
}

function compiled(
  { name, raw, columns, primary }: Described,
  all: readonly Described[],
  { seed: seedOfAll, topicPrefix }: { readonly seed: number; readonly topicPrefix: string },
  problems: ConfigProblem[],
): RelatedTable {
  const seedOf = (table: string): number => mixed(seedOfAll, table);
  const referred = (table: string, column?: string): ReferredKey => {
    const found = all.find((t) => t.name === table);
    const names = all.map((t) => t.name);
    if (found === undefined)
      throw new ConnectError(
        `there is no table ${table}. ${didYouMean(table, names) ?? `There are ${names.join(', ')}`}`,
      );
    const key = found.primary;
    if (key === undefined) throw new ConnectError(`table ${table} has no PRIMARY KEY to refer to`);
    if (column !== undefined && column !== key.name)
      throw new ConnectError(`${table}(${column}) is not the PRIMARY KEY of ${table}, which is ${key.name}`);
    return { type: key.type, keyOf: keyValues(key, seedOf(table)) };
  };
  const number = (key: { readonly name: string; readonly default?: string | null | undefined }): number | undefined => {
    const text = raw[key.name] ?? key.default;
    return text === null || text === undefined ? undefined : Number(text);
  };
  const maxRows = number(TABLE.maxRows) ?? Infinity;
  const isReferred = all.some((t) => referredBy(t).includes(name));
  const values: ColumnValue[] = [];
  try {
    for (const column of columns)
      values.push(column === primary ? ofRow(keyValues(column, seedOf(name))) : columnValues(column, referred));
  } catch (error) {
    problems.push(invalidSetting(settingOf(name, TABLE.columns.name), raw[TABLE.columns.name] ?? '', messageOf(error)));
  }
  return {
    name,
    topic: `${topicPrefix}${raw[TABLE.topic.name] ?? name}`,
    schema: structOf(columns.map((column) => ({ name: column.name, schema: schemaOfSqlType(column.type) }))),
    values,
    key: columns.findIndex((c) => c.key !== undefined),
    isTable: primary !== undefined,
    initialRows: number(TABLE.initialRows) ?? (isReferred ? Math.min(REFERRED_ROWS, maxRows) : 0),
    weight: number(TABLE.weight) ?? 0,
    maxRows,
    updateRate: number(TABLE.updateRate) ?? 0,
    duplicateRate: number(TABLE.duplicateRate) ?? 0,
    lateRate: number(TABLE.lateRate) ?? 0,
    lateMaxMs: number(TABLE.lateMaxMs) ?? 0,
    seed: seedOf(name),
  };
}

const ofRow =
  (keyOf: (row: number) => unknown): ColumnValue =>
  ({ row }) =>
    keyOf(row);

/** A separate seed for each table, so that the tables' random numbers do not depend on one another (FNV-1a). */
function mixed(seed: number, name: string): number {
  let hash = seed ^ 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash | 0;
}
