import { SluiceError } from '../../base/errors.ts';
import type { FormatDefinition, FormatInfo, RegistrySchema, SerdeFeature } from '../../formats/api.ts';
import type { Column, LogicalSchema } from '../../types/schema.ts';
import type { PlanContext } from '../context.ts';
import { reject } from '../errors.ts';
import type { Side } from '../serde/topic-formats.ts';

/** The key or the value of a topic whose columns come from the schema registry. */
export interface InferredSide {
  readonly format: FormatDefinition;
  readonly info: FormatInfo;
  readonly features: readonly SerdeFeature[];
  readonly schemaId: number | undefined;
}

/** The subject of the schemas for a topic's keys or values. */
export function subjectOf(topic: string, side: Side): string {
  return `${topic}-${side.toLowerCase()}`;
}

/**
 * The columns of a key or value according to the registry's schema.
 * @throws SluiceError STATEMENT when there is no usable schema
 */
export function inferColumns(context: PlanContext, topic: string, side: Side, inferred: InferredSide): Column[] {
  const schema = findSchema(context, topic, side, inferred.schemaId);
  const { format, info, features } = inferred;
  if (schema === undefined || format.columnsOf === undefined) throw missingSchema(topic, side, inferred.schemaId);
  const expected = schemaTypeOf(format.name);
  if (schema.schemaType !== expected) {
    const property = `${side}_FORMAT`;
    throw reject(
      `Schema for message ${side === 'KEY' ? 'keys' : 'values'} on topic '${topic}' has the wrong format. ` +
        `Expected: ${expected}, actual: ${schema.schemaType}\nSubject: ${subjectOf(topic, side)}`,
      undefined,
      `Use ${property}='${schema.schemaType === 'JSON' ? 'JSON_SR' : schema.schemaType}'.`,
    );
  }
  let columns: readonly { readonly name: string; readonly type: Column['type'] }[];
  try {
    columns = format.columnsOf(schema, { isKey: side === 'KEY', info, features });
  } catch (cause) {
    if (!(cause instanceof Error) || cause instanceof TypeError) throw cause;
    if (cause instanceof SluiceError && info.properties['fullSchemaName'] !== undefined && cause.code === 'NOT_FOUND') {
      throw missingSchema(topic, side, inferred.schemaId);
    }
    throw new SluiceError(
      'STATEMENT',
      `Unable to verify if the ${side.toLowerCase()} schema for topic: ${topic} is compatible with ksqlDB.\n` +
        `Reason: ${cause.message}\n\nPlease see https://github.com/confluentinc/ksql/issues/ to see if this particular reason ` +
        `is already known.\nIf not, log a new issue, including this full error message.\nSchema:${schema.schema}`,
      {
        cause,
        hint: 'Name the columns that are needed and have a SQL type: the others are skipped when records are read.',
      },
    );
  }
  return columns.map((c) => ({ name: c.name, type: c.type, role: side === 'KEY' ? 'KEY' : 'VALUE' }));
}

/** The registry's schema type for a format whose columns can be inferred. */
function schemaTypeOf(format: string): RegistrySchema['schemaType'] {
  return format === 'AVRO' ? 'AVRO' : format === 'JSON_SR' ? 'JSON' : 'PROTOBUF';
}

function findSchema(
  context: PlanContext,
  topic: string,
  side: Side,
  schemaId: number | undefined,
): RegistrySchema | undefined {
  if (context.schemas === undefined) {
    throw new SluiceError(
      'REGISTRY_MISSING',
      'Cannot create topic without schema registry: the columns must come from it, and ksql.schema.registry.url is not set.',
      { hint: 'List the columns, or set ksql.schema.registry.url.' },
    );
  }
  return schemaId === undefined
    ? context.schemas.latest(subjectOf(topic, side))?.schema
    : context.schemas.byId(schemaId);
}

/**
 * Adds the columns that a statement leaves to the registry: those of a key or value that declares none and whose format
 * has schemas.
 */
export function inferSchema(
  context: PlanContext,
  topic: string,
  declared: LogicalSchema,
  key: InferredSide,
  value: InferredSide,
): LogicalSchema {
  const headers = declared.value.filter((c) => c.role === 'HEADERS');
  const inferKey = declared.key.length === 0 && key.format.schemaInference;
  const inferValue = declared.value.length === headers.length && value.format.schemaInference;
  return {
    key: inferKey ? inferColumns(context, topic, 'KEY', key) : declared.key,
    value: inferValue ? [...inferColumns(context, topic, 'VALUE', value), ...headers] : declared.value,
  };
}

function missingSchema(topic: string, side: Side, schemaId: number | undefined): SluiceError {
  const what = side === 'KEY' ? 'keys' : 'values';
  const id = schemaId === undefined ? '' : ` with schema id ${schemaId}`;
  return reject(
    `Schema for message ${what} on topic '${topic}'${id} does not exist in the Schema Registry.\n` +
      `Subject: ${subjectOf(topic, side)}\n` +
      `Possible causes include:\n` +
      `- The topic itself does not exist\n\t-> Use SHOW TOPICS; to check\n` +
      `- Messages on the topic are not serialized using a format Schema Registry supports\n` +
      `\t-> Use PRINT '${topic}' FROM BEGINNING; to verify\n` +
      `- Messages on the topic have not been serialized using a Confluent Schema Registry supported serializer\n` +
      `\t-> See https://docs.confluent.io/current/schema-registry/docs/serializer-formatter.html\n` +
      `- The schema is registered on a different instance of the Schema Registry\n` +
      `\t-> Use the REST API to list available subjects\thttps://docs.confluent.io/current/schema-registry/docs/api.html#get--subjects\n` +
      `- You do not have permissions to access the Schema Registry.`,
  );
}
