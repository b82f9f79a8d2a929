import { must } from '../../base/assert.ts';
import { KEYS } from '../../config/keys.ts';
import { SluiceError } from '../../base/errors.ts';
import type { FormatDefinition, FormatInfo, PersistenceSchema, SerdeFeature } from '../../formats/api.ts';
import { formatColumn, type Column } from '../../types/schema.ts';
import type { Span } from '../../base/span.ts';
import { didYouMean } from '../../base/suggest.ts';
import type { Config } from '../../base/config/config.ts';
import type { PlanContext } from '../context.ts';
import type { WithClause } from '../properties/with-clause.ts';

export type Side = 'KEY' | 'VALUE';

/** The definition of a format, by any spelling of its name. */
export function findFormat(context: Pick<PlanContext, 'formats'>, name: string, span?: Span): FormatDefinition {
  const wanted = name.trim().toUpperCase();
  const found = context.formats.find((f) => f.name === wanted);
  if (found === undefined) {
    throw new SluiceError('STATEMENT', `Unknown format: ${wanted}`, {
      span,
      hint: formatAdvice(
        wanted,
        context.formats.map((f) => f.name),
      ),
    });
  }
  return found;
}

/** Alternative names of formats. */
const OTHER_FORMATS: Readonly<Record<string, string>> = {
  CSV: 'DELIMITED',
  TSV: 'DELIMITED',
  TEXT: 'KAFKA',
  STRING: 'KAFKA',
  RAW: 'KAFKA',
  BYTES: 'KAFKA',
  BINARY: 'KAFKA',
  PROTO: 'PROTOBUF',
  PROTOBUF3: 'PROTOBUF',
  JSONSCHEMA: 'JSON_SR',
  JSON_SCHEMA: 'JSON_SR',
  JSONSR: 'JSON_SR',
  JSONB: 'JSON',
  NULL: 'NONE',
};

function formatAdvice(name: string, known: readonly string[]): string {
  const plain = name.replaceAll(/[ -]/g, '_');
  const other = Object.hasOwn(OTHER_FORMATS, plain) ? OTHER_FORMATS[plain] : undefined;
  if (other !== undefined) return `${name} is called ${other} here.`;
  return didYouMean(name, known) ?? `The formats are ${known.join(', ')}.`;
}

/** The format that a WITH clause gives for the key or the value. */
export function explicitFormat(clause: WithClause, side: Side): string | undefined {
  return clause.string('FORMAT') ?? clause.string(`${side}_FORMAT`);
}

/** The configured default format of keys or values. */
export function defaultFormat(config: Config, side: Side): string | undefined {
  const key = side === 'KEY' ? KEYS.persistenceDefaultFormatKey : KEYS.persistenceDefaultFormatValue;
  // A properties file may contain the key without a value.
  return config.get(key) || (key.default ?? undefined);
}

/**
 * The WITH properties for the format of the key or value, under the names that plans use.
 * @throws SluiceError STATEMENT when the format does not support one of them
 */
export function formatProperties(clause: WithClause, side: Side, format: FormatDefinition): Record<string, string> {
  const properties: Record<string, string> = {};
  const fullName =
    clause.string(`${side}_SCHEMA_FULL_NAME`) ??
    (format.name === 'AVRO' || side === 'VALUE' ? clause.string(`${side}_AVRO_SCHEMA_FULL_NAME`) : undefined);
  if (fullName !== undefined) properties['fullSchemaName'] = fullName.trim();
  const delimiter = clause.string(`${side}_DELIMITER`);
  if (delimiter !== undefined) properties['delimiter'] = delimiter;
  const schemaId = clause.number(`${side}_SCHEMA_ID`);
  if (schemaId !== undefined) properties['schemaId'] = String(schemaId);
  const nullable = clause.string(`${side}_PROTOBUF_NULLABLE_REPRESENTATION`);
  if (nullable !== undefined) properties['nullableRepresentation'] = nullable.toLowerCase();
  const timeUnit = clause.string(`${side}_TIME_UNIT`);
  if (timeUnit !== undefined) properties['timeUnit'] = timeUnit.toUpperCase();
  if (format.name === 'PROTOBUF') properties['unwrapPrimitives'] = 'true';
  const unsupported = Object.keys(properties).filter((p) => p !== 'schemaId' && !format.properties.includes(p));
  if (unsupported.length > 0) {
    throw new SluiceError(
      'STATEMENT',
      `${format.name} does not support the following configs: [${unsupported.join(', ')}]`,
      propertyAdvice(clause, side, format, must(unsupported[0], 'unsupported property')),
    );
  }
  format.validateProperties(properties);
  return properties;
}

/** Names the property that does not suit the format, as it is called in the WITH clause. */
function propertyAdvice(
  clause: WithClause,
  side: Side,
  format: FormatDefinition,
  property: string,
): { readonly span: Span | undefined; readonly hint: string } {
  const suffixes: Readonly<Record<string, readonly string[]>> = {
    fullSchemaName: ['SCHEMA_FULL_NAME', 'AVRO_SCHEMA_FULL_NAME'],
    delimiter: ['DELIMITER'],
    nullableRepresentation: ['PROTOBUF_NULLABLE_REPRESENTATION'],
    timeUnit: ['TIME_UNIT'],
  };
  const names = (suffixes[property] ?? [property]).map((suffix) => `${side}_${suffix}`);
  const name = names.find((n) => clause.has(n)) ?? must(names[0], 'name');
  return {
    span: clause.spanOf(name),
    hint: `${name} is not for ${format.name}: leave it out, or choose another ${side}_FORMAT.`,
  };
}

