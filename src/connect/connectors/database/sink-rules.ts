import { commaList } from '../../../base/comma-list.ts';
import { didYouMean } from '../../../base/suggest.ts';
import { RuleCheck, writtenText, type ConfigProblem, type RawConfig } from '../../api/config-spec.ts';
import type { Place, SqlSource } from '../../api/connector.ts';
import { CONNECTION } from './connection-keys.ts';
import type { DatabaseEntry } from './entry.ts';
import { fullName, splitName, TableNames } from './table-names.ts';
import { SINK } from './sink-keys.ts';

/** Rules between the settings of a sink. */
export function checkSink(config: RawConfig): ConfigProblem[] {
  const check = new RuleCheck(config);
  const insertMode = check.choice(SINK.insertMode);
  const pkMode = check.choice(SINK.pkMode);
  const fields = commaList(writtenText(config, SINK.pkFields));
  if (insertMode !== 'insert' && pkMode === 'none')
    check.refuse(
      SINK.pkMode,
      `insert.mode=${insertMode} needs a primary key: pk.mode=record_key takes that of the records, pk.mode=record_value with pk.fields=a,b columns of their values`,
    );
  if (check.choice(SINK.deleteEnabled) === 'true' && pkMode !== 'record_key')
    check.refuse(SINK.deleteEnabled, 'Deletes are only supported for pk.mode record_key');
  if (pkMode === 'kafka' && fields.length > 0 && fields.length !== 3)
    check.refuse(SINK.pkFields, 'pk.mode=kafka needs three names: topic, partition and offset', fields.join(','));
  return [...check.problems, ...keyProblems(config, pkMode, fields)];
}

/** Keys that the records of SQL sources do not have: with them the task would fail at the first record. */
function keyProblems(config: RawConfig, pkMode: string, fields: readonly string[]): ConfigProblem[] {
  if ((config['transforms'] ?? '').trim() !== '') return [];
  const keys = sourceColumns(config, 'key');
  const values = sourceColumns(config, 'value');
  const appended = new Set(commaList(writtenText(config, SINK.appendTopics)));
  if (pkMode === 'record_key') {
    const keyless = [...keys].filter(([topic, columns]) => columns.length === 0 && !appended.has(topic));
    return keyless.slice(0, 1).map(([topic]) => {
      const columns = values.get(topic) ?? [];
      const likely = columns.find((name) => /(?:^|_)id$/i.test(name)) ?? columns[0] ?? 'column';
      return {
        key: SINK.pkMode.name,
        message: `Invalid value record_key for configuration ${SINK.pkMode.name}: the records of topic ${topic} have no key (no column of it is KEY)`,
        hint: `pk.mode='record_value', pk.fields='${likely}' takes columns of the values as the key, of ${columns.join(', ')}; pk.mode='kafka' the position of each record.`,
      };
    });
  }
  if (pkMode !== 'record_value') return [];
  return [...values].flatMap(([topic, columns]) =>
    fields
      .filter((field) => !columns.some((name) => name.toLowerCase() === field.toLowerCase()))
      .slice(0, 1)
      .map((field) => ({
        key: SINK.pkFields.name,
        message: `Invalid value ${fields.join(',')} for configuration ${SINK.pkFields.name}: the values of topic ${topic} have no ${field}. ${didYouMean(field, columns) ?? `They have ${columns.join(', ')}`}`,
      })),
  );
}

/** The columns of SQL sources by topic, as the converter of one side knows them; empty without sources. */
function sourceColumns(config: RawConfig, side: 'key' | 'value'): ReadonlyMap<string, readonly string[]> {
  const text = config[`${side}.converter.sources`];
  if (text === undefined) return new Map();
  try {
    const lower = config[`${side}.converter.names.case`] === 'lower';
    const sources = JSON.parse(text) as Record<string, { columns: readonly { name: string }[] }>;
    return new Map(
      Object.entries(sources).map(([topic, { columns }]) => [
        topic,
        columns.map(({ name }) => (lower ? name.toLowerCase() : name)),
      ]),
    );
  } catch {
    // The converter's own check reports it.
    return new Map();
  }
}

/** The tables that the records of these topics go to. */
export function targetsOf(
  { parseUrl, systemOf, defaultSchema }: DatabaseEntry,
  config: RawConfig,
  topics: readonly string[],
): readonly { topic: string; place: Place }[] {
  const target = parseUrl(writtenText(config, CONNECTION.connectionUrl));
  if (typeof target === 'string') return [];
  const pairs = writtenText(config, SINK.topicsToTablesMapping)
    .split(',')
    .map((pair) => pair.trim());
  const isFolded = writtenText(config, SINK.quoteSqlIdentifiers).toLowerCase() === 'never';
  const names = new TableNames(writtenText(config, SINK.tableNameFormat), pairs, isFolded);
  return topics.map((topic) => {
    const { schema = target.schema ?? defaultSchema, name } = splitName(names.of(topic));
    return { topic, place: { system: systemOf(target), name: fullName({ schema, name }) } };
  });
}

/**
 * Defaults of a sink with `sources='A'`: a table is written by its key, to a table with the source's name in lower
 * case.
 */
export function sourcesDefaults(sources: readonly SqlSource[], config: RawConfig): RawConfig {
  const isUpserted = (s: SqlSource): boolean => s.isTable && s.hasKey;
  const events = sources.filter((s) => !isUpserted(s));
  const asSaid = [SINK.pkMode, SINK.insertMode, SINK.deleteEnabled].some(({ name }) => config[name] !== undefined);
  // Names that are equal in lower case are kept unchanged.
  const lower = sources.map((s) => s.name.toLowerCase());
  const tableOf = ({ name }: SqlSource): string =>
    /^[A-Z_][A-Z0-9_]*$/.test(name) && lower.filter((n) => n === name.toLowerCase()).length === 1
      ? name.toLowerCase()
      : name;
  const mixed = events.length > 0 && events.length < sources.length && !asSaid;
  return {
    // It takes precedence over table.name.format: when the user sets that, the source's name is not used.
    ...(config[SINK.tableNameFormat.name] === undefined && {
      'topics.to.tables.mapping': sources.map((s) => `${s.topic}:${tableOf(s)}`).join(','),
    }),
    'auto.create': 'true',
    'auto.evolve': 'true',
    // A stream's rows repeat their keys, so their positions identify them, which also prevents writing a row twice.
    ...(events.length === 0 || mixed
      ? { 'insert.mode': 'upsert', 'pk.mode': 'record_key', 'delete.enabled': 'true' }
      : { 'insert.mode': 'upsert', 'pk.mode': 'kafka' }),
    ...(mixed && { 'append.topics': events.map((s) => s.topic).join(',') }),
    ...(!mixed && events.some((s) => s.hasKey) && { 'record.key.columns': 'true' }),
  };
}
