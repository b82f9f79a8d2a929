import { assertNever } from '../../base/assert.ts';
import {
  array,
  BIGINT,
  BOOLEAN,
  BYTES,
  DATE,
  decimal,
  DOUBLE,
  INTEGER,
  map,
  STRING,
  struct,
  TIME,
  TIMESTAMP,
  type SqlType,
} from '../../types/sql-type.ts';
import type { FormatDefinition } from '../api.ts';
import { ExpandedSize } from '../internal/expanded-size.ts';
import { columnNaming } from '../internal/field-names.ts';
import { branchName, parseAvroSchema, type AvroRecord, type AvroType } from './avro-schema.ts';
import { changedRowOf, recordOf } from './change-event.ts';

/** The columns of a registered Avro schema. Fields whose types SQL does not have are omitted. */
export const avroColumns: NonNullable<FormatDefinition['columnsOf']> = (schema, site) => {
  const asRows = site.asRows === true;
  const reading = { naming: columnNaming(site.info.properties), debeziumTimes: asRows, size: new ExpandedSize() };
  const top = parseAvroSchema(schema);
  const whole = site.features.includes('UNWRAP_SINGLES') || (site.isKey && !site.features.includes('WRAP_SINGLES'));
  const record = whole ? undefined : recordOf(top, site.info.properties['fullSchemaName']);
  const row = asRows && record && !site.isKey ? changedRowOf(record)?.row : undefined;
  if (record !== undefined) return fieldsOf(row ?? record, reading, []);
  const type = sqlTypeOf(top, reading, []);
  return type === undefined ? [] : [{ name: site.isKey ? 'ROWKEY' : 'ROWVAL', type }];
};

interface Reading {
  readonly naming: (name: string) => string;
  readonly debeziumTimes: boolean;
  readonly size: ExpandedSize;
}

function fieldsOf(
  record: AvroRecord,
  reading: Reading,
  open: readonly AvroRecord[],
): { readonly name: string; readonly type: SqlType }[] {
  if (open.includes(record)) throw new Error(`Recursive type ${record.name} is not supported`);
  return record.fields.flatMap((field) => {
    const type = sqlTypeOf(field.type, reading, [...open, record]);
    return type === undefined ? [] : [{ name: reading.naming(field.name), type }];
  });
}

function sqlTypeOf(type: AvroType, reading: Reading, open: readonly AvroRecord[]): SqlType | undefined {
  reading.size.add();
  if (reading.debeziumTimes && 'logical' in type && type.logical?.kind === 'debezium') return type.logical.type;
  switch (type.kind) {
    case 'null':
      return undefined;
    case 'boolean':
      return BOOLEAN;
    case 'int':
      return type.logical?.kind === 'date' ? DATE : type.logical?.kind === 'time-millis' ? TIME : INTEGER;
    case 'long':
      return type.logical?.kind === 'timestamp-millis' ? TIMESTAMP : BIGINT;
    case 'float':
    case 'double':
      return DOUBLE;
    case 'string':
    case 'enum':
      return STRING;
    case 'bytes':
    case 'fixed':
      return type.logical?.kind === 'decimal' ? decimal(type.logical.precision, type.logical.scale) : BYTES;
    case 'array': {
      if (type.items.kind === 'record' && type.items.mapEntry) {
        const [key, value] = type.items.fields.map((f) => sqlTypeOf(f.type, reading, open));
        return key === undefined || value === undefined ? undefined : map(key, value);
      }
      const element = sqlTypeOf(type.items, reading, open);
      return element === undefined ? undefined : array(element);
    }
    case 'map': {
      const value = sqlTypeOf(type.values, reading, open);
      return value === undefined ? undefined : map(STRING, value);
    }
    case 'record': {
      const fields = fieldsOf(type, reading, open);
      return fields.length === 0 ? undefined : struct(fields);
    }
    case 'union': {
      const branches = type.branches.filter((b) => b.kind !== 'null');
      if (branches.length <= 1) return branches[0] === undefined ? undefined : sqlTypeOf(branches[0], reading, open);
      // Connect's representation of a union: a struct with one field per branch, of which one is set.
      return struct(
        branches.flatMap((branch) => {
          const inner = sqlTypeOf(branch, reading, open);
          return inner === undefined ? [] : [{ name: reading.naming(shortBranchName(branch)), type: inner }];
        }),
      );
    }
    default:
      return assertNever(type);
  }
}

/** The branch name without its namespace. */
export function shortBranchName(type: AvroType): string {
  const name = branchName(type);
  return name.slice(name.lastIndexOf('.') + 1);
}
