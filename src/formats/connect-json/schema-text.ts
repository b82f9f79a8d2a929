import { assertNever } from '../../base/assert.ts';
import type { SqlType } from '../../types/sql-type.ts';

/**
 * JsonConverter's text of a schema, e.g. `{"type":"int32","optional":true,"field":"AGE"}`. Everything is nullable by
 * default.
 */
export function schemaText(type: SqlType, field?: string, optional = true): string {
  const rest = `"optional":${optional}`;
  const end = field === undefined ? '' : `,"field":${JSON.stringify(field)}`;
  const primitive = (name: string): string => `{"type":"${name}",${rest}${end}}`;
  const logical = (name: string, logicalName: string, more = ''): string =>
    `{"type":"${name}",${rest},"name":"org.apache.kafka.connect.data.${logicalName}","version":1${more}${end}}`;
  switch (type.kind) {
    case 'BOOLEAN':
      return primitive('boolean');
    case 'INTEGER':
      return primitive('int32');
    case 'BIGINT':
      return primitive('int64');
    case 'DOUBLE':
      return primitive('double');
    case 'STRING':
      return primitive('string');
    case 'BYTES':
      return primitive('bytes');
    case 'DECIMAL':
      return logical(
        'bytes',
        'Decimal',
        `,"parameters":{"scale":"${type.scale}","connect.decimal.precision":"${type.precision}"}`,
      );
    case 'DATE':
      return logical('int32', 'Date');
    case 'TIME':
      return logical('int32', 'Time');
    case 'TIMESTAMP':
      return logical('int64', 'Timestamp');
    case 'ARRAY':
      return `{"type":"array","items":${schemaText(type.element)},${rest}${end}}`;
    case 'MAP':
      return `{"type":"map","keys":${schemaText(type.key, undefined, false)},"values":${schemaText(type.value)},${rest}${end}}`;
    case 'STRUCT':
      return `{"type":"struct","fields":[${type.fields.map((f) => schemaText(f.type, f.name)).join(',')}],${rest}${end}}`;
    default:
      return assertNever(type);
  }
}

/** The schema of a record with these columns; key columns are never null. */
export function recordSchemaText(
  columns: readonly { readonly name: string; readonly type: SqlType }[],
  isKey: boolean,
): string {
  const fields = columns.map((c) => schemaText(c.type, c.name, !isKey));
  return `{"type":"struct","fields":[${fields.join(',')}],"optional":false}`;
}
