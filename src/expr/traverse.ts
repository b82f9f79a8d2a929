import { assertNever } from '../base/assert.ts';
import type { TypedArg, TypedExpr, TypedLambda } from './typed.ts';

/** Any node of a typed tree. */
export type TypedNode = TypedArg;

/** The direct children of a node, in evaluation order. */
export function childrenOf(node: TypedNode): readonly TypedNode[] {
  switch (node.kind) {
    case 'column':
    case 'literal':
    case 'variable':
    case 'intervalUnit':
      return [];
    case 'lambda':
      return [node.body];
    case 'call':
      return node.args;
    case 'arithmetic':
    case 'compare':
    case 'logical':
      return [node.left, node.right];
    case 'negate':
    case 'not':
    case 'isNull':
    case 'cast':
      return [node.operand];
    case 'like':
      return [node.value, node.pattern];
    case 'between':
      return [node.value, node.min, node.max];
    case 'in':
      return [node.value, ...node.list];
    case 'case':
      return [...node.branches.flatMap((b) => [b.when, b.then]), ...(node.otherwise === null ? [] : [node.otherwise])];
    case 'subscript':
      return [node.base, node.index];
    case 'field':
      return [node.base];
    case 'makeArray':
      return node.items;
    case 'makeMap':
      return node.entries.flat();
    case 'makeStruct':
      return node.fields;
    default:
      return assertNever(node);
  }
}

/** The node with each child expression replaced; lambdas keep their parameters. */
export function mapChildren(node: TypedExpr, fn: (child: TypedExpr) => TypedExpr): TypedExpr {
  switch (node.kind) {
    case 'column':
    case 'literal':
    case 'variable':
      return node;
    case 'call':
      return { ...node, args: node.args.map((arg) => mapArg(arg, fn)) };
    case 'arithmetic':
      return { ...node, left: fn(node.left), right: fn(node.right) };
    case 'compare':
      return { ...node, left: fn(node.left), right: fn(node.right) };
    case 'logical':
      return { ...node, left: fn(node.left), right: fn(node.right) };
    case 'negate':
    case 'not':
    case 'isNull':
    case 'cast':
      return { ...node, operand: fn(node.operand) };
    case 'like':
      return { ...node, value: fn(node.value), pattern: fn(node.pattern) };
    case 'between':
      return { ...node, value: fn(node.value), min: fn(node.min), max: fn(node.max) };
    case 'in':
      return { ...node, value: fn(node.value), list: node.list.map(fn) };
    case 'case':
      return {
        ...node,
        // oxlint-disable-next-line unicorn/no-thenable -- a CASE branch, nothing to await
        branches: node.branches.map((b) => ({ when: fn(b.when), then: fn(b.then) })),
        otherwise: node.otherwise === null ? null : fn(node.otherwise),
      };
    case 'subscript':
      return { ...node, base: fn(node.base), index: fn(node.index) };
    case 'field':
      return { ...node, base: fn(node.base) };
    case 'makeArray':
      return { ...node, items: node.items.map(fn) };
    case 'makeMap':
      return { ...node, entries: node.entries.map(([k, v]) => [fn(k), fn(v)] as const) };
    case 'makeStruct':
      return { ...node, fields: node.fields.map(fn) };
    default:
      return assertNever(node);
  }
}

function mapArg(arg: TypedArg, fn: (child: TypedExpr) => TypedExpr): TypedArg {
  if (arg.kind === 'intervalUnit') return arg;
  if (arg.kind === 'lambda') return { ...arg, body: fn(arg.body) } satisfies TypedLambda;
  return fn(arg);
}

/** True if any node of the tree satisfies the predicate. */
export function someNode(node: TypedNode, predicate: (node: TypedNode) => boolean): boolean {
  return predicate(node) || childrenOf(node).some((child) => someNode(child, predicate));
}
