import { must } from '../../../base/assert.ts';
import type { FunctionRegistry } from '../../../functions/registry.ts';
import type { Comparison, Expression } from '../../../sql/ast/expressions.ts';
import type { Join, Within } from '../../../sql/ast/query.ts';
import { formatExpression } from '../../../sql/printer/expressions.ts';
import { isSluiceError, SluiceError } from '../../../base/errors.ts';
import { didYouMean } from '../../../base/suggest.ts';
import { place, reject } from '../../errors.ts';
import type { JoinType } from '../../steps/steps.ts';
import { type BoundSource, columnNames, hasColumn } from './bind-sources.ts';
import { columnRefs } from '../expressions.ts';
import { qualify } from '../qualify.ts';

/** One JOIN with its condition split into sides, the joined source on the right. Expressions are qualified. */
export interface BoundJoin {
  readonly type: JoinType;
  readonly right: BoundSource;
  readonly within: Within | null;
  /** Reads one of the earlier sources. */
  readonly leftKey: Expression;
  readonly leftAlias: string;
  /** Reads the joined source. */
  readonly rightKey: Expression;
  /** The condition as written. */
  readonly on: Comparison;
  readonly node: Join;
}

/**
 * Splits the conditions of joins. `sources[0]` is FROM's, `sources[i + 1]` that of join i.
 * @throws SluiceError STATEMENT with ksqlDB's messages
 */
export function bindJoins(
  joins: readonly Join[],
  sources: readonly BoundSource[],
  functions: FunctionRegistry,
): BoundJoin[] {
  return joins.map((node, i) => bindJoin(node, sources, must(sources[i + 1], 'source'), functions));
}

function bindJoin(
  node: Join,
  sources: readonly BoundSource[],
  right: BoundSource,
  functions: FunctionRegistry,
): BoundJoin {
  const on = qualifyCriterion(node.on, sources, functions);
  for (const ref of columnRefs(on)) {
    const owner = sources.find((s) => s.alias === ref.qualifier);
    if (owner === undefined || !hasColumn(owner.source, ref.name)) {
      const name = ref.qualifier === null ? ref.name : `${ref.qualifier}.${ref.name}`;
      const columns = (owner === undefined ? sources : [owner]).flatMap((s) => columnNames(s.source));
      throw reject(
        `${place(ref.span)}JOIN ON column '${name}' cannot be resolved.`,
        ref.span,
        didYouMean(ref.name, columns) ??
          `The columns of ${owner?.source.name ?? 'the sources'} are ${columns.join(', ')}.`,
      );
    }
  }
  if (on.kind === 'Logical') {
    throw reject(
      `Invalid join condition: joins on multiple conditions are not yet supported. Got ${formatExpression(on)}.`,
      node.on.span,
      multipleAdvice(on),
    );
  }
  if (on.kind !== 'Comparison' || on.op !== '=') {
    throw reject(
      `Invalid join condition: only equality joins are supported. Got ${formatExpression(on)}.`,
      node.on.span,
      'ON takes one equality of the keys, ON a.x = b.y; other conditions stand in WHERE.',
    );
  }
  const first = sideAlias(on.left, on);
  const second = sideAlias(on.right, on);
  if (first === second) {
    throw reject(
      `Each side of the join must reference exactly one source and not the same source. ` +
        `Left side references \`${first}\` and right references \`${second}\``,
      node.on.span,
      first === right.alias
        ? `One side is of what stands before the JOIN: ON … = ${formatExpression(on.right)}.`
        : `One side is of ${right.alias}: ON ${formatExpression(on.left)} = ${right.alias}.${right.source.schema.key[0]?.name ?? '…'}.`,
    );
  }
  if (first !== right.alias && second !== right.alias) {
    throw reject(
      `A join criteria is expected to reference the source (\`${right.alias}\`) in the FROM clause, ` +
        `instead the right source references \`${second}\` and the left source references \`${first}\``,
      node.on.span,
    );
  }
  const flipped = first === right.alias;
  return {
    type: node.type,
    right,
    within: node.within,
    leftKey: flipped ? on.right : on.left,
    leftAlias: flipped ? second : first,
    rightKey: flipped ? on.left : on.right,
    on,
    node,
  };
}

/** ksqlDB detects an ambiguous name in a join condition in another phase than elsewhere, which shows in the message. */
function qualifyCriterion(on: Expression, sources: readonly BoundSource[], functions: FunctionRegistry): Expression {
  try {
    return qualify(on, sources, functions);
  } catch (error) {
    if (!isSluiceError(error) || !error.message.includes(' is ambiguous.')) throw error;
    const { code, message, span, hint } = error;
    throw new SluiceError(code, message.replace(/^Failed to prepare/, 'Exception while preparing'), { span, hint });
  }
}

/** Advice on which conditions can move to WHERE, or on how several columns become one key. */
function multipleAdvice(on: Expression): string {
  if (on.kind === 'Logical' && on.op === 'OR')
    return `A join has one equality, so no OR: CREATE STREAM … AS SELECT … JOIN … ON ${formatExpression(on.left)}; for one, and INSERT INTO that stream SELECT … JOIN … ON ${formatExpression(on.right)}; for the other. A pair for which both hold comes twice.`;
  const parts: Expression[] = [];
  const collect = (e: Expression): void => {
    if (e.kind === 'Logical' && e.op === 'AND') [e.left, e.right].forEach(collect);
    else parts.push(e);
  };
  collect(on);
  const sourcesOf = (e: Expression): number => new Set(columnRefs(e).map((ref) => ref.qualifier)).size;
  const filters = parts.filter((p) => sourcesOf(p) < 2);
  if (filters.length > 0 && filters.length < parts.length)
    return `A condition on one side stands in WHERE: WHERE ${filters.map((f) => formatExpression(f)).join(' AND ')}.`;
  const unequal = parts.filter((p) => !(p.kind === 'Comparison' && p.op === '='));
  if (unequal.length > 0 && unequal.length < parts.length)
    return `A join has one condition, of two columns that are equal. What else must hold of an inner join's rows stands in WHERE: WHERE ${unequal.map((f) => formatExpression(f)).join(' AND ')}.`;
  return 'Make one key of the columns on both sides, such as STRUCT(a := x, b := y), in a stream or table of its own, and join on that.';
}

/** The single source that one side of the condition reads. */
function sideAlias(side: Expression, on: Comparison): string {
  const aliases = new Set(columnRefs(side).map((ref) => ref.qualifier!));
  if (aliases.size !== 1) {
    throw reject(
      `Invalid comparison expression '${formatExpression(side)}' in join '${formatExpression(on)}'. ` +
        `Each side of the join comparision must contain references from exactly one source.`,
      side.span,
    );
  }
  return must([...aliases][0], 'element');
}

/** `T2 [INNER] JOIN S1`, the name of a join in messages. */
export function describeJoin(left: string, type: JoinType, right: string): string {
  const words = {
    INNER: '[INNER] JOIN',
    LEFT: 'LEFT [OUTER] JOIN',
    RIGHT: 'RIGHT [OUTER] JOIN',
    OUTER: '[FULL] OUTER JOIN',
  };
  return `${left} ${words[type]} ${right}`;
}
