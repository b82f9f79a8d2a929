import { must } from '../../base/assert.ts';
import type { CheckedCall } from '../../expr/check/calls.ts';
import { checkCall, checkExpression } from '../../expr/check/check.ts';
import { type Clause, inClause } from '../../expr/check/errors.ts';
import type { Scope, ScopeColumn } from '../../expr/check/scope.ts';
import type { TypedExpr } from '../../expr/typed.ts';
import type { Expression, FunctionCall } from '../../sql/ast/expressions.ts';
import type { PlanContext } from '../context.ts';
import type { RowColumn, Step, TopicCodec } from '../steps/steps.ts';
import { ExpressionMap, sameExpression } from './expressions.ts';
import { flatten } from './qualify.ts';

/** The intermediate result of planning a part of a query: a step, and what is known of its records. */
export interface Relation {
  readonly step: Step;
  /** How records of this shape are serialized in a topic; internal topics, and defaults of the sink, follow it. */
  readonly codec: TopicCodec;
  /**
   * For each key column, the qualified expressions that a projection may select for it, the preferred one first. Empty
   * when the key is null. A synthetic key column stands for itself.
   */
  readonly key: readonly KeyColumn[];
  /** Whether internal steps wrote the key: then its bytes are ours, regardless of schema ids in the sources. */
  readonly keyIsInternal: boolean;
}

export interface KeyColumn {
  /** The name in rows and in `out.key`. */
  readonly name: string;
  readonly type: RowColumn['type'];
  readonly stands: readonly Expression[];
  /** Expressions that equal the column in every row; absent: all of `stands`. */
  readonly equal?: readonly Expression[] | undefined;
}

/** Whether an expression is the preferred one for the key column and equals it in every row. */
export function isKeyColumn(column: KeyColumn, expression: Expression): boolean {
  const [first] = column.stands;
  if (first === undefined || !sameExpression(first, expression)) return false;
  return column.equal === undefined || column.equal.some((e) => sameExpression(e, expression));
}

/** Expressions whose values the row already holds. */
export type Held = readonly { readonly expression: Expression; readonly column: ScopeColumn }[];

const NONE_HELD: Held = [];

/** Types qualified expressions over a relation's row. */
export class Typer {
  readonly #context: PlanContext;
  readonly isJoin: boolean;
  /** The scope that was used last. */
  #scope: { readonly columns: readonly RowColumn[]; readonly held: Held; readonly scope: Scope } | undefined;

  constructor(context: PlanContext, isJoin: boolean) {
    this.#context = context;
    this.isJoin = isJoin;
  }

  /** Types an expression; messages carry the clause's prefix. @throws SluiceError STATEMENT */
  check(expression: Expression, relation: Pick<Relation, 'step'>, clause: Clause, held: Held = NONE_HELD): TypedExpr {
    return this.checkOver(expression, relation.step.out.row, clause, held);
  }

  checkOver(expression: Expression, columns: readonly RowColumn[], clause: Clause, held: Held = NONE_HELD): TypedExpr {
    try {
      return checkExpression(flatten(expression, this.isJoin), this.scope(columns, held), this.#context.functions);
    } catch (error) {
      throw inClause(error, clause);
    }
  }

  /** Types the arguments of an aggregate or table function and chooses its overload. @throws SluiceError STATEMENT */
  checkCall(call: FunctionCall, row: readonly RowColumn[]): CheckedCall {
    return checkCall(flatten(call, this.isJoin) as FunctionCall, this.scope(row), this.#context.functions);
  }

  /**
   * The scope of a row: its columns by name, and where it holds values of whole expressions. Cached, as every
   * expression needs it.
   */
  scope(columns: readonly RowColumn[], held: Held = NONE_HELD): Scope {
    if (this.#scope?.columns !== columns || this.#scope.held !== held)
      this.#scope = { columns, held, scope: this.#newScope(columns, held) };
    return this.#scope.scope;
  }

  #newScope(columns: readonly RowColumn[], held: Held): Scope {
    const byName = new Map(columns.map((c, index) => [c.name, { index, name: c.name, type: c.type }]));
    const replaced = new ExpressionMap(held.map((h) => [flatten(h.expression, this.isJoin), h.column] as const));
    return {
      column: (_, name) => byName.get(name),
      ...(held.length === 0 ? {} : { replace: (e: Expression) => replaced.get(e) }),
      customType: (name) => this.#context.catalog.type(name),
    };
  }
}

/** A column of a row as an expression. */
export function columnExpr(columns: readonly RowColumn[], index: number): TypedExpr {
  const column = must(columns[index], 'column');
  return { kind: 'column', index, name: column.name, type: column.type };
}
