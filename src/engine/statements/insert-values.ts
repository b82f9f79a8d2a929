import { isKsqldb } from '../../plan/dialect.ts';
import { formatName } from '../../sql/printer/names.ts';
import { must } from '../../base/assert.ts';
import { KEYS } from '../../config/keys.ts';
import { type ErrorCode, isSluiceError, messageOf, SluiceError } from '../../base/errors.ts';
import { didYouMean } from '../../base/suggest.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import type { Source } from '../../catalog/source.ts';
import { checkExpression } from '../../expr/check/check.ts';
import { EMPTY_SCOPE } from '../../expr/check/scope.ts';
import { compileValue } from '../../expr/compile/compile.ts';
import { columnTypes } from './column-types.ts';
import { constantDoubts } from '../../expr/constant-doubts.ts';
import type { TypedExpr } from '../../expr/typed.ts';
import { textAdvice } from '../../plan/query/select/resolve-columns.ts';
import type { Expression } from '../../sql/ast/expressions.ts';
import type { Identifier } from '../../sql/ast/node.ts';
import type { StatementOf } from '../../sql/ast/statement.ts';
import { visit } from '../../sql/ast/visit.ts';
import { displayValue } from '../../types/display.ts';
import type { Int64 } from '../../types/int64.ts';
import { coerceValue } from '../../types/literal-coerce.ts';
import type { Column } from '../../types/schema.ts';
import { BIGINT, formatType, quoteIdentifier, type SqlType } from '../../types/sql-type.ts';
import { inserted } from '../inserter.ts';
import { functionEnv } from '../queries/query-options.ts';
import type { Services } from '../services.ts';
import { sourceWriter } from '../source-writer.ts';
import type { Call } from './call.ts';
import { misfit, patternAdvice } from './insert-misfit.ts';
import { insertTarget, SYSTEM_COLUMNS } from './insert-target.ts';
import type { Started, Together } from './executor.ts';

/**
 * INSERT INTO source (columns) VALUES (...): evaluates, encodes and appends one record. Not in the command log. Its
 * start resolves before the row is committed, so that a script's rows are committed together.
 */
export const INSERT_VALUES: Together<StatementOf<'InsertValues'>, void> = {
  catchesUp: ({ target }, services) => services.catalog.current.source(target.name) === undefined,
  check(statement, sandbox) {
    checkInsertValues(statement, sandbox.world.catalog, sandbox);
  },
  start,
};

/** A correct statement that meets a log which currently accepts no writes is not at fault. */
function codeOf(error: unknown): ErrorCode {
  return isSluiceError(error, 'LOG_FULL') || isSluiceError(error, 'LOG_UNAVAILABLE') ? error.code : 'STATEMENT';
}

async function start(statement: StatementOf<'InsertValues'>, call: Call): Promise<Started> {
  const { services } = call;
  const source = checkInsertValues(statement, services.catalog.current, call);
  const doubts = constantDoubts(statement, services.functions, columnTypes(statement, services.catalog.current));
  const values = valuesOf(statement, source, services, doubts);
  const warnings = [
    ...lostFields(statement, source, services),
    ...writtenByQuery(source, services),
    ...(isKsqldb(call.session.config(services.config)) ? [] : leftOut(statement, source)),
    ...doubts,
  ];
  const failure = (error: unknown): SluiceError =>
    new SluiceError(codeOf(error), `Failed to insert values into '${source.name}'. ${messageOf(error)}`, {
      cause: error,
      span: (isSluiceError(error) ? error.span : undefined) ?? statement.span,
      hint: isSluiceError(error) ? error.hint : undefined,
      retriable: isSluiceError(error) && error.retriable,
    });
  try {
    const rowtime = values.get('ROWTIME');
    const timestamp =
      rowtime === undefined || rowtime === null
        ? services.env.clock.nowMs()
        : checkedTimestamp(rowtime as Int64, statement);
    const writer = await sourceWriter(source, services);
    const columnValue = (column: Column): unknown => values.get(column.name) ?? null;
    const ticket = writer.write(writer.keyColumns.map(columnValue), writer.valueColumns.map(columnValue), timestamp);
    return {
      finished: async () => {
        try {
          await inserted(ticket);
          return warnings.length === 0 ? { kind: 'none' } : { kind: 'warning_entity', message: warnings.join('\n') };
        } catch (error) {
          writer.distrust();
          throw failure(error);
        }
      },
    };
  } catch (error) {
    throw failure(error);
  }
}

