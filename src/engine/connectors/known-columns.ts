import { SluiceError } from '../../base/errors.ts';
import { NO_SPAN } from '../../base/span.ts';
import { didYouMean } from '../../base/suggest.ts';
import type { TopicSchema } from '../../connect/client/api.ts';
import type { ColumnDefinition } from '../../sql/ast/definition.ts';
import { resolveType, type PlainType, type TypeReference } from '../../sql/ast/types.ts';
import { parseColumnList } from '../../sql/parse.ts';
import { formatBareName, formatName } from '../../sql/printer/names.ts';
import { formatType, quoteIdentifier, type SqlType } from '../../types/sql-type.ts';
import type { Services } from '../services.ts';
import { columnMeant } from './column-names.ts';
import { columnType } from './column-type.ts';
import { readingOf } from './declared-columns.ts';
import { columnsText, type CreateSource, property, textOf, textProperty } from './source-properties.ts';

/** A CREATE over a known topic, and remarks for the user. */
export interface KnownSource {
  readonly statement: CreateSource;
  readonly notes: readonly string[];
}

/**
 * The worker knows the schema of a topic that a connector of the embedded worker writes. A CREATE without a column list
 * takes its columns, and formats that are not given, from there. One with a list is checked exactly as strictly as the
 * topic will be read.
 * @throws SluiceError STATEMENT for columns into which no record could be read
 */
export function withKnownColumns(statement: CreateSource, services: Services): KnownSource {
  const topic = textOf(statement, 'KAFKA_TOPIC');
  const known = topic === undefined ? undefined : services.connect?.embedded?.topicSchema(topic);
  if (!known) return { statement, notes: [] };
  const notes = statement.sourceType === 'STREAM' && known.isTable ? [eventsNote(statement, known)] : [];
  if (statement.columns.length > 0)
    return { statement, notes: [...notes, ...checkColumns(statement, known, services)] };
  return {
    statement: withColumns(statement, statement.orReplace ? asDeclared(statement, known, services) : known),
    notes,
  };
}

/** The new columns of a source: existing ones at their positions with their current types, followed by new ones. */
function asDeclared(statement: CreateSource, known: TopicSchema, services: Services): TopicSchema {
  const before = services.catalog.current.source(statement.name.name);
  if (before === undefined) return known;
  const kept = before.schema.value
    .filter((c) => c.role === 'VALUE')
    .map((column) => {
      const written = columnMeant(column.name, known.value);
      if (written === undefined) return { name: column.name, type: formatType(column.type) };
      // A type that holds everything written now and before is kept.
      const type = columnType(written.type);
      const holds = readingOf(known.valueFormat ?? 'JSON', false, type, column.type) === 'whole';
      return holds ? { name: written.name, type: formatType(column.type) } : written;
    });
  return { ...known, value: [...kept, ...known.value.filter((c) => columnMeant(c.name, kept) === undefined)] };
}

/**
 * A stream over a table's topic has an event for each change of a row, so counts and sums count a row as often as it
 * was changed.
 */
function eventsNote({ name }: CreateSource, { topic, key }: TopicSchema): string {
  const id = key.map((c) => c.name.toUpperCase()).join(', ');
  return (
    `Topic ${topic} mirrors a table: to stream ${name.name} every change of a row is an event of its own. ` +
    `CREATE TABLE ${formatName(`${name.name}_TABLE`)} WITH (KAFKA_TOPIC='${topic}'); holds one row for each ${id}`
  );
}

function withColumns(statement: CreateSource, known: TopicSchema): CreateSource {
  if (statement.sourceType === 'TABLE' && known.key.length === 0) {
    throw new SluiceError(
      'STATEMENT',
      `Cannot create table ${statement.name.name}: the records of topic ${known.topic} have no key`,
      {
        span: statement.name.span,
        hint: `Its source has no primary key. CREATE STREAM ${statement.name.name} WITH (KAFKA_TOPIC='${known.topic}', ...) reads it as a stream.`,
      },
    );
  }
  const properties = [...statement.properties];
  const has = (name: string): boolean => properties.some((p) => p.name.toUpperCase() === name);
  const add = (name: string, value: string | undefined): void => {
    if (value === undefined || has(name) || has('FORMAT')) return;
    properties.push(textProperty(name, value));
  };
  if (known.key.length > 0) add('KEY_FORMAT', known.keyFormat);
  add('VALUE_FORMAT', known.valueFormat);
  if (known.bareValue === true && !has('WRAP_SINGLE_VALUE'))
    properties.push(property('WRAP_SINGLE_VALUE', { kind: 'BooleanLiteral', value: false, span: NO_SPAN }));
  return { ...statement, columns: parseColumnList(columnsText(statement, known)), properties };
}

