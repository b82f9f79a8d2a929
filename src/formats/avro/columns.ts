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
import { columnNaming } from '../internal/field-names.ts';
import { branchName, parseAvroSchema, type AvroRecord, type AvroType } from './avro-schema.ts';

/** Columns of a registered Avro schema. Fields of types that SQL does not have are left out. */
export const avroColumns: NonNullable<FormatDefinition['columnsOf']> = (schema, site) => {
  const naming = columnNaming(site.info.properties);
  const top = parseAvroSchema(schema);
  const whole = site.features.includes('UNWRAP_SINGLES') || (site.isKey && !site.features.includes('WRAP_SINGLES'));
  const record = whole ? undefined : recordOf(top);
  if (record !== undefined) return fieldsOf(record, naming, []);
  const type = sqlTypeOf(top, naming, []);
  return type === undefined ? [] : [{ name: site.isKey ? 'ROWKEY' : 'ROWVAL', type }];
};

function recordOf(type: AvroType): AvroRecord | undefined {
  if (type.kind === 'record') return type;
  if (type.kind !== 'union') return undefined;
  const branches = type.branches.filter((b) => b.kind !== 'null');
  return branches.length === 1 && branches[0]!.kind === 'record' ? branches[0] : undefined;
}

type Naming = (name: string) => string;

function fieldsOf(
  record: AvroRecord,
  naming: Naming,
  open: readonly AvroRecord[],
): { readonly name: string; readonly type: SqlType }[] {
  if (open.includes(record)) throw new Error(`Recursive type ${record.name} is not supported`);
  return record.fields.flatMap((field) => {
    const type = sqlTypeOf(field.type, naming, [...open, record]);
    return type === undefined ? [] : [{ name: naming(field.name), type }];
  });
}

function sqlTypeOf(type: AvroType, naming: Naming, open: readonly AvroRecord[]): SqlType | undefined {
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
        const [key, value] = type.items.fields.map((f) => sqlTypeOf(f.type, naming, open));
        return key === undefined || value === undefined ? undefined : map(key, value);
      }
      const element = sqlTypeOf(type.items, naming, open);
      return element === undefined ? undefined : array(element);
    }
    case 'map': {
      const value = sqlTypeOf(type.values, naming, open);
      return value === undefined ? undefined : map(STRING, value);
    }
    case 'record': {
      const fields = fieldsOf(type, naming, open);
      return fields.length === 0 ? undefined : struct(fields);
    }
    case 'union': {
      const branches = type.branches.filter((b) => b.kind !== 'null');
      if (branches.length <= 1) return branches[0] === undefined ? undefined : sqlTypeOf(branches[0], naming, open);
      // Connect's way with a sum: a struct with one field for each branch, one of them set.
      return struct(
        branches.flatMap((branch) => {
          const inner = sqlTypeOf(branch, naming, open);
          return inner === undefined ? [] : [{ name: naming(shortBranchName(branch)), type: inner }];
        }),
      );
    }
    default:
      return assertNever(type);
  }
}

/** Branch names without namespace. */
export function shortBranchName(type: AvroType): string {
  const name = branchName(type);
  return name.slice(name.lastIndexOf('.') + 1);
}