/** Everything that can be checked before the row is written. @throws SluiceError */
function checkInsertValues(
  statement: StatementOf<'InsertValues'>,
  catalog: Catalog,
  { services, session }: Pick<Call, 'services' | 'session'>,
): Source {
  if (!session.config(services.config).get(KEYS.insertIntoValuesEnabled)) {
    throw new SluiceError(
      'REJECTED',
      "The server has disabled INSERT INTO ... VALUES functionality. To enable it, restart your ksqlDB server with 'ksql.insert.into.values.enabled'=true",
    );
  }
  const { columns, values } = statement;
  for (const value of values) refuseColumns(value);
  if (columns.length > 0 && columns.length !== values.length) {
    throw new SluiceError(
      'STATEMENT',
      `Failed to prepare statement: Expected number columns and values to match: ${columns.length}, ${values.length}`,
      { span: valuesSpan(statement), hint: `There are ${columns.length} columns and ${values.length} values.` },
    );
  }
  const twice = columns.find((c, i) => columns.findIndex((other) => other.name === c.name) < i);
  if (twice !== undefined) {
    throw new SluiceError('STATEMENT', `Column ${quoteIdentifier(twice.name)} is given twice.`, {
      span: twice.span,
      hint: 'A column has one value in a row.',
    });
  }
  const source = insertTarget(catalog, statement.target.name, statement.target.span, services);
  const known = columnsOf(source);
  for (const { name, span } of columns) {
    if (SYSTEM_COLUMNS.has(name) && !known.has(name))
      throw new SluiceError('STATEMENT', `Inserting into column ${quoteIdentifier(name)} is not allowed.`, { span });
    if (name !== 'ROWTIME' && !known.has(name)) {
      throw new SluiceError('STATEMENT', `Column name ${quoteIdentifier(name)} does not exist.`, {
        span,
        hint:
          didYouMean(name, [...known.keys()]) ??
          `The columns of ${source.name} are ${[...known.keys()].map(quoteIdentifier).join(', ')}.`,
      });
    }
  }
  const targets = columns.length > 0 ? columns.map((c) => c.name) : implicitColumns(source, values.length, statement);
  const headers = targets.filter((name) => known.get(name)?.role === 'HEADERS');
  if (headers.length > 0)
    throw new SluiceError('REJECTED', `Cannot insert into HEADER columns: ${headers.join(', ')}`, {
      span: columns.find((c) => headers.includes(c.name))?.span ?? statement.span,
    });
  const missingKey = source.kind === 'TABLE' ? source.schema.key.find((c) => !targets.includes(c.name)) : undefined;
  if (missingKey) {
    throw new SluiceError(
      'STATEMENT',
      `Failed to insert values into '${source.name}'. Value for primary key column(s) ${quoteIdentifier(missingKey.name)} is required for tables`,
      {
        span: columns.length > 0 ? { ...columns[0]!.span, end: columns.at(-1)!.span.end } : statement.span,
        hint: `Name ${missingKey.name} among the columns and give its value.`,
      },
    );
  }
  return source;
}

/** The values, from the first to the last. */
function valuesSpan({ values, span }: StatementOf<'InsertValues'>): SluiceError['span'] {
  const [first, last] = [values[0]?.span, values.at(-1)?.span];
  return first === undefined || last === undefined ? span : { ...first, end: last.end };
}

const columnsBySource = new WeakMap<Source, ReadonlyMap<string, Column>>();

/** The columns of a source by name, in order. */
function columnsOf(source: Source): ReadonlyMap<string, Column> {
  let columns = columnsBySource.get(source);
  if (columns === undefined) {
    columns = new Map([...source.schema.key, ...source.schema.value].map((c) => [c.name, c]));
    columnsBySource.set(source, columns);
  }
  return columns;
}

function implicitColumns(source: Source, count: number, statement: StatementOf<'InsertValues'>): string[] {
  const columns = [...source.schema.key, ...source.schema.value].map((c) => c.name);
  if (columns.length !== count) {
    throw new SluiceError(
      'STATEMENT',
      `Expected a value for each column. Expected Columns: [${columns.map(quoteIdentifier).join(', ')}]. Got ${count} values`,
      {
        span: valuesSpan(statement),
        hint: `${source.name} has ${columns.length} columns: give a value for each, or name those that you give: INSERT INTO ${source.name} (${columns.slice(0, count).join(', ')}) VALUES (…);`,
      },
    );
  }
  return columns;
}

