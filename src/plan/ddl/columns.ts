import { SluiceError } from '../../base/errors.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import { isTypeName, typeAdvice } from '../../sql/advice/type-names.ts';
import type { ColumnDefinition, SourceType } from '../../sql/ast/definition.ts';
import { resolveType, type TypeSyntax } from '../../sql/ast/types.ts';
import { ARRAY_OF_HEADERS, type Column, type LogicalSchema } from '../../types/schema.ts';
import { BYTES, formatType, quoteIdentifier, type SqlType, typesEqual } from '../../types/sql-type.ts';
import { place, reject } from '../errors.ts';
import { isSystemName } from '../names.ts';

/** Resolves custom types within a type. */
export function bindType(type: TypeSyntax, catalog: Catalog): SqlType {
  return resolveType(type, (reference) => {
    const found = catalog.type(reference.name);
    if (found !== undefined) return found;
    throw new SluiceError('STATEMENT', `Cannot resolve unknown type: ${reference.name}`, {
      span: reference.span,
      hint: typeAdvice(reference.name, catalog.types.keys()),
    });
  });
}

/**
 * The schema that a column list declares.
 * @throws SluiceError AST, STATEMENT with ksqlDB's messages
 */
export function bindColumns(
  definitions: readonly ColumnDefinition[],
  sourceType: SourceType,
  catalog: Catalog,
): LogicalSchema {
  const key: Column[] = [];
  const value: Column[] = [];
  const seen = new Set<string>();
  for (const definition of definitions) {
    const column = bindColumn(definition, sourceType, catalog);
    if (seen.has(column.name)) {
      throw reject(
        `Duplicate column names: ${quoteIdentifier(column.name)}`,
        definition.name.span,
        'Give one of them another name. Without back-quotes case does not count.',
      );
    }
    seen.add(column.name);
    if (column.role === 'HEADERS') checkHeader(column, value, definition);
    (column.role === 'KEY' ? key : value).push(column);
  }
  return { key, value };
}

/** Columns that every row has without a declaration. */
const SYSTEM_COLUMNS: Readonly<Record<string, string>> = {
  ROWTIME:
    "Every row has ROWTIME, its time in ms, without being declared. To take it from a column, WITH (TIMESTAMP='the_column').",
  ROWPARTITION: 'Every row has ROWPARTITION, the partition that it stands in, without being declared.',
  ROWOFFSET: 'Every row has ROWOFFSET, its place in the partition, without being declared.',
  WINDOWSTART: 'A windowed table has WINDOWSTART and WINDOWEND without being declared.',
  WINDOWEND: 'A windowed table has WINDOWSTART and WINDOWEND without being declared.',
};

function bindColumn(definition: ColumnDefinition, sourceType: SourceType, catalog: Catalog): Column {
  const { name } = definition.name;
  checkKeyWord(definition, sourceType);
  if (isSystemName(name)) {
    throw reject(
      `'${name}' is a reserved column name. You cannot use it as a name for a column.`,
      definition.span,
      SYSTEM_COLUMNS[name] ?? 'Give the column another name.',
    );
  }
  const type = columnType(definition, catalog);
  switch (definition.role) {
    case 'KEY':
    case 'PRIMARY KEY':
      return { name, type, role: 'KEY' };
    case 'HEADERS':
      return { name, type, role: 'HEADERS' };
    case 'HEADER':
      return { name, type, role: 'HEADERS', headerKey: definition.headerKey ?? '' };
    case 'VALUE':
      return { name, type, role: 'VALUE' };
    default:
      return definition.role satisfies never;
  }
}

/** The column's type. Reports a definition in the wrong order, such as `(INT a)`. @throws SluiceError STATEMENT */
function columnType({ name, type }: ColumnDefinition, catalog: Catalog): SqlType {
  const swapped = type.kind === 'TypeReference' && catalog.type(type.name) === undefined && isTypeName(name.name);
  if (!swapped) return bindType(type, catalog);
  throw new SluiceError('STATEMENT', `Cannot resolve unknown type: ${type.name}`, {
    span: type.span,
    hint: `The name of a column comes before its type: ${type.name.toLowerCase()} ${name.name}.`,
  });
}

/** Streams have KEY columns, tables PRIMARY KEY columns. */
function checkKeyWord(definition: ColumnDefinition, sourceType: SourceType): void {
  const wrong = sourceType === 'TABLE' ? 'KEY' : 'PRIMARY KEY';
  if (definition.role !== wrong) return;
  const right = sourceType === 'TABLE' ? 'PRIMARY KEY' : 'KEY';
  throw new SluiceError(
    'AST',
    `${place(definition.span)}Column ${quoteIdentifier(definition.name.name)} is a '${wrong}' column: ` +
      `please use '${right}' for ${sourceType.toLowerCase()}s.`,
    { span: definition.span },
  );
}

function checkHeader(column: Column, others: readonly Column[], definition: ColumnDefinition): void {
  const all = column.headerKey === undefined;
  const expected = all ? ARRAY_OF_HEADERS : BYTES;
  const label = all ? 'HEADERS' : `HEADER('${column.headerKey}')`;
  if (!typesEqual(column.type, expected)) {
    throw reject(
      `Invalid type for ${label} column: expected ${formatType(expected)}, got ${formatType(column.type)}`,
      definition.span,
    );
  }
  const headers = others.filter((c) => c.role === 'HEADERS');
  if (headers.some((c) => c.headerKey === undefined) || (all && headers.length > 0)) {
    throw reject('Schema already contains a HEADERS column.', definition.span);
  }
  if (headers.some((c) => c.headerKey === column.headerKey)) {
    throw reject(`Schema already contains a ${label} column.`, definition.span);
  }
}