/** @returns remarks about values that are read in part */
function checkColumns(statement: CreateSource, known: TopicSchema, services: Services): readonly string[] {
  const notes: string[] = [];
  const columns = [...known.key, ...known.value];
  const problems: string[] = [];
  let first: ColumnDefinition | undefined;
  let hint: string | undefined;
  const texts = textsTakenApart(statement, known);
  if (texts === 'quoted')
    notes.push(
      `Connector ${known.connector} writes each value as one text in quotes, which JSON does not take apart: ALTER CONNECTOR ${formatBareName(known.connector)} SET ('value.converter'='org.apache.kafka.connect.storage.StringConverter'); has a text that is JSON stand as it is, from then on`,
    );
  for (const column of statement.columns) {
    if (column.role === 'HEADER' || column.role === 'HEADERS') continue;
    const isKey = column.role !== 'VALUE';
    // Whether the texts are JSON with these columns their records tell.
    if (!isKey && texts !== undefined) continue;
    // A value that stands alone on the topic has no name there: its name is the user's choice.
    const alone = isKey ? known.key.length === 1 && known.key[0] : standsAlone(known) && known.value[0];
    const match = alone !== undefined && alone !== false ? alone : columnMeant(column.name.name, columns);
    if (!match) {
      const hint = didYouMean(
        column.name.name,
        columns.map((c) => c.name.toUpperCase()),
      );
      const missing = `${quoteIdentifier(column.name.name)} is not in topic ${known.topic} (columns: ${columns.map((c) => c.name).join(', ')})`;
      const guess = hint === undefined ? '' : `. ${hint}`;
      if (!isKey) {
        notes.push(`${missing}: it is NULL in every row${guess}`);
        continue;
      }
      problems.push(`${missing}${guess}`);
      first ??= column;
      continue;
    }
    const declared = typeOf(column, services);
    const actual = columnType(match.type);
    const format = formatOf(statement, known, isKey);
    const reading = format === undefined ? 'whole' : readingOf(format, isKey, actual, declared);
    if (reading === 'whole') continue;
    const message = `${quoteIdentifier(column.name.name)} is declared ${formatType(declared)}, and connector ${known.connector} writes ${formatType(actual)}`;
    if (reading === 'in part') notes.push(`${message}: a value that does not fit is lost or read as another`);
    else {
      problems.push(`${message}${format === undefined ? '' : `, which ${format} does not read as that`}`);
      hint ??= `Declare ${quoteIdentifier(column.name.name)} ${formatType(actual)}, or leave the columns out: they are known.`;
      first ??= column;
    }
  }
  if (problems.length > 0) throw new SluiceError('STATEMENT', problems.join('\n'), { span: first?.span, hint });
  return notes;
}

/**
 * The format in which the statement will read keys or values; undefined when it names none (defaults of the server).
 */
function formatOf(statement: CreateSource, known: TopicSchema, isKey: boolean): string | undefined {
  return (
    textOf(statement, isKey ? 'KEY_FORMAT' : 'VALUE_FORMAT') ??
    textOf(statement, 'FORMAT') ??
    (isKey ? known.keyFormat : known.valueFormat)
  )?.toUpperCase();
}

/**
 * Whether a statement reads by JSON what a connector writes as one text each, as the lines of a file are: `plain` texts
 * may be JSON, texts in quotes are none but themselves.
 */
function textsTakenApart(statement: CreateSource, known: TopicSchema): 'plain' | 'quoted' | undefined {
  const [lone] = known.value;
  if (lone === undefined || !standsAlone(known) || columnType(lone.type).kind !== 'STRING') return undefined;
  const isUnwrapped = statement.properties.some(
    ({ name, value }) =>
      name.toUpperCase() === 'WRAP_SINGLE_VALUE' && value.kind === 'BooleanLiteral' && value.value === false,
  );
  if (isUnwrapped || formatOf(statement, known, false) !== 'JSON') return undefined;
  return known.valueFormat === 'KAFKA' ? 'plain' : 'quoted';
}

/** Whether the values of the topic are one plain value each, not a record with fields. */
function standsAlone({ value, bareValue, valueFormat }: TopicSchema): boolean {
  return value.length === 1 && (bareValue === true || valueFormat === 'KAFKA');
}

function typeOf(column: ColumnDefinition, services: Services): SqlType {
  return resolveType(column.type, (reference: TypeReference) => {
    const found = services.catalog.current.type(reference.name);
    if (!found)
      throw new SluiceError('STATEMENT', `Cannot resolve unknown type: ${reference.name}`, { span: reference.span });
    return found as PlainType;
  }) as SqlType;
}