/** Advice for words that stand for a value in other dialects. */
function valueAdvice(name: string): string | undefined {
  if (name === 'DEFAULT') return 'There are no defaults: leave the column out, or write NULL.';
  return /^(?:CURRENT_TIMESTAMP|LOCALTIMESTAMP|NOW|SYSDATE)$/.test(name)
    ? 'FROM_UNIXTIME(UNIX_TIMESTAMP()) is the time now as a TIMESTAMP.'
    : name === 'CURRENT_DATE'
      ? 'FROM_DAYS(CAST(UNIX_TIMESTAMP() / 86400000 AS INT)) is the day now as a DATE.'
      : undefined;
}

function refuseColumns(expression: Expression): void {
  visit(expression, (node) => {
    if (node.kind === 'ColumnReference') {
      const name = node.qualifier ?? node.name;
      throw new SluiceError(
        'STATEMENT',
        `Failed to prepare statement: '${name}' is not a valid stream/table name or alias.`,
        {
          span: node.span,
          hint: valueAdvice(name) ?? `${textAdvice(node)} The values of an INSERT read no columns.`,
        },
      );
    }
  });
}

/** The values of the row. An error in computing one includes remarks about the statement. */
function valuesOf(
  { columns, values, span }: StatementOf<'InsertValues'>,
  source: Source,
  services: Services,
  doubts: readonly string[],
): Map<string, unknown> {
  try {
    return evaluateRow(columns, values, source, services);
  } catch (error) {
    if (!isSluiceError(error) || error.hint !== undefined || doubts.length === 0) throw error;
    throw new SluiceError(error.code, error.message, {
      span: error.span ?? span,
      hint: doubts.join(' '),
      cause: error.cause,
      status: error.status,
      restCode: error.restCode,
    });
  }
}

/** Column name to value, converted to the column's type; without a list the columns are the source's, in order. */
export function evaluateRow(
  names: readonly Identifier[],
  expressions: readonly Expression[],
  source: Source,
  services: Services,
): Map<string, unknown> {
  const known = columnsOf(source);
  const targets = names.length > 0 ? names.map((c) => c.name) : [...known.keys()];
  const result = new Map<string, unknown>();
  for (const [i, name] of targets.entries()) {
    const type: SqlType = known.get(name)?.type ?? BIGINT;
    const expression = must(expressions[i], 'expression');
    if (expression.kind === 'NullLiteral') {
      checkKeyValue(null, name, source, expression);
      result.set(name, null);
      continue;
    }
    const typed = checkExpression(expression, EMPTY_SCOPE, services.functions);
    const value = computed(typed, name, expression, services);
    const coerced = coerceValue(value, typed.type, type);
    if (coerced === undefined) {
      throw new SluiceError(
        'STATEMENT',
        `Failed to insert values into '${source.name}'. Expected type ${typeName(type)} for field ${quoteIdentifier(name)} but got ${displayValue(typed.type, value)}(${typeName(typed.type)})`,
        { span: expression.span, hint: misfit(value, typed.type, name, type, expression) },
      );
    }
    checkKeyValue(coerced.value, name, source, expression);
    result.set(name, coerced.value);
  }
  return result;
}

/** A field of a STRUCT, at any depth, that the column's type lacks: its value would be lost silently. */
function strayField(
  from: SqlType,
  to: SqlType,
): { readonly name: string; readonly fields: readonly string[] } | undefined {
  if (from.kind === 'ARRAY' && to.kind === 'ARRAY') return strayField(from.element, to.element);
  if (from.kind === 'MAP' && to.kind === 'MAP') return strayField(from.value, to.value);
  if (from.kind !== 'STRUCT' || to.kind !== 'STRUCT') return undefined;
  for (const { name, type } of from.fields) {
    const field = to.fields.find((f) => f.name === name) ?? to.fields.find((f) => f.name === name.toUpperCase());
    if (field === undefined) return { name, fields: to.fields.map((f) => f.name) };
    const stray = strayField(type, field.type);
    if (stray !== undefined) return stray;
  }
  return undefined;
}

/** Fields that no column accepts, which ksqlDB drops. */
function lostFields(
  { columns, values }: StatementOf<'InsertValues'>,
  source: Source,
  { functions }: Services,
): readonly string[] {
  const known = columnsOf(source);
  const targets = columns.length > 0 ? columns.map((c) => c.name) : [...known.keys()];
  return targets.flatMap((name, i) => {
    const column = known.get(name);
    const expression = must(values[i], 'value');
    // Checking the expression again is expensive, so only types that contain a STRUCT are examined.
    if (column === undefined || !formatType(column.type).includes('STRUCT<') || expression.kind === 'NullLiteral')
      return [];
    const stray = strayField(checkExpression(expression, EMPTY_SCOPE, functions).type, column.type);
    if (stray === undefined) return [];
    const near = didYouMean(stray.name, stray.fields) ?? `Its fields are ${stray.fields.join(', ')}.`;
    return [
      `Field ${stray.name} was left out: it is no field of ${quoteIdentifier(name)}, ${formatType(column.type)}. ${near}`,
    ];
  });
}

