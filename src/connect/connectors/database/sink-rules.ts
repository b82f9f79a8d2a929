import { commaList } from '../../../base/comma-list.ts';
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
  return check.problems;
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
