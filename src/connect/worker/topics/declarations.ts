import { formatType, type SqlType } from '../../../types/sql-type.ts';
import { assertNever } from '../../../base/assert.ts';
import type { RawConfig } from '../../api/config-spec.ts';
import type { TopicDeclaration } from '../../api/connector.ts';
import { LOGICAL, schemasEqual, type ConnectSchema } from '../../api/schema.ts';
import { sqlTypeOf } from '../../api/sql-mapping.ts';
import type { SourceRecord } from '../../api/record.ts';
import type { SourceDeclaration, TopicColumn, TopicSchema } from '../../client/api.ts';
import { converterChoice, declarationSettings } from '../config/framework-settings.ts';
import type { TransformChain } from '../tasks/transform-chain.ts';
import type { PluginCatalog } from '../plugins/plugin-catalog.ts';
import type { StoredDeclaration } from '../store/worker-store.ts';

/** Converts what a source declares about a topic into what SQL may declare over it. */

/** The declaration after the connector's transforms; undefined when they cannot be predicted or drop the records. */
export function throughTransforms(
  declaration: TopicDeclaration,
  chain: TransformChain | undefined,
): TopicDeclaration | undefined {
  if (chain === undefined) return declaration;
  const sample: SourceRecord = {
    topic: declaration.topic,
    keySchema: declaration.keySchema,
    key: declaration.keySchema === null ? null : sampleValue(declaration.keySchema),
    valueSchema: declaration.valueSchema,
    value: declaration.valueSchema === null ? null : sampleValue(declaration.valueSchema),
    timestamp: 0,
    sourcePartition: {},
    sourceOffset: null,
  };
  let result: SourceRecord | null;
  try {
    result = chain.apply(sample);
  } catch {
    return undefined;
  }
  if (result === null) return undefined;
  return withSchemas({ ...declaration, topic: result.topic }, result.keySchema, result.valueSchema);
}

/** The declaration with other schemas: it remains a table only while the key consists of the same columns. */
export function withSchemas(
  declaration: TopicDeclaration,
  key: ConnectSchema | null,
  value: ConnectSchema | null,
): TopicDeclaration {
  if (schemasEqual(key, declaration.keySchema) && schemasEqual(value, declaration.valueSchema)) return declaration;
  const columns =
    key === null
      ? []
      : key.type === 'STRUCT'
        ? key.fields.map((f) => f.name)
        : declaration.keyColumns.length === 1
          ? declaration.keyColumns
          : ['rowkey'];
  const same =
    columns.length === declaration.keyColumns.length && columns.every((c) => declaration.keyColumns.includes(c));
  return {
    ...declaration,
    keySchema: key,
    valueSchema: value,
    keyColumns: columns,
    isTable: declaration.isTable && same && key !== null,
  };
}

/** An example value of a schema: zeros and empty texts. */
export function sampleValue(schema: ConnectSchema): unknown {
  switch (schema.type) {
    case 'BOOLEAN':
      return false;
    case 'STRING':
      return '';
    case 'BYTES':
      return schema.name === LOGICAL.decimal ? 0n : new Uint8Array(0);
    case 'ARRAY':
      return [];
    case 'MAP':
      return new Map();
    case 'STRUCT':
      return schema.fields.map((f) => sampleValue(f.schema));
    case 'INT8':
    case 'INT16':
    case 'INT32':
    case 'INT64':
    case 'FLOAT32':
    case 'FLOAT64':
      return 0;
    default:
      return assertNever(schema);
  }
}

interface Side {
  readonly format: string | undefined;
  readonly columns: readonly TopicColumn[];
}

/** The topic's columns, and the SQL formats that read the output of the connector's converters. */
export function topicSchemaOf(
  stored: StoredDeclaration,
  config: RawConfig,
  workerDefaults: RawConfig,
  catalog: PluginCatalog,
): TopicSchema {
  const key = sideOf('key', stored.keySchema, stored.keyColumns, config, workerDefaults, catalog);
  const value = sideOf('value', stored.valueSchema, ['value'], config, workerDefaults, catalog);
  return {
    topic: stored.topic,
    connector: stored.connector,
    key: key.columns,
    // A source of rows repeats the key in the value, but a column of SQL has one place.
    value: value.columns.filter((v) => !key.columns.some((k) => repeatOf(k, value.columns) === v)),
    // Without a key nothing is read, and any format will do.
    keyFormat: stored.keySchema === null ? 'KAFKA' : key.format,
    valueFormat: value.format,
    isTable: stored.isTable && key.format !== undefined,
    bareValue: stored.valueSchema !== null && stored.valueSchema.type !== 'STRUCT' && !KNOWS_BARE.has(value.format),
  };
}

/** Formats that read an unwrapped value without being told. */
const KNOWS_BARE: ReadonlySet<string | undefined> = new Set(['KAFKA', 'CONNECT_JSON']);

/**
 * The column of the value that repeats a key column: with the same name, otherwise with the same name in another case.
 */
function repeatOf({ name }: TopicColumn, columns: readonly TopicColumn[]): TopicColumn | undefined {
  return columns.find((c) => c.name === name) ?? columns.find((c) => c.name.toUpperCase() === name.toUpperCase());
}

function sideOf(
  side: 'key' | 'value',
  schema: ConnectSchema | null,
  names: readonly string[],
  config: RawConfig,
  workerDefaults: RawConfig,
  catalog: PluginCatalog,
): Side {
  if (schema === null) return { format: undefined, columns: [] };
  const { className, settings } = converterChoice(side, config, workerDefaults);
  const converter = catalog.converterNamed(className);
  const type = sqlTypeOf(schema);
  const columnsOf = (t: SqlType): TopicColumn[] =>
    t.kind === 'STRUCT'
      ? t.fields.map((f) => ({ name: f.name, type: formatType(f.type) }))
      : [{ name: names[0] ?? (side === 'key' ? 'rowkey' : 'value'), type: formatType(t) }];
  const form = converter?.sqlForm?.(schema, settings, side === 'key');
  return { format: form?.format, columns: columnsOf(form?.type ?? type) };
}

/** The suggested automatic CREATE TABLE or STREAM. */
export function declarationOf(
  stored: StoredDeclaration,
  schema: TopicSchema,
  config: RawConfig,
  byDefault: boolean,
  partitions: number,
): SourceDeclaration {
  const { declares = byDefault, namePrefix = `${stored.connector}_` } = declarationSettings(config);
  const readable =
    schema.valueFormat !== undefined &&
    schema.key.length + schema.value.length > 0 &&
    (stored.keySchema === null || schema.keyFormat !== undefined);
  return {
    ...schema,
    name: `${namePrefix}${stored.entity}`.replaceAll(/[^A-Za-z0-9_]+/g, '_').toUpperCase(),
    entity: stored.entity,
    partitions,
    note: readable
      ? stored.note
      : schema.key.length + schema.value.length === 0 && stored.valueSchema?.type === 'STRUCT'
        ? `${stored.entity} has no columns: there is nothing to declare`
        : 'SQL has no format for what the converters of this connector write',
    declare: readable && declares,
  };
}
