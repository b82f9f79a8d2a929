import { assertNever, must } from '../../base/assert.ts';
import type { FunctionRegistry } from '../../functions/registry.ts';
import type {
  Between,
  Case,
  Cast,
  Comparison,
  Expression,
  FieldAccess,
  FunctionCall,
  In,
  Lambda,
  Like,
  Subscript,
  Unary,
} from '../../sql/ast/expressions.ts';
import { resolveType } from '../../sql/ast/types.ts';
import { findCast } from '../../types/cast.ts';
import { isNumeric } from '../../types/coerce.ts';
import { BOOLEAN, formatType, INTEGER, type SqlType } from '../../types/sql-type.ts';
import type { CompareOp, TypedExpr, TypedLambda } from '../typed.ts';
import { resolveCall, type CheckedCall } from './calls.ts';
import { typeArray, typeMap, typeStruct } from './constructors.ts';
import { typeArithmetic } from './arithmetic.ts';
import { unifyItems, type ListItem } from './common-type.ts';
import { type Operand, unifyComparison } from './comparison.ts';
import { invalidError, NO_TYPE, placed, typeError } from './errors.ts';
import { castTo, isUntypedNull, nullOf, typeLiteral } from './literals.ts';
import { EMPTY_SCOPE, type Scope } from './scope.ts';
import { typeAdvice } from '../../sql/advice/type-names.ts';
import { formatExpression } from '../../sql/printer/expressions.ts';
import { fieldAdvice, noCastAdvice, subscriptAdvice } from './advice.ts';

/**
 * Types an expression: resolves columns, custom types and overloads, and makes implicit casts explicit. Throws
 * SluiceError (STATEMENT) with ksqlDB's message, without the prefix for the clause, which `inClause` (errors.ts) adds.
 */
export function checkExpression(expression: Expression, scope: Scope, functions: FunctionRegistry): TypedExpr {
  const typed = new Checker(scope, functions).check(expression);
  if (isUntypedNull(typed)) throw typeError(NO_TYPE, { span: expression.span });
  return typed;
}

/** Like checkExpression, where the context gives NULL its type. */
export function checkExpressionAs(
  expression: Expression,
  nullType: SqlType,
  scope: Scope,
  functions: FunctionRegistry,
): TypedExpr {
  const typed = new Checker(scope, functions).check(expression);
  return isUntypedNull(typed) ? nullOf(nullType) : typed;
}

/** Like checkExpression, but returns null for the NULL literal. */
export function checkNullable(expression: Expression, scope: Scope, functions: FunctionRegistry): TypedExpr | null {
  const typed = new Checker(scope, functions).check(expression);
  return isUntypedNull(typed) ? null : typed;
}

/** Types a call's arguments and chooses the overload; the planner uses it for aggregate and table functions. */
export function checkCall(call: FunctionCall, scope: Scope, functions: FunctionRegistry): CheckedCall {
  return resolveCall(call, functions, new Checker(scope, functions));
}

class CheckedItem implements ListItem {
  readonly expression: TypedExpr;
  readonly #node: Expression;

  constructor(expression: TypedExpr, node: Expression) {
    this.expression = expression;
    this.#node = node;
  }

  text(): string {
    return formatExpression(this.#node);
  }
}

class Checker {
  readonly #scope: Scope;
  readonly #functions: FunctionRegistry;
  /** The types of the lambda parameters in scope, by name. */
  #variables: ReadonlyMap<string, SqlType> = new Map();

  constructor(scope: Scope, functions: FunctionRegistry) {
    this.#scope = scope;
    this.#functions = functions;
  }

  /** The typed expression, or UNTYPED_NULL. An error without a position gets that of the innermost expression. */
  check(node: Expression): TypedExpr {
    try {
      return this.#checkNode(node);
    } catch (error) {
      throw placed(error, node.span);
    }
  }

