import { must } from '../../../base/assert.ts';
import type { FunctionRegistry } from '../../../functions/registry.ts';
import type { Expression, FunctionCall } from '../../../sql/ast/expressions.ts';
import type { Query } from '../../../sql/ast/query.ts';
import { visit } from '../../../sql/ast/visit.ts';
import { formatExpression } from '../../../sql/printer/expressions.ts';
import { reject } from '../../errors.ts';
import { isWindowBound, listAnd } from '../../names.ts';
import { callsOf, ExpressionMap, exprKey, isAggregateCall } from '../expressions.ts';
import { flatten } from '../qualify.ts';
import type { BodyMode } from '../body-mode.ts';
import type { SelectEntry } from '../select/select-items.ts';
import { NO_SPAN } from '../../../base/span.ts';

/** The grouping expression when all rows are one group. */
const ONE_GROUP: Expression = { kind: 'IntegerLiteral', type: 'INTEGER', value: 1, span: NO_SPAN };

/** The qualified clauses of an aggregation. */
export interface Grouping {
  readonly groupBy: readonly Expression[];
  /** Whether all rows are one group; then `groupBy` is a constant. */
  readonly isOneGroup: boolean;
  readonly having: Expression | null;
  readonly entries: readonly SelectEntry[];
  readonly window: Query['window'];
  /** Distinct aggregate calls of SELECT and HAVING, in textual order. */
  readonly calls: readonly FunctionCall[];
}

/** The aggregation that a query's clauses describe; undefined when there is none. @throws SluiceError STATEMENT */
export function bindGrouping(
  query: Query,
  clauses: Pick<Grouping, 'groupBy' | 'having' | 'entries'>,
  functions: FunctionRegistry,
  isJoin: boolean,
  mode: Pick<BodyMode, 'persistent' | 'subject'> & { readonly groupsAlone?: boolean },
  order: readonly Expression[] = [],
): Grouping | undefined {
  const text = (e: Expression): string => formatExpression(flatten(e, isJoin));
  const calls = distinctCalls(clauses, order, functions);
  checkNested(calls, functions, text);
  const rowMakers = clauses.entries.flatMap((e) => callsOf(e.expression, 'TABLE', functions));
  if (rowMakers.length > 0 && (calls.length > 0 || clauses.groupBy.length > 0))
    throw reject('Table functions cannot be used with aggregations.', rowMakers[0]!.span);
  if (clauses.groupBy.length === 0) {
    if (calls.length === 0) refuseWindow(query);
    if (calls.length > 0) {
      const loose = clauses.entries.filter((e) => !isCovered(e.expression, [], functions, false));
      if (loose.length > 0)
        throw notGrouped(
          loose.map((e) => e.expression),
          text,
          `GROUP BY ${loose.map((e) => text(e.expression)).join(', ')} behind FROM counts for each of them; without it all rows are one group, of which LATEST_BY_OFFSET(column) takes the last value.`,
        );
      refuseWindow(query);
      checkOrder(order, [], functions, text);
      // A transient query may aggregate all rows as a single group.
      if (!mode.persistent) return { ...clauses, isOneGroup: true, groupBy: [ONE_GROUP], window: query.window, calls };
      throw reject(
        `${mode.subject} does not support aggregate function [${calls.map((c) => text(shownCall(c))).join(', ')}] without a GROUP BY clause.`,
        must(calls[0], 'call').span,
        `A result that is kept has a key: GROUP BY a column, or SELECT 1 AS one, ${text(must(calls[0], 'call'))} … GROUP BY 1; for one row over all. A SELECT outside of CREATE answers without GROUP BY.`,
      );
    }
    if (query.having !== null) throw reject('HAVING clause requires a GROUP BY clause.', query.having.span);
    return undefined;
  }
  checkGroupBy(clauses.groupBy, functions);
  if (query.window !== null) checkWindowBounds(clauses, functions);
  if (calls.length === 0 && mode.groupsAlone !== true) {
    throw reject(
      'GROUP BY requires aggregate functions in either the SELECT or HAVING clause.',
      must(query.groupBy[0], 'expression of GROUP BY').span,
      'Add one, such as COUNT(*), to the SELECT; LATEST_BY_OFFSET(column) takes the last value of a group.',
    );
  }
  const boundsShown = query.window !== null;
  const loose = clauses.entries.filter((e) => !isCovered(e.expression, clauses.groupBy, functions, boundsShown));
  if (loose.length > 0)
    throw notGrouped(
      loose.map((e) => e.expression),
      text,
      clauses.groupBy.some((e) => e.kind === 'IntegerLiteral')
        ? `GROUP BY takes columns and expressions, not their numbers.${query.window === null ? '' : " The bounds of the window are no part of it: GROUP BY 'all' makes one group of all rows of a window."}`
        : undefined,
    );
  if (clauses.having !== null) checkHaving(clauses.having, clauses.groupBy, functions, text);
  checkOrder(order, clauses.groupBy, functions, text);
  return { ...clauses, isOneGroup: false, window: query.window, calls };
}

function refuseWindow({ window }: Query): void {
  if (window === null) return;
  throw reject(
    'WINDOW clause requires a GROUP BY clause.',
    window.span,
    'A window gathers rows: SELECT column, COUNT(*) … WINDOW … GROUP BY column.',
  );
}

function distinctCalls(
  clauses: Pick<Grouping, 'having' | 'entries'>,
  order: readonly Expression[],
  functions: FunctionRegistry,
): FunctionCall[] {
  const expressions = [
    ...clauses.entries.map((e) => e.expression),
    ...(clauses.having === null ? [] : [clauses.having]),
    ...order,
  ];
  const byKey = new Map<string, FunctionCall>();
  for (const call of expressions.flatMap((e) => callsOf(e, 'AGGREGATE', functions))) {
    const key = exprKey(call);
    if (!byKey.has(key)) byKey.set(key, call);
  }
  return [...byKey.values()];
}

