import { must } from '../../base/assert.ts';
import type { ArrayConstructor, Expression, MapConstructor, StructConstructor } from '../../sql/ast/expressions.ts';
import { formatExpression } from '../../sql/printer/expressions.ts';
import { array, map, struct, type SqlType } from '../../types/sql-type.ts';
import type { TypedExpr } from '../typed.ts';
import { unifyItems, type ListItem } from './common-type.ts';
import { NO_TYPE, typeError } from './errors.ts';
import { isUntypedNull } from './literals.ts';

/** Types the parts of an expression. */
interface PartsChecker {
  check(node: Expression): TypedExpr;
  items(nodes: readonly Expression[]): ListItem[];
}

/** Types `ARRAY[a, b]`: its items get a common type. */
export function typeArray(node: ArrayConstructor, parts: PartsChecker): TypedExpr {
  if (node.items.length === 0) {
    throw typeError(
      'Array constructor cannot be empty. Please supply at least one element (see https://github.com/confluentinc/ksql/issues/4239).',
      {
        span: node.span,
        hint: "ARRAY_REMOVE(ARRAY[''], '') is an array of no texts, CAST(NULL AS ARRAY<STRING>) none at all.",
      },
    );
  }
  const unified = unifyItems(parts.items(node.items));
  if (unified === null) {
    throw typeError(
      'Cannot construct an array with all NULL elements (see https://github.com/confluentinc/ksql/issues/4239). As a workaround, you may cast a NULL value to the desired type.',
      { span: node.span },
    );
  }
  return { kind: 'makeArray', items: unified.items, type: array(unified.type) };
}

/** Types `MAP(k := v)`: the keys get a common type, and so do the values. */
export function typeMap(node: MapConstructor, parts: PartsChecker): TypedExpr {
  if (node.entries.length === 0) {
    throw typeError(
      'Map constructor cannot be empty. Please supply at least one key value pair (see https://github.com/confluentinc/ksql/issues/4239).',
      { span: node.span },
    );
  }
  const unify = (nodes: Expression[], what: string): { items: TypedExpr[]; type: SqlType } => {
    const unified = unifyItems(parts.items(nodes));
    if (unified === null) {
      throw typeError(
        `Cannot construct a map with all NULL ${what} (see https://github.com/confluentinc/ksql/issues/4239). As a workaround, you may cast a NULL ${what.slice(0, -1)} to the desired type.`,
        { span: node.span },
      );
    }
    return unified;
  };
  const keys = unify(
    node.entries.map((e) => e.key),
    'keys',
  );
  const values = unify(
    node.entries.map((e) => e.value),
    'values',
  );
  const entries = keys.items.map((key, i) => [key, must(values.items[i], 'item')] as const);
  return { kind: 'makeMap', entries, type: map(keys.type, values.type) };
}

/** Types `STRUCT(a := x)`. */
export function typeStruct(node: StructConstructor, parts: PartsChecker): TypedExpr {
  const seen = new Set<string>();
  for (const { name } of node.fields) {
    if (seen.has(name)) {
      throw typeError(
        `Duplicate field names found in STRUCT: '${formatExpression(node)}'. Already defined: '${name}'`,
        {
          span: node.span,
        },
      );
    }
    seen.add(name);
  }
  const fields = node.fields.map((field) => {
    const typed = parts.check(field.value);
    if (isUntypedNull(typed)) throw typeError(NO_TYPE, { span: field.span });
    return typed;
  });
  const type = struct(node.fields.map((field, i) => ({ name: field.name, type: must(fields[i], 'field').type })));
  return { kind: 'makeStruct', fields, type };
}
