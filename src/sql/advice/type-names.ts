import { nearest } from '../../base/suggest.ts';
import { TYPE_NAMES } from '../keywords.ts';

/** Names of types in other dialects, and the type to write here. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  TEXT: 'STRING',
  CHAR: 'STRING',
  CHARACTER: 'STRING',
  NCHAR: 'STRING',
  NVARCHAR: 'STRING',
  VARCHAR2: 'STRING',
  CLOB: 'STRING',
  CITEXT: 'STRING',
  UUID: 'STRING',
  ENUM: 'STRING',
  JSON: 'STRING',
  JSONB: 'STRING',
  XML: 'STRING',
  INET: 'STRING',
  FLOAT: 'DOUBLE',
  FLOAT4: 'DOUBLE',
  FLOAT8: 'DOUBLE',
  REAL: 'DOUBLE',
  NUMERIC: 'DECIMAL(10, 2)',
  NUMBER: 'DECIMAL(10, 2)',
  MONEY: 'DECIMAL(10, 2)',
  LONG: 'BIGINT',
  INT8: 'BIGINT',
  INT64: 'BIGINT',
  BIGSERIAL: 'BIGINT',
  SERIAL: 'INT',
  SMALLSERIAL: 'INT',
  INT2: 'INT',
  INT4: 'INT',
  INT16: 'INT',
  INT32: 'INT',
  SHORT: 'INT',
  BYTE: 'INT',
  SMALLINT: 'INT',
  TINYINT: 'INT',
  MEDIUMINT: 'INT',
  BOOL: 'BOOLEAN',
  BIT: 'BOOLEAN',
  BYTEA: 'BYTES',
  BLOB: 'BYTES',
  BINARY: 'BYTES',
  VARBINARY: 'BYTES',
  DATETIME: 'TIMESTAMP',
  TIMESTAMPTZ: 'TIMESTAMP',
  TIMESTAMP_LTZ: 'TIMESTAMP',
  INTERVAL: 'BIGINT',
  LIST: 'ARRAY<STRING>',
  OBJECT: 'STRUCT<a INT, b STRING>',
  RECORD: 'STRUCT<a INT, b STRING>',
  ROW: 'STRUCT<a INT, b STRING>',
  VARIANT: 'STRING',
};

/** The equivalent type for a type of another dialect; undefined for any other name. */
export function typeHere(name: string): string | undefined {
  const upper = name.toUpperCase();
  return Object.hasOwn(OTHER_NAMES, upper) ? OTHER_NAMES[upper] : undefined;
}

/** What to write instead of an unknown type; `custom` are the names of custom types. */
export function typeAdvice(name: string, custom: Iterable<string>): string {
  const here = typeHere(name);
  if (here !== undefined && /SERIAL$/i.test(name))
    return `Nothing numbers the rows: ${here} with a number in each INSERT, or STRING with UUID(), takes the place of ${name}.`;
  if (here !== undefined) return `${here} is what ${name} is called here.`;
  const near = nearest(name.toUpperCase(), [...TYPE_NAMES, ...custom]);
  return near === undefined
    ? `The types are ${TYPE_NAMES.join(', ')}; CREATE TYPE names others.`
    : `Did you mean ${near}?`;
}

/** Whether the word, in upper case, is the name of a type here or elsewhere. */
export function isTypeName(word: string): boolean {
  return TYPE_NAMES.some((name) => name === word) || typeHere(word) !== undefined;
}