/**
 * Columns of a table that an INSERT does not name: the row takes the place of the one with its key, whole, and people
 * of other databases expect the others to stay.
 */
function leftOut({ columns }: StatementOf<'InsertValues'>, source: Source): readonly string[] {
  if (source.kind !== 'TABLE' || source.isCasTarget || columns.length === 0) return [];
  const named = new Set(columns.map((c) => c.name));
  const values = source.schema.value.filter((c) => c.role === 'VALUE').map((c) => c.name);
  const missing = values.filter((name) => !named.has(name));
  if (missing.length === 0) return [];
  const all = [...source.schema.key.map((c) => c.name), ...values].map((name) => formatName(name));
  return [
    `${missing.map((name) => formatName(name)).join(', ')} ${missing.length === 1 ? 'is' : 'are'} NULL now for this key: a row of a table takes the place of the one with the same key, whole. INSERT INTO ${formatName(source.name)} (${all.join(', ')}) VALUES (…); keeps what is given again.`,
  ];
}

/** Remarks on a row that is inserted next to those of the query that writes the target. */
function writtenByQuery(source: Source, { catalog }: Services): readonly string[] {
  if (!source.isCasTarget) return [];
  const made = catalog.current.createdByQuery(source.name);
  if (made === undefined) return [];
  const query = made.id;
  const read =
    made.sources.length === 1
      ? `${formatName(must(made.sources[0], 'source'))}, which the query reads,`
      : 'what the query reads';
  return source.kind === 'TABLE'
    ? [
        `Query ${query} keeps table ${source.name}: your row is in its topic and in what reads on from there, but a SELECT of what the table holds has the query's rows alone, and the query's next row for this key takes the place of yours. INSERT INTO ${read} changes its result.`,
      ]
    : [`Query ${query} writes stream ${source.name} as well: your row stands among its rows.`];
}

/** In a table with a single-column key, a row must have that key. @throws SluiceError */
function checkKeyValue(value: unknown, name: string, source: Source, expression: Expression): void {
  if (value !== null || source.kind !== 'TABLE') return;
  const { key } = source.schema;
  if (key.length !== 1 || key[0]!.name !== name) return;
  throw new SluiceError(
    'STATEMENT',
    `Failed to insert values into '${source.name}'. Value for primary key column(s) ${quoteIdentifier(name)} is required for tables`,
    { span: expression.span, hint: 'A key of NULL names no row.' },
  );
}

/** @throws SluiceError that names the column whose value cannot be computed */
function computed(typed: TypedExpr, name: string, { span }: Expression, services: Services): unknown {
  try {
    return valueOf(typed, services);
  } catch (error) {
    if (isSluiceError(error))
      throw error.span === undefined
        ? new SluiceError(error.code, error.message, {
            span,
            hint: error.hint ?? patternAdvice(error.message),
            cause: error,
          })
        : error;
    throw new SluiceError('STATEMENT', `The value of column ${quoteIdentifier(name)} fails: ${messageOf(error)}`, {
      span,
      hint: 'Nothing was inserted: give a value that can be computed.',
      cause: error,
    });
  }
}

function valueOf(typed: TypedExpr, services: Services): unknown {
  // Nearly all values are literals; generating code for each would be the largest part of the cost.
  if (typed.kind === 'literal') return typed.value;
  const { functions } = services;
  return compileValue(typed, { functions, functionEnv: functionEnv(services, services.config, KEYS.rowMaxSteps) })([], {
    onError: rethrow,
  });
}

function rethrow(_index: number, error: unknown): void {
  throw error;
}

function typeName(type: SqlType): string {
  return type.kind;
}

/** A record's timestamp, with the limits of Kafka's producer. @throws SluiceError STATEMENT, at the value of ROWTIME */
function checkedTimestamp(ms: Int64, { columns, values }: StatementOf<'InsertValues'>): number {
  if (typeof ms === 'number' && ms >= 0) return ms;
  throw new SluiceError('STATEMENT', `Invalid timestamp: ${ms}. Timestamp should always be non-negative or null.`, {
    span: values[columns.findIndex((c) => c.name === 'ROWTIME')]?.span,
  });
}
