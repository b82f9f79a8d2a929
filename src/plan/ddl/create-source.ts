import { checkSourceName } from '../../base/topic-name.ts';
import { formatName } from '../../sql/printer/names.ts';
import { KEYS } from '../../config/keys.ts';
import { SluiceError } from '../../base/errors.ts';
import { alreadyExists } from '../../catalog/catalog.ts';
import type { Source, SourceTopic, SourceWindow } from '../../catalog/source.ts';
import type { FormatDefinition } from '../../formats/api.ts';
import type * as ast from '../../sql/ast/definition.ts';
import type { LogicalSchema } from '../../types/schema.ts';
import { quoteIdentifier } from '../../types/sql-type.ts';
import { type PlanContext, requireEnabled } from '../context.ts';
import { reject } from '../errors.ts';
import { prepareError, readWithClause, type WithClause, type WindowType } from '../properties/with-clause.ts';
import { rejectMapKeys } from '../serde/map-keys.ts';
import {
  avroKeyName,
  defaultFormat,
  explicitFormat,
  findFormat,
  formatInfo,
  formatProperties,
  keyFeatures,
  validateSide,
  valueFeatures,
  type Side,
} from '../serde/topic-formats.ts';
import { type SchemaToRegister, statementPlan, type StatementPlan } from '../statement-plan.ts';
import { planSourceTable } from '../query/from/source-table.ts';
import { bindColumns } from './columns.ts';
import { checkEvolution } from './evolution.ts';
import { inferSchema, subjectOf } from './schema-inference.ts';
import { bindTimestamp, timestampWarnings } from './timestamp.ts';
import { topicForSource, topicWarnings } from './topic-for-source.ts';

/** Plans CREATE [OR REPLACE] [SOURCE] STREAM|TABLE without AS. @throws SluiceError */
export function planCreateSource(statement: ast.CreateSource, text: string, context: PlanContext): StatementPlan {
  const existing = context.catalog.sources.get(statement.name.name);
  if (statement.orReplace) requireEnabled(context.config, KEYS.createOrReplaceEnabled, 'CREATE OR REPLACE');
  if (statement.columns.some((c) => c.role === 'HEADERS' || c.role === 'HEADER')) {
    requireEnabled(context.config, KEYS.headersColumnsEnabled, 'Declaring HEADERS columns');
  }
  checkReplacement(statement, existing);
  if (existing !== undefined && statement.ifNotExists) return alreadyThere(statement, text, existing);

  checkSourceName(statement.name.name, statement.sourceType.toLowerCase(), statement.name.span);
  const clause = readWithClause(statement.properties, 'C');
  const topicName = clause.string('KAFKA_TOPIC');
  if (topicName === undefined) {
    throw prepareError(
      'Missing required property "KAFKA_TOPIC" which has no default value.',
      statement.name.span,
      `Say which topic it is over: WITH (KAFKA_TOPIC='${statement.name.name.toLowerCase()}', VALUE_FORMAT='JSON', PARTITIONS=1), where PARTITIONS makes a topic that is not there.`,
    );
  }
  const { schema, topic } = describeSource(statement, clause, topicName, context);
  const topicToCreate = topicForSource(context, clause, topicName, statement.sourceType === 'TABLE');
  const source: Source = {
    kind: statement.sourceType,
    name: statement.name.name,
    schema,
    topic,
    timestamp: bindTimestamp(clause, schema),
    isSource: statement.readOnly,
    isCasTarget: false,
    sql: text,
    partitions: topicToCreate.partitions,
    createdBy: clause.string('SOURCED_BY_CONNECTOR'),
    derivesReadTimes: (statement.sourceType === 'TABLE' && isOfConnector(topicName, context)) || undefined,
  };
  if (existing !== undefined) {
    if (!statement.orReplace)
      throw new SluiceError('STATEMENT', alreadyExists(source, existing), {
        span: statement.name.span,
        hint: existsAdvice(source, existing),
      });
    checkEvolution(existing, source);
  }
  return statementPlan(text, {
    ddl: { kind: 'CreateSource', source, orReplace: statement.orReplace },
    query: isKept(source, context) ? planSourceTable(source, context) : undefined,
    topics: [topicToCreate],
    warnings: [...topicWarnings(clause, topicToCreate), ...timestampWarnings(source.timestamp?.format, clause)],
    schemas: schemasToRegister(statement, schema, topic, context),
  });
}

