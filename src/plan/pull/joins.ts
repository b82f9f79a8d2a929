import { must } from '../../base/assert.ts';
import { readColumns, remapColumns } from '../../expr/columns.ts';
import type { TypedExpr } from '../../expr/typed.ts';
import type { Expression } from '../../sql/ast/expressions.ts';
import type { Join } from '../../sql/ast/query.ts';
import { BOOLEAN, formatType } from '../../types/sql-type.ts';
import { place, reject } from '../errors.ts';
import { type BoundSource, hasColumn } from '../query/from/bind-sources.ts';
import { columnRefs } from '../query/expressions.ts';
import { internalName } from '../query/qualify.ts';
import { Typer } from '../query/relation.ts';
import type { RowColumn } from '../steps/steps.ts';
import type { PullJoin, PullRead } from './pull-plan.ts';

/** The condition of a join, whose columns exist. @throws SluiceError STATEMENT for an unknown column, or WITHIN */
export function joinCondition(join: Join, on: Expression, sources: readonly BoundSource[]): Expression {
  for (const ref of columnRefs(on)) {
    const owner = sources.find((s) => s.alias === ref.qualifier);
    if (owner !== undefined && hasColumn(owner.source, ref.name)) continue;
    const name = ref.qualifier === null ? ref.name : `${ref.qualifier}.${ref.name}`;
    throw reject(`${place(ref.span)}JOIN ON column '${name}' cannot be resolved.`, ref.span);
  }
  if (join.within !== null) {
    throw reject(
      `Pull queries don't support WITHIN: they join what is there, whenever it happened.`,
      join.within.span,
      'Leave WITHIN out and compare ROWTIMEs in WHERE, or add EMIT CHANGES for a push query.',
    );
  }
  return on;
}

function conjunctsOf(e: Expression): Expression[] {
  return e.kind === 'Logical' && e.op === 'AND' ? [...conjunctsOf(e.left), ...conjunctsOf(e.right)] : [e];
}

/** Both conditions. */
export function and(left: Expression, right: Expression): Expression {
  return { kind: 'Logical', op: 'AND', left, right, span: left.span };
}

/** Moves conditions on one source to where it is read, unless an outer join could bring its rows back as nulls. */
export function splitWhere(
  where: Expression | null,
  joins: readonly Join[],
  sources: readonly BoundSource[],
): { readonly pushed: readonly Expression[][]; readonly rest: readonly Expression[] } {
  const pushed: Expression[][] = sources.map(() => []);
  const rest: Expression[] = [];
  for (const conjunct of where === null ? [] : conjunctsOf(where)) {
    const aliases = new Set(columnRefs(conjunct).map((ref) => ref.qualifier));
    const at = aliases.size === 1 ? sources.findIndex((s) => aliases.has(s.alias)) : -1;
    if (sources.length === 1) must(pushed[0], 'pushed conditions').push(conjunct);
    else if (at >= 0 && isPreserved(at, joins)) must(pushed[at], 'pushed conditions').push(conjunct);
    else rest.push(conjunct);
  }
  return { pushed, rest };
}

/** Whether no join fills the columns of this source with nulls. */
function isPreserved(at: number, joins: readonly Join[]): boolean {
  return joins.every(({ type }, i) =>
    i + 1 === at ? type === 'INNER' || type === 'RIGHT' : i + 1 < at || type === 'INNER' || type === 'LEFT',
  );
}

/** A source's row with the names that a query has for its columns. */
export function qualified(row: readonly RowColumn[], alias: string, isJoin: boolean): RowColumn[] {
  return row.map((c) => ({ name: internalName(alias, c.name, isJoin), type: c.type }));
}

/**
 * Plans a join: equalities between its two sides are looked up, all other conditions are checked for each pair of rows.
 * @param reads the earlier sources followed by the joined one
 * @throws SluiceError STATEMENT for a condition without such an equality
 */
export function planJoin(
  join: Join,
  on: Expression,
  reads: readonly PullRead[],
  sources: readonly BoundSource[],
  typer: Typer,
): PullJoin {
  const columns = reads.flatMap((read, i) => qualified(read.row, must(sources[i], 'source').alias, true));
  const width = columns.length - reads.at(-1)!.row.length;
  const left: TypedExpr[] = [];
  const right: TypedExpr[] = [];
  const also: TypedExpr[] = [];
  for (const conjunct of conjunctsOf(on)) {
    const typed = typer.checkOver(conjunct, columns, 'JOIN');
    if (typed.type.kind !== 'BOOLEAN')
      throw reject(`A join condition must be BOOLEAN, and is ${formatType(typed.type)}.`, conjunct.span);
    const sides = typed.kind === 'compare' && typed.op === '=' ? sidesOf(typed.left, typed.right, width) : undefined;
    if (sides === undefined) also.push(typed);
    else {
      left.push(sides.left);
      right.push(remapColumns(sides.right, (index) => index - width));
    }
  }
  if (left.length === 0) {
    throw reject(
      `Invalid join condition: it must hold an equality between a column of ${must(sources[reads.length - 1], 'source').alias} and one of what stands before it.`,
      join.on.span,
    );
  }
  const type = BOOLEAN;
  return {
    type: join.type,
    left,
    right,
    also:
      also.length === 0
        ? undefined
        : also.reduce((a, b): TypedExpr => ({ kind: 'logical', op: 'AND', left: a, right: b, type })),
  };
}

/** Assigns the two sides of an equality by the sources that they read; undefined when one side reads both or none. */
function sidesOf(
  a: TypedExpr,
  b: TypedExpr,
  width: number,
): { readonly left: TypedExpr; readonly right: TypedExpr } | undefined {
  const side = (e: TypedExpr): 'left' | 'right' | undefined => {
    const read = readColumns([e]);
    if (read.length === 0) return undefined;
    return read.every((i) => i < width) ? 'left' : read.every((i) => i >= width) ? 'right' : undefined;
  };
  const [first, second] = [side(a), side(b)];
  if (first === 'left' && second === 'right') return { left: a, right: b };
  return first === 'right' && second === 'left' ? { left: b, right: a } : undefined;
}