function checkNested(
  calls: readonly FunctionCall[],
  functions: FunctionRegistry,
  text: (e: Expression) => string,
): void {
  for (const call of calls) {
    const inner = call.args.flatMap((arg) => callsOf(arg, 'AGGREGATE', functions))[0];
    if (inner !== undefined) {
      throw reject(
        `Aggregate functions can not be nested: ${text(call)}`,
        call.span,
        `In two steps: CREATE TABLE first AS SELECT …, ${text(inner)} AS n FROM … GROUP BY …; and then SELECT ${call.name}(n) FROM first …;`,
      );
    }
  }
}

function checkGroupBy(groupBy: readonly Expression[], functions: FunctionRegistry): void {
  const seen = new Set<string>();
  for (const expression of groupBy) {
    const aggregates = callsOf(expression, 'AGGREGATE', functions);
    if (aggregates.length > 0) {
      throw reject(
        `GROUP BY does not support aggregate functions: ${listAnd(aggregates.map((a) => a.name))} is an aggregate function.`,
        expression.span,
        'GROUP BY takes what the rows of a group have in common: columns, or expressions over them. A condition on the aggregate stands in HAVING.',
      );
    }
    const tables = callsOf(expression, 'TABLE', functions);
    if (tables.length > 0) {
      throw reject(
        `GROUP BY does not support table functions: ${tables[0]!.name} is a table function.`,
        expression.span,
      );
    }
    const key = exprKey(expression);
    if (seen.has(key)) throw reject(`Duplicate GROUP BY expression: ${formatExpression(expression)}`, expression.span);
    seen.add(key);
  }
}

/** Checks that window bounds of the query itself are used only where rows are in windows: in the projection. */
function checkWindowBounds(
  clauses: Pick<Grouping, 'groupBy' | 'having' | 'entries'>,
  functions: FunctionRegistry,
): void {
  const refuse = (expression: Expression): void =>
    visit(expression, (node) => {
      if (node.kind === 'ColumnReference' && node.qualifier === null && isWindowBound(node.name)) {
        throw reject(
          `Window bounds column ${node.name} can only be used in the SELECT clause of windowed aggregations`,
          node.span,
          "Each window is a group by itself, so its bounds stand in the SELECT alone: GROUP BY the other columns, or GROUP BY 'all' for one row of each window.",
        );
      }
    });
  clauses.groupBy.forEach(refuse);
  for (const entry of clauses.entries) callsOf(entry.expression, 'AGGREGATE', functions).forEach(refuse);
  if (clauses.having !== null) refuse(clauses.having);
}

/**
 * Whether an expression reads nothing but grouping expressions, aggregates, constants and (with `bounds`) window
 * bounds.
 */
function isCovered(
  expression: Expression,
  groupBy: readonly Expression[],
  functions: FunctionRegistry,
  bounds: boolean,
): boolean {
  return looseRefs(expression, groupBy, functions, bounds).length === 0;
}

function looseRefs(
  expression: Expression,
  groupBy: readonly Expression[],
  functions: FunctionRegistry,
  bounds: boolean,
): Expression[] {
  const grouped = new ExpressionMap(groupBy.map((g) => [g, true] as const));
  const loose: Expression[] = [];
  visit(expression, (node) => {
    if (isAggregateCall(node, functions) || grouped.get(node) === true) return false;
    if (node.kind !== 'ColumnReference') return true;
    if (!(bounds && node.qualifier === null && isWindowBound(node.name))) loose.push(node);
    return true;
  });
  return loose;
}

function checkHaving(
  having: Expression,
  groupBy: readonly Expression[],
  functions: FunctionRegistry,
  text: (e: Expression) => string,
): void {
  const loose = looseRefs(having, groupBy, functions, false);
  if (loose.length === 0) return;
  throw reject(
    `Non-aggregate HAVING expression not part of GROUP BY: ${[...new Set(loose.map(text))].join(', ')}`,
    must(loose[0], 'loose expression').span,
    'HAVING looks at groups: conditions on single rows stand in WHERE, before GROUP BY.',
  );
}

function checkOrder(
  order: readonly Expression[],
  groupBy: readonly Expression[],
  functions: FunctionRegistry,
  text: (e: Expression) => string,
): void {
  const loose = order.flatMap((e) => looseRefs(e, groupBy, functions, false));
  if (loose.length === 0) return;
  throw reject(
    `Non-aggregate ORDER BY expression not part of GROUP BY: ${[...new Set(loose.map(text))].join(', ')}`,
    must(loose[0], 'loose expression').span,
  );
}

function notGrouped(expressions: readonly Expression[], text: (e: Expression) => string, hint?: string): Error {
  return reject(
    `Non-aggregate SELECT expression(s) not part of GROUP BY: ${expressions.map(text).join(', ')}\n` +
      `Either add the column(s) to the GROUP BY or remove them from the SELECT.`,
    must(expressions[0], 'expression').span,
    hint ?? `LATEST_BY_OFFSET(${text(must(expressions[0], 'expression'))}) takes the last value of each group.`,
  );
}

/** COUNT(*) counts rows; ksqlDB shows it as a call on ROWTIME. */
function shownCall(call: FunctionCall): FunctionCall {
  if (!call.star) return call;
  return {
    ...call,
    star: false,
    args: [{ kind: 'ColumnReference', qualifier: null, name: 'ROWTIME', span: call.span }],
  };
}