  #checkNode(node: Expression): TypedExpr {
    const held = this.#scope.replace?.(node);
    if (held !== undefined) return { kind: 'column', index: held.index, name: held.name, type: held.type };
    switch (node.kind) {
      case 'NullLiteral':
      case 'BooleanLiteral':
      case 'IntegerLiteral':
      case 'DecimalLiteral':
      case 'DoubleLiteral':
      case 'StringLiteral':
        return typeLiteral(node);
      case 'ColumnReference':
        return this.#column(node.qualifier ?? undefined, node.name, node);
      case 'IntervalUnit':
        return this.#column(undefined, node.name, node);
      case 'LambdaVariable':
        return this.#variable(node.name, node);
      case 'FieldAccess':
        return this.#field(node);
      case 'Subscript':
        return this.#subscript(node);
      case 'FunctionCall':
        return this.#call(node);
      case 'Lambda':
        throw typeError('A lambda can only be an argument of a function.', { span: node.span });
      case 'Unary':
        return this.#unary(node);
      case 'Arithmetic':
        return typeArithmetic(node.op, this.check(node.left), this.check(node.right), () => formatExpression(node));
      case 'Comparison':
        return this.#comparison(node);
      case 'Logical': {
        const left = this.#condition(node.left, node.op);
        const right = this.#condition(node.right, node.op);
        return { kind: 'logical', op: node.op, left, right, type: BOOLEAN };
      }
      case 'Not':
        return { kind: 'not', operand: this.#condition(node.operand, 'NOT'), type: BOOLEAN };
      case 'IsNull': {
        const operand = this.check(node.operand);
        const typed = isUntypedNull(operand) ? nullOf(BOOLEAN) : operand;
        return { kind: 'isNull', operand: typed, negated: node.negated, type: BOOLEAN };
      }
      case 'Between':
        return this.#between(node);
      case 'In':
        return this.#in(node);
      case 'Like':
        return this.#like(node);
      case 'Case':
        return this.#case(node);
      case 'Cast':
        return this.#cast(node);
      case 'ArrayConstructor':
        return typeArray(node, this);
      case 'MapConstructor':
        return typeMap(node, this);
      case 'StructConstructor':
        return typeStruct(node, this);
      default:
        return assertNever(node);
    }
  }

  #column(qualifier: string | undefined, name: string, node: Expression): TypedExpr {
    if (qualifier === undefined && this.#variables.has(name)) return this.#variable(name, node);
    const column = this.#scope.column(qualifier, name);
    if (column === undefined) {
      throw typeError(`Unknown column ${qualifier === undefined ? '' : `${qualifier}.`}${name}.`, { span: node.span });
    }
    return { kind: 'column', index: column.index, name: column.name, type: column.type };
  }

  #variable(name: string, node: Expression): TypedExpr {
    const type = this.#variables.get(name);
    if (type === undefined) throw typeError(`Unknown lambda variable ${name}.`, { span: node.span });
    return { kind: 'variable', name, type };
  }