/** Features of a key: a single column is not wrapped where the format supports both. */
export function keyFeatures(format: FormatDefinition, columns: number): SerdeFeature[] {
  return columns === 1 && isWrappable(format) ? ['UNWRAP_SINGLES'] : [];
}

/**
 * Features of a value.
 * @param columnsKnown false while the columns have not been inferred
 * @throws SluiceError STATEMENT when WRAP_SINGLE_VALUE does not suit the format or the columns
 */
export function valueFeatures(
  clause: WithClause,
  config: Config,
  format: FormatDefinition,
  columns: number,
  columnsKnown = true,
): SerdeFeature[] {
  const explicit = clause.boolean('WRAP_SINGLE_VALUE');
  if (explicit !== undefined) {
    const wanted: SerdeFeature = explicit ? 'WRAP_SINGLES' : 'UNWRAP_SINGLES';
    if (!format.features.includes(wanted)) {
      throw new SluiceError(
        'STATEMENT',
        `Format '${format.name}' does not support 'WRAP_SINGLE_VALUE' set to '${explicit}'.`,
        { span: clause.spanOf('WRAP_SINGLE_VALUE') },
      );
    }
    if (columnsKnown && columns !== 1) {
      throw new SluiceError('STATEMENT', `'WRAP_SINGLE_VALUE' is only valid for single-field value schemas`, {
        span: clause.spanOf('WRAP_SINGLE_VALUE'),
      });
    }
    return isWrappable(format) ? [wanted] : [];
  }
  const configured = config.get(KEYS.persistenceWrapSingleValues);
  if (configured === undefined || columns !== 1 || !isWrappable(format)) return [];
  return [configured ? 'WRAP_SINGLES' : 'UNWRAP_SINGLES'];
}

/** Whether the format can write a single column with and without a wrapper, so that the feature matters. */
function isWrappable(format: FormatDefinition): boolean {
  return format.features.includes('WRAP_SINGLES') && format.features.includes('UNWRAP_SINGLES');
}

/** Where columns and formats are in the statement, and which formats exist, for error messages. */
export interface FormatSite {
  readonly formats: readonly FormatDefinition[];
  readonly clause: Pick<WithClause, 'spanOf'>;
  /** Where a column is declared; undefined where it is not. */
  readonly spanOfColumn?: (name: string) => Span | undefined;
}

/**
 * Checks that a format can hold the columns.
 * @throws SluiceError STATEMENT with ksqlDB's messages
 */
export function validateSide(
  format: FormatDefinition,
  columns: readonly Column[],
  features: readonly SerdeFeature[],
  side: Side,
  site: FormatSite,
): void {
  const schema: PersistenceSchema = { columns, features, isKey: side === 'KEY' };
  try {
    format.validateSchema(schema);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SluiceError(
      'STATEMENT',
      `${side === 'KEY' ? 'Key' : 'Value'} format does not support schema.\n` +
        `format: ${format.name}\n` +
        `schema: Persistence{columns=[${columns.map(formatColumn).join(', ')}], features=[${features.join(', ')}]}\n` +
        `reason: ${reason}`,
      {
        cause,
        span: (cause instanceof SluiceError ? cause.span : undefined) ?? misfitSpan(format, schema, side, site),
        hint: otherFormats(schema, side, site.formats),
      },
    );
  }
}

/** The position of the column that the format cannot hold; if each would fit by itself, the position of the format. */
function misfitSpan(
  format: FormatDefinition,
  schema: PersistenceSchema,
  side: Side,
  { clause, spanOfColumn }: FormatSite,
): Span | undefined {
  const misfit = schema.columns.find((column) => !holds(format, { ...schema, columns: [column] }));
  return (misfit && spanOfColumn?.(misfit.name)) ?? clause.spanOf(`${side}_FORMAT`) ?? clause.spanOf('FORMAT');
}

/** Advice on formats that can hold the columns; if none can, the keys of a map are the reason. */
function otherFormats(schema: PersistenceSchema, side: Side, formats: readonly FormatDefinition[]): string {
  const held = formats.filter((f) => f.name !== 'NONE' && holds(f, { ...schema, features: [] })).map((f) => f.name);
  const known = ['JSON', 'AVRO', 'PROTOBUF'].filter((name) => held.includes(name));
  if (known.length === 0) return 'Keys of a MAP are texts: MAP<STRING, …>.';
  const [first, ...others] = known.map((name) => `'${name}'`);
  const which = others.length === 0 ? first : `${first} (or ${others.join(', ')})`;
  return `Another format holds ${side === 'KEY' ? 'such a key' : 'them'}: ${side}_FORMAT=${which}.`;
}

function holds(format: FormatDefinition, schema: PersistenceSchema): boolean {
  try {
    format.validateSchema(schema);
    return true;
  } catch {
    return false;
  }
}

/** A format with its properties as stored in plans. */
export function formatInfo(format: FormatDefinition, properties: Readonly<Record<string, string>>): FormatInfo {
  return { format: format.name, properties };
}

/** The default name of AVRO key schemas, so that the same key has the same schema in every topic of a source. */
export function avroKeyName(source: string): string {
  const camel = source
    .split('_')
    .map((word) => (word === '' ? '' : must(word[0], 'first letter').toUpperCase() + word.slice(1).toLowerCase()))
    .join('');
  return `io.confluent.ksql.avro_schemas.${camel.replaceAll(/[^A-Za-z0-9_]/g, '')}Key`;
}
