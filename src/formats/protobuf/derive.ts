import { assertNever } from '../../base/assert.ts';
import { SluiceError } from '../../base/errors.ts';
import type { MapType, SqlType } from '../../types/sql-type.ts';
import type { FormatInfo, PersistenceSchema, RegistrySchema } from '../api.ts';

/** Derives the .proto text of columns, formatted as Confluent's registry prints it. */

/** How null differs from a default value: with `optional` fields, with wrapper messages, or (undefined) not at all. */
export type NullableRepresentation = 'OPTIONAL' | 'WRAPPER' | undefined;

/** Reads the property for nulls in PROTOBUF. @throws SluiceError STATEMENT for an unknown value */
export function nullableRepresentationOf(properties: Readonly<Record<string, string>>): NullableRepresentation {
  const text = properties['nullableRepresentation']?.toUpperCase();
  if (text === undefined) return undefined;
  if (text === 'OPTIONAL' || text === 'WRAPPER') return text;
  throw new SluiceError(
    'STATEMENT',
    `Invalid value for nullable representation: ${text}. Valid values: OPTIONAL, WRAPPER`,
  );
}

/**
 * The message type of a query's rows, as ksqlDB writes it at the beginning of a protobuf response: each map as the
 * entries that represent it on the wire.
 */
export function answerProtoSchema(schema: PersistenceSchema): string {
  return deriveProtoSchema(schema, { format: 'PROTOBUF', properties: {} }, true).schema;
}

/** `entries`: maps are written as the repeated entry messages that represent them on the wire. */
export function deriveProtoSchema(schema: PersistenceSchema, info: FormatInfo, entries = false): RegistrySchema {
  const fullName = info.properties['fullSchemaName'];
  const dot = fullName?.lastIndexOf('.') ?? -1;
  const printer = new Printer(nullableRepresentationOf(info.properties), fullName === undefined ? 1 : 0, entries);
  const body = printer.message(fullName?.slice(dot + 1) ?? 'ConnectDefault1', schema.columns, '');
  const pkg = fullName !== undefined && dot > 0 ? `package ${fullName.slice(0, dot)};\n` : '';
  const imports = [...printer.imports].map((file) => `import "${file}";\n`).join('');
  return {
    schemaType: 'PROTOBUF',
    schema: `syntax = "proto3";\n${pkg}\n${imports === '' ? '' : `${imports}\n`}${body}`,
  };
}

interface Named {
  readonly name: string;
  readonly type: SqlType;
}

class Printer {
  readonly imports = new Set<string>();
  readonly #nullable: NullableRepresentation;
  /** The number of messages with a generated name: ConnectDefault2 follows ConnectDefault1. */
  #made: number;
  /** Whether maps are written as their entries. */
  readonly #entries: boolean;

  constructor(nullable: NullableRepresentation, made: number, entries: boolean) {
    this.#nullable = nullable;
    this.#made = made;
    this.#entries = entries;
  }

  message(name: string, fields: readonly Named[], indent: string): string {
    const inner = `${indent}  `;
    const nested: string[] = [];
    const lines = fields.map((field, i) => {
      checkIdentifier(field.name);
      return `${inner}${this.#fieldType(field.type, nested, inner)} ${field.name} = ${i + 1}${this.#options(field.type, inner)};\n`;
    });
    return `${indent}message ${name} {\n${lines.join('')}${nested.map((text) => `\n${text}`).join('')}${indent}}\n`;
  }

  #fieldType(type: SqlType, nested: string[], indent: string): string {
    switch (type.kind) {
      case 'ARRAY':
        if (type.element.kind === 'ARRAY' || type.element.kind === 'MAP')
          throw nestedRefused(`ARRAY of ${type.element.kind}`);
        return `repeated ${this.#typeName(type.element, nested, indent, true)}`;
      case 'MAP':
        if (type.value.kind === 'ARRAY' || type.value.kind === 'MAP') throw nestedRefused(`MAP of ${type.value.kind}`);
        if (this.#entries) return `repeated ${this.#entryName(type, nested, indent)}`;
        return `map<string, ${this.#typeName(type.value, nested, indent, true)}>`;
      default: {
        const name = this.#typeName(type, nested, indent, false);
        return this.#nullable === 'OPTIONAL' && isScalar(type) ? `optional ${name}` : name;
      }
    }
  }

  #entryName(type: MapType, nested: string[], indent: string): string {
    const name = `ConnectDefault${++this.#made}Entry`;
    const fields = [
      { name: 'key', type: type.key },
      { name: 'value', type: type.value },
    ];
    nested.push(this.message(name, fields, indent));
    return name;
  }

  /** `element`: inside a repeated field or a map, where nothing can be null. */
  #typeName(type: SqlType, nested: string[], indent: string, element: boolean): string {
    const scalar = (name: string, wrapper: string): string => {
      if (this.#nullable !== 'WRAPPER' || element) return name;
      return this.#imported('google/protobuf/wrappers.proto', `google.protobuf.${wrapper}`);
    };
    switch (type.kind) {
      case 'BOOLEAN':
        return scalar('bool', 'BoolValue');
      case 'INTEGER':
        return scalar('int32', 'Int32Value');
      case 'BIGINT':
        return scalar('int64', 'Int64Value');
      case 'DOUBLE':
        return scalar('double', 'DoubleValue');
      case 'STRING':
        return scalar('string', 'StringValue');
      case 'BYTES':
        return scalar('bytes', 'BytesValue');
      case 'DECIMAL':
        this.imports.add('confluent/meta.proto');
        return this.#imported('confluent/type/decimal.proto', 'confluent.type.Decimal');
      case 'DATE':
        return this.#imported('google/type/date.proto', 'google.type.Date');
      case 'TIME':
        return this.#imported('google/type/timeofday.proto', 'google.type.TimeOfDay');
      case 'TIMESTAMP':
        return this.#imported('google/protobuf/timestamp.proto', 'google.protobuf.Timestamp');
      case 'STRUCT': {
        const name = `ConnectDefault${++this.#made}`;
        nested.push(this.message(name, type.fields, indent));
        return name;
      }
      case 'ARRAY':
      case 'MAP':
        throw nestedRefused(type.kind);
      default:
        return assertNever(type);
    }
  }

  #options(type: SqlType, indent: string): string {
    if (type.kind === 'MAP' && this.#entries) return '';
    const decimal = type.kind === 'ARRAY' ? type.element : type.kind === 'MAP' ? type.value : type;
    if (decimal.kind !== 'DECIMAL') return '';
    const param = (key: string, value: number): string =>
      `${indent}    {\n${indent}      value: "${value}",\n${indent}      key: "${key}"\n${indent}    }`;
    return ` [(confluent.field_meta) = {\n${indent}  params: [\n${param('precision', decimal.precision)},\n${param('scale', decimal.scale)}\n${indent}  ]\n${indent}}]`;
  }

  #imported(file: string, name: string): string {
    this.imports.add(file);
    return name;
  }
}

function isScalar(type: SqlType): boolean {
  return ['BOOLEAN', 'INTEGER', 'BIGINT', 'DOUBLE', 'STRING', 'BYTES'].includes(type.kind);
}

function nestedRefused(what: string): SluiceError {
  return new SluiceError(
    'STATEMENT',
    `PROTOBUF format does not support ${what}: arrays and maps cannot be nested in one another`,
    {
      hint: 'Put a STRUCT between the two.',
    },
  );
}

function checkIdentifier(name: string): void {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    throw new SluiceError('STATEMENT', `Schema is not compatible with Protobuf: illegal field name: ${name}`);
}
