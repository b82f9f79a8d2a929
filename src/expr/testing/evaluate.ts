import { Work } from '../../base/budget/work.ts';
import type { FunctionEnv } from '../../functions/api.ts';
import { BUILT_IN_REGISTRY } from '../../functions/built-in.ts';
import { parseExpression, parseType } from '../../sql/parse.ts';
import { resolveType } from '../../sql/ast/types.ts';
import { displayValue } from '../../types/display.ts';
import type { SqlType } from '../../types/sql-type.ts';
import { checkExpression } from '../check/check.ts';
import { columnScope } from '../check/scope.ts';
import { compileProjection } from '../compile/compile.ts';
import type { CompileEnv } from '../compile/env.ts';
import type { TypedExpr } from '../typed.ts';

/** A deterministic function environment: time 0, and always the same random number and id. */
export const FIXED_ENV: FunctionEnv = {
  nowMs: () => 0,
  random: () => 0.5,
  uuid: () => '00000000-0000-0000-0000-000000000000',
  work: new Work(1_000_000, 'ksql.row.max.steps'),
};

export const TEST_ENV: CompileEnv = { functions: BUILT_IN_REGISTRY, functionEnv: FIXED_ENV };

/** Parses the text of a SQL type. */
export function typeOfText(text: string): SqlType {
  return resolveType(parseType(text), (reference) => {
    throw new Error(`unknown type ${reference.name}`);
  });
}

/** Parses and types an expression, given the SQL types of the columns by name. */
export function typed(text: string, columns: Readonly<Record<string, string>> = {}): TypedExpr {
  const scope = columnScope(Object.entries(columns).map(([name, type]) => ({ name, type: typeOfText(type) })));
  return checkExpression(parseExpression(text), scope, BUILT_IN_REGISTRY);
}

export interface Evaluated {
  readonly value: unknown;
  /** The value as shown by CAST to STRING. */
  readonly shown: string;
  readonly type: SqlType;
  readonly errors: readonly string[];
}

/** Evaluates SQL text on one row, like a column of a projection. */
export function evaluate(
  text: string,
  columns: Readonly<Record<string, string>> = {},
  row: readonly unknown[] = [],
): Evaluated {
  const expression = typed(text, columns);
  const errors: string[] = [];
  const [value] = compileProjection([expression], TEST_ENV)([...row], {
    onError: (_, error) => errors.push(error instanceof Error ? error.message : String(error)),
  });
  return { value, shown: displayValue(expression.type, value), type: expression.type, errors };
}
