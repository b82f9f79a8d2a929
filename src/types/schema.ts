import { array, BYTES, formatType, quoteIdentifier, STRING, struct, type SqlType } from './sql-type.ts';

export type ColumnRole = 'KEY' | 'VALUE' | 'HEADERS';

export interface Column {
  readonly name: string;
  readonly type: SqlType;
  readonly role: ColumnRole;
  /** For `HEADER('k')` columns: k. Absent for a HEADERS column, which contains all headers. */
  readonly headerKey?: string | undefined;
}

/** The columns of a source, as DESCRIBE shows them. Header columns are among `value`, in declaration order. */
export interface LogicalSchema {
  readonly key: readonly Column[];
  readonly value: readonly Column[];
}

/** The type of a HEADERS column: every header of the record, in order. */
export const ARRAY_OF_HEADERS = array(
  struct([
    { name: 'KEY', type: STRING },
    { name: 'VALUE', type: BYTES },
  ]),
);

/** The text in ksqlDB's messages: `` `ID` INTEGER KEY, `NAME` STRING ``. */
export function formatSchema(schema: LogicalSchema): string {
  return [...schema.key, ...schema.value].map(formatColumn).join(', ');
}

/** The text of a column: `` `ID` INTEGER KEY ``, `` `H` BYTES HEADER('k') ``. */
export function formatColumn(column: Column): string {
  const base = `${quoteIdentifier(column.name)} ${formatType(column.type)}`;
  switch (column.role) {
    case 'KEY':
      return `${base} KEY`;
    case 'HEADERS':
      return column.headerKey === undefined ? `${base} HEADERS` : `${base} HEADER('${column.headerKey}')`;
    default:
      return base;
  }
}