/** Whether a connector writes the topic: now, or according to the tables that were declared for it. */
function isOfConnector(topic: string, { topics, catalog }: PlanContext): boolean {
  return (
    topics.find(topic)?.connector !== undefined || catalog.sourcesOfTopic(topic).some((s) => s.createdBy !== undefined)
  );
}

/** Whether rows of the source are kept for pull queries, as those of a SOURCE table are. */
function isKept(source: Source, context: PlanContext): boolean {
  return source.isSource && source.kind === 'TABLE' && context.config.get(KEYS.sourceTableMaterializationEnabled);
}

/** The schema and formats that a CREATE (or an ASSERT STREAM|TABLE) describes. */
function describeSource(
  statement: Pick<ast.CreateSource, 'columns' | 'sourceType' | 'name'>,
  clause: WithClause,
  topicName: string,
  context: PlanContext,
): { readonly schema: LogicalSchema; readonly topic: SourceTopic } {
  const declared = bindColumns(statement.columns, statement.sourceType, context.catalog);
  const keyFormat = sideFormat(clause, 'KEY', context);
  const valueFormat = sideFormat(clause, 'VALUE', context);
  checkSchemaIds(clause, declared, keyFormat, valueFormat);
  let keyProperties = formatProperties(clause, 'KEY', keyFormat);
  const valueProperties = formatProperties(clause, 'VALUE', valueFormat);
  const valueColumns = declared.value.filter((c) => c.role === 'VALUE').length;
  const schema = inferSchema(
    context,
    topicName,
    declared,
    {
      format: keyFormat,
      info: formatInfo(keyFormat, keyProperties),
      features: keyFeatures(keyFormat, 1),
      schemaId: clause.number('KEY_SCHEMA_ID'),
    },
    {
      format: valueFormat,
      info: formatInfo(valueFormat, valueProperties),
      features: valueFeatures(clause, context.config, valueFormat, valueColumns, valueColumns > 0),
      schemaId: clause.number('VALUE_SCHEMA_ID'),
    },
  );
  if (schema.key.length === 0 && schema.value.length === 0) {
    const { name, sourceType } = statement;
    const key = sourceType === 'TABLE' ? 'id INT PRIMARY KEY, ' : '';
    throw reject(
      'The statement does not define any columns. No columns supplied.',
      name.span,
      `Name the columns: CREATE ${sourceType} ${formatName(name.name)} (${key}a INT, …) WITH (…). PRINT '${topicName}' FROM BEGINNING LIMIT 1; shows what a record holds. The formats of a schema registry (AVRO, PROTOBUF, JSON_SR) bring them along.`,
    );
  }
  if (statement.sourceType === 'TABLE' && schema.key.length === 0) {
    throw reject(
      'Tables require a PRIMARY KEY. Please define the PRIMARY KEY.',
      statement.name.span,
      'Mark a column as PRIMARY KEY in the column list.',
    );
  }
  rejectMapKeys(
    schema.key,
    schema.key.map((k) => statement.columns.find((c) => c.name.name === k.name)?.span),
  );
  const values = schema.value.filter((c) => c.role === 'VALUE');
  const featuresOfKey = keyFeatures(keyFormat, schema.key.length);
  const featuresOfValue = valueFeatures(clause, context.config, valueFormat, values.length);
  if (keyFormat.name === 'AVRO' && schema.key.length > 0 && keyProperties['fullSchemaName'] === undefined) {
    keyProperties = { fullSchemaName: avroKeyName(statement.name.name), ...keyProperties };
  }
  const site = {
    formats: context.formats,
    clause,
    spanOfColumn: (name: string) => statement.columns.find((c) => c.name.name === name)?.span,
  };
  validateSide(keyFormat, schema.key, featuresOfKey, 'KEY', site);
  validateSide(valueFormat, values, featuresOfValue, 'VALUE', site);
  return {
    schema,
    topic: {
      name: topicName,
      keyFormat: formatInfo(keyFormat, keyProperties),
      valueFormat: formatInfo(valueFormat, valueProperties),
      keyFeatures: featuresOfKey,
      valueFeatures: featuresOfValue,
      window: windowOf(clause, schema, statement),
    },
  };
}

function sideFormat(clause: WithClause, side: Side, context: PlanContext): FormatDefinition {
  const name = explicitFormat(clause, side) ?? defaultFormat(context.config, side);
  if (name === undefined) {
    throw reject(
      `Statement is missing the '${side}_FORMAT' property from the WITH clause. Either provide one or set a default via the ` +
        `'ksql.persistence.default.format.${side.toLowerCase()}' config.`,
      undefined,
      `${side}_FORMAT='JSON' in WITH (…), or how the records are written: 'AVRO', 'PROTOBUF', 'DELIMITED', …`,
    );
  }
  return findFormat(context, name, clause.spanOf(`${side}_FORMAT`) ?? clause.spanOf('FORMAT'));
}