  #field(node: FieldAccess): TypedExpr {
    const base = this.check(node.base);
    if (isUntypedNull(base) || base.type.kind !== 'STRUCT') {
      const type = isUntypedNull(base) ? 'null' : formatType(base.type);
      throw typeError(`Can only dereference STRUCT types with '->', but ${formatExpression(node.base)} is ${type}.`, {
        span: node.span,
        hint: isUntypedNull(base) ? undefined : fieldAdvice(base.type, formatExpression(node.base), node.field),
      });
    }
    const { fields } = base.type;
    const index = fields.findIndex((f) => f.name === node.field);
    if (index < 0) {
      const available = fields.map((f) => f.name).join(', ');
      throw typeError(`Could not find field '${node.field}' in '${formatExpression(node.base)}'.`, {
        span: node.span,
        hint: `Its fields are: ${available}.`,
      });
    }
    return { kind: 'field', base, index, name: node.field, type: must(fields[index], 'field').type };
  }

  #subscript(node: Subscript): TypedExpr {
    const base = this.check(node.base);
    const index = this.check(node.index);
    if (!isUntypedNull(base)) {
      const { type } = base;
      if (type.kind === 'ARRAY') {
        const ok = isUntypedNull(index) || index.type.kind === 'INTEGER' || index.type.kind === 'BIGINT';
        if (!ok) {
          throw typeError(
            `Array index must be an INTEGER, but is ${formatExpression(node.index)} (${formatType(index.type)}).`,
            {
              span: node.index.span,
              hint: `${formatExpression(node.base)} is an ARRAY: its elements are counted from 1, as in ${formatExpression(node.base)}[1].`,
            },
          );
        }
        return { kind: 'subscript', base, index: isUntypedNull(index) ? nullOf(INTEGER) : index, type: type.element };
      }
      if (type.kind === 'MAP') {
        if (!isUntypedNull(index) && findCast(index.type, type.key) === undefined) {
          throw typeError(
            `Map key must be ${formatType(type.key)}, but is ${formatExpression(node.index)} (${formatType(index.type)}).`,
            {
              span: node.index.span,
            },
          );
        }
        return { kind: 'subscript', base, index: castTo(index, type.key), type: type.value };
      }
    }
    const type = isUntypedNull(base) ? 'null' : formatType(base.type);
    throw typeError(`Subscripts need an ARRAY or a MAP, but ${formatExpression(node.base)} is ${type}.`, {
      span: node.span,
      hint: subscriptAdvice(base, node),
    });
  }

  #unary(node: Unary): TypedExpr {
    const operand = this.check(node.operand);
    if (isUntypedNull(operand) || !isNumeric(operand.type)) {
      const type = isUntypedNull(operand) ? 'null' : operand.type.kind;
      throw typeError(`Error processing expression: ${formatExpression(node)}. Unsupported arithmetic type. ${type}`, {
        span: node.span,
        hint:
          type === 'STRING'
            ? `A text is made a number by CAST: ${node.op}CAST(${formatExpression(node.operand)} AS DOUBLE).`
            : `${node.op} stands before a number.`,
      });
    }
    return node.op === '+' ? operand : { kind: 'negate', operand, type: operand.type };
  }

  #comparison(node: Comparison): TypedExpr {
    const [left, right] = unifyComparison(node.op, this.#operand(node.left), this.#operand(node.right));
    return { kind: 'compare', op: node.op, left, right, type: BOOLEAN };
  }

  #operand(ast: Expression): Operand {
    return { ast, expression: this.check(ast), text: () => formatExpression(ast) };
  }

  /** Types an operand of AND, OR or NOT, or a condition. */
  #condition(node: Expression, place: string): TypedExpr {
    const typed = this.check(node);
    if (isUntypedNull(typed)) return nullOf(BOOLEAN);
    if (typed.type.kind !== 'BOOLEAN') {
      throw typeError(`${place} needs BOOLEAN operands, but ${formatExpression(node)} is ${formatType(typed.type)}.`, {
        span: node.span,
        hint:
          place === 'NOT'
            ? 'NOT negates a condition, as in NOT x = 1 or NOT x IS NULL.'
            : `Each side of ${place} is a whole condition, as in x = 1 OR x = 2; x IN (1, 2) says the same.`,
      });
    }
    return typed;
  }

  #between(node: Between): TypedExpr {
    const value = this.#operand(node.value);
    const min = this.#operand(node.min);
    const max = this.#operand(node.max);
    // `v BETWEEN a AND b` is `v >= a AND v <= b`; each bound may require a different cast of the value.
    const [lowValue, low] = unifyComparison('>=', value, min);
    const [highValue, high] = unifyComparison('<=', value, max);
    if (formatType(lowValue.type) === formatType(highValue.type)) {
      return { kind: 'between', value: lowValue, min: low, max: high, type: BOOLEAN };
    }
    const half = (op: CompareOp, left: TypedExpr, right: TypedExpr): TypedExpr => ({
      kind: 'compare',
      op,
      left,
      right,
      type: BOOLEAN,
    });
    return {
      kind: 'logical',
      op: 'AND',
      left: half('>=', lowValue, low),
      right: half('<=', highValue, high),
      type: BOOLEAN,
    };
  }

  items(nodes: readonly Expression[]): ListItem[] {
    return nodes.map((node) => new CheckedItem(this.check(node), node));
  }

  #in(node: In): TypedExpr {
    const unified = unifyItems(this.items([node.value, ...node.list]));
    if (unified === null) return { kind: 'in', value: nullOf(BOOLEAN), list: [], type: BOOLEAN };
    const [value, ...list] = unified.items;
    return { kind: 'in', value: value!, list, type: BOOLEAN };
  }

  #like(node: Like): TypedExpr {
    const [value, pattern] = [node.value, node.pattern].map((part) => {
      const typed = this.check(part);
      if (isUntypedNull(typed)) return nullOf({ kind: 'STRING' });
      if (typed.type.kind !== 'STRING') {
        throw typeError(
          `The column type for Like condition must be VARCHAR. The column type is ${formatType(typed.type)}`,
          {
            span: part.span,
            hint: `LIKE compares texts: CAST(${formatExpression(part)} AS STRING), or = for other values.`,
          },
        );
      }
      return typed;
    });
    return { kind: 'like', value: value!, pattern: pattern!, escape: node.escape, type: BOOLEAN };
  }

  #case(node: Case): TypedExpr {
    const { operand } = node;
    const whens = node.branches.map((branch) => {
      if (operand === null) return this.#condition(branch.when, 'WHEN');
      const [left, right] = unifyComparison('=', this.#operand(operand), this.#operand(branch.when));
      return { kind: 'compare', op: '=', left, right, type: BOOLEAN } satisfies TypedExpr;
    });
    const results = node.branches.map((branch) => branch.then);
    if (node.otherwise !== null) results.push(node.otherwise);
    const items = this.items(results);
    if (items.every((item) => isUntypedNull(item.expression))) {
      throw typeError('Invalid Case expression. All case branches have NULL type', { span: node.span });
    }
    const unified = this.#caseResults(node, items);
    return {
      kind: 'case',
      // oxlint-disable-next-line unicorn/no-thenable -- a CASE branch, nothing to await
      branches: whens.map((when, i) => ({ when, then: must(unified.items[i], 'item') })),
      otherwise: node.otherwise === null ? null : must(unified.items[whens.length], 'item'),
      type: unified.type,
    };
  }

  #caseResults(node: Case, items: readonly ListItem[]): { items: TypedExpr[]; type: SqlType } {
    try {
      return unifyItems(items)!;
    } catch (cause) {
      const types = items.filter((i) => !isUntypedNull(i.expression)).map((i) => formatType(i.expression.type));
      throw typeError(
        `Invalid Case expression. Type for all 'THEN' clauses should be the same. The types are ${types.join(', ')}.`,
        {
          span: node.span,
          cause,
          hint: `CAST makes them one type, of the texts for instance: THEN CAST(… AS ${types.includes('STRING') ? 'STRING' : types[0]}).`,
        },
      );
    }
  }

  #cast(node: Cast): TypedExpr {
    const type = resolveType(node.type, (reference) => {
      const found = this.#scope.customType?.(reference.name);
      if (found === undefined)
        throw typeError(`Cannot resolve unknown type: ${reference.name}`, {
          span: reference.span,
          hint: typeAdvice(reference.name, []),
        });
      return found;
    });
    const operand = this.check(node.operand);
    if (isUntypedNull(operand)) return nullOf(type);
    if (findCast(operand.type, type) === undefined) {
      throw invalidError(`Cast of ${formatType(operand.type)} to ${formatType(type)} is not supported`, {
        span: node.span,
        hint: noCastAdvice(operand.type, type, formatExpression(node.operand)),
      });
    }
    return castTo(operand, type);
  }

  #call(node: FunctionCall): TypedExpr {
    const { definition, resolved, args } = resolveCall(node, this.#functions, this);
    if (definition.kind !== 'SCALAR') {
      const kind = definition.kind === 'AGGREGATE' ? 'Aggregate' : 'Table';
      throw typeError(`${kind} function ${node.name} cannot be used here: ${formatExpression(node)}`, {
        span: node.span,
        hint:
          this.#scope === EMPTY_SCOPE
            ? 'An INSERT writes one row, whose values read no others.'
            : definition.kind === 'AGGREGATE'
              ? `WHERE looks at single rows; a condition on what GROUP BY gathers stands in HAVING: HAVING ${formatExpression(node)} ….`
              : `${node.name} makes several rows of one: it stands alone in the SELECT, and a query over its result looks at them.`,
      });
    }
    return { kind: 'call', name: definition.name, signature: resolved.signature, args, type: resolved.returnType };
  }

  /** Types a lambda, given the types of its parameters; its body may be UNTYPED_NULL. */
  lambda(node: Lambda, inputs: readonly SqlType[]): TypedLambda {
    const outer = this.#variables;
    const params = node.params.map((name, i) => ({ name, type: must(inputs[i], 'input') }));
    this.#variables = new Map([...outer, ...params.map((p) => [p.name, p.type] as const)]);
    const body = this.check(node.body);
    this.#variables = outer;
    return { kind: 'lambda', params, body };
  }
}