/** What to write when the name is taken. */
function existsAdvice(wanted: Source, existing: Source): string {
  const { kind, name } = existing;
  const shown = name === name.toUpperCase() ? name : quoteIdentifier(name);
  if (wanted.kind !== kind) return `Choose another name, or DROP ${kind} ${shown}; first.`;
  return `CREATE OR REPLACE ${kind} ${shown} …; changes it, CREATE ${kind} IF NOT EXISTS ${shown} …; leaves it as it is, DROP ${kind} ${shown}; takes it away.`;
}

function checkSchemaIds(
  clause: WithClause,
  declared: LogicalSchema,
  keyFormat: FormatDefinition,
  valueFormat: FormatDefinition,
): void {
  const sides = [
    ['KEY', keyFormat, declared.key.length],
    ['VALUE', valueFormat, declared.value.filter((c) => c.role === 'VALUE').length],
  ] as const;
  for (const [side, format, columns] of sides) {
    checkSchemaIdFormat(clause, side, format);
    if (clause.has(`${side}_SCHEMA_ID`) && columns > 0) {
      throw reject(
        `Table elements and ${side}_SCHEMA_ID cannot both exist for create statement.`,
        clause.spanOf(`${side}_SCHEMA_ID`),
      );
    }
  }
}

/** A schema id makes sense only for formats with a registry. */
export function checkSchemaIdFormat(clause: WithClause, side: Side, format: FormatDefinition): void {
  if (!clause.has(`${side}_SCHEMA_ID`) || format.schemaInference) return;
  throw reject(
    `${side}_FORMAT should support schema inference when ${side}_SCHEMA_ID is provided. Current format is ${format.name}.`,
    clause.spanOf(`${side}_SCHEMA_ID`),
  );
}

function windowOf(
  clause: WithClause,
  schema: LogicalSchema,
  statement: Pick<ast.CreateSource, 'name'>,
): SourceWindow | undefined {
  const type = clause.string('WINDOW_TYPE') as WindowType | undefined;
  if (type === undefined) return undefined;
  if (schema.key.length === 0) {
    throw reject('Windowed sources require a key column.', statement.name.span);
  }
  return { type, sizeMs: clause.number('WINDOW_SIZE') };
}

/** SOURCE streams and tables are read-only: they cannot be replaced, and replace nothing. */
function checkReplacement(statement: ast.CreateSource, existing: Source | undefined): void {
  if (!statement.orReplace || !(statement.readOnly || existing?.isSource === true)) return;
  const kind = statement.sourceType.toLowerCase();
  throw reject(
    `Cannot add ${kind} '${statement.name.name}': CREATE OR REPLACE is not supported on source ${kind}s.`,
    statement.name.span,
  );
}

function alreadyThere(statement: ast.CreateSource, text: string, existing: Source): StatementPlan {
  const wanted = { kind: statement.sourceType, name: statement.name.name };
  return statementPlan(text, { skipped: true, warnings: [alreadyExists(wanted, existing)] });
}

/** Formats with a registry get their schema registered, unless the user named one or the subject has one. */
function schemasToRegister(
  statement: ast.CreateSource,
  schema: LogicalSchema,
  topic: SourceTopic,
  context: PlanContext,
): SchemaToRegister[] {
  const sides = [
    ['KEY', topic.keyFormat, topic.keyFeatures, schema.key],
    ['VALUE', topic.valueFormat, topic.valueFeatures, schema.value.filter((c) => c.role === 'VALUE')],
  ] as const;
  const found: SchemaToRegister[] = [];
  for (const [side, info, features, columns] of sides) {
    const declared = statement.columns.some((c) =>
      side === 'KEY' ? c.role === 'KEY' || c.role === 'PRIMARY KEY' : c.role === 'VALUE',
    );
    const format = findFormat(context, info.format);
    if (!declared || columns.length === 0 || format.registrySchema === undefined) continue;
    found.push({
      subject: subjectOf(topic.name, side),
      schema: format.registrySchema({ columns, features, isKey: side === 'KEY' }, info, topic.name),
      mode: 'ifAbsent',
    });
  }
  return found;
}
