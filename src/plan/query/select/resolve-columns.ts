import { must } from '../../../base/assert.ts';
import { didYouMean } from '../../../base/suggest.ts';
import type { ColumnReference, Expression } from '../../../sql/ast/expressions.ts';
import { place, reject } from '../../errors.ts';
import type { FunctionRegistry } from '../../../functions/registry.ts';
import { functionAdvice } from '../../../functions/other-dialects.ts';
import { formatExpression } from '../../../sql/printer/expressions.ts';
import { isWindowBound } from '../../names.ts';
import { flatten } from '../qualify.ts';
import { type BoundSource, columnNames, hasColumn } from '../from/bind-sources.ts';
import { callsOf, columnRefs } from '../expressions.ts';
import type { SelectEntry } from './select-items.ts';
import { formatString } from '../../../sql/printer/names.ts';

export interface ColumnSite {
  readonly sources: readonly BoundSource[];
  readonly isJoin: boolean;
  /** Name of the key column that a join creates. */
  readonly synthetic: string | undefined;
  /** Whether the query has a WINDOW clause. */
  readonly hasWindow: boolean;
  readonly functions: FunctionRegistry;
}

export type ClauseName = 'SELECT' | 'WHERE' | 'GROUP BY' | 'HAVING' | 'PARTITION BY' | 'ORDER BY';

/**
 * Refuses references to unknown columns. Expressions are qualified.
 * @throws SluiceError STATEMENT `SELECT column 'X' cannot be resolved.`
 */
export function checkResolved(
  expression: Expression,
  clause: ClauseName,
  site: ColumnSite,
  entries: readonly SelectEntry[] = [],
): void {
  for (const ref of columnRefs(expression)) {
    if (isKnown(ref, site)) continue;
    const name = ref.qualifier === null ? ref.name : `${ref.qualifier}.${ref.name}`;
    let message = `${place(ref.span)}${clause} column '${name}' cannot be resolved.`;
    if (clause === 'PARTITION BY' && entries.some((e) => e.aliased && e.name === ref.name)) {
      message += ` '${name}' must be a column in the source schema since PARTITION BY is applied on the input.`;
    }
    throw reject(
      message,
      ref.span,
      aliasAdvice(ref, clause, entries, site) ?? aggregateAdvice(clause, entries, site) ?? hintFor(ref, site),
    );
  }
}

function isKnown(ref: ColumnReference, site: ColumnSite): boolean {
  if (ref.qualifier !== null) {
    const owner = site.sources.find((s) => s.alias === ref.qualifier);
    return owner !== undefined && hasColumn(owner.source, ref.name);
  }
  if (ref.name === site.synthetic) return true;
  return isWindowBound(ref.name) && site.hasWindow && !site.isJoin;
}

function shownColumns(names: ReadonlySet<string>): string {
  const own = [...names].filter((name) => !/^ROW(?:TIME|PARTITION|OFFSET)$/.test(name));
  return own.length <= COLUMNS_SHOWN ? `The columns are ${own.join(', ')}.` : 'DESCRIBE shows the columns.';
}

/** The most columns that a message lists. */
const COLUMNS_SHOWN = 12;
const UNIT_MS: Readonly<Record<string, number>> = {
  MS: 1,
  S: 1000,
  SEC: 1000,
  M: 60_000,
  MIN: 60_000,
  H: 3_600_000,
  HR: 3_600_000,
  D: 86_400_000,
};

function hintFor(ref: ColumnReference, site: ColumnSite): string | undefined {
  const sources = ref.qualifier === null ? site.sources : site.sources.filter((s) => s.alias === ref.qualifier);
  const names = new Set(sources.flatMap((s) => columnNames(s.source)));
  // A double-quoted word that matches no name in another case was meant as a text.
  const quoted = ref.qualifier === null && ref.name !== ref.name.toUpperCase();
  const sameButCase = [...names].find((n) => n.toUpperCase() === ref.name.toUpperCase());
  const timed = /^(\d+)(MS|S|SEC|M|MIN|H|HR|D)$/i.exec(ref.name);
  if (ref.qualifier === null && timed !== null)
    return `A number has no unit, and times are ms: ${timed[1]} ${timed[2]!.toLowerCase()} is ${Number(timed[1]) * must(UNIT_MS[timed[2]!.toUpperCase()], 'unit')}.`;
  if (ref.qualifier === null && /^WINDOW(?:START|END)$/.test(ref.name))
    return `${ref.name} is there where a window is: WINDOW TUMBLING (SIZE 1 HOUR) behind FROM with GROUP BY, or a table that was made so.`;
  const bound = /^WINDOW_(START|END)(?:_TIME)?$/.exec(ref.name)?.[1];
  if (bound !== undefined && !names.has(`WINDOW${bound}`))
    return `The bounds of a window are WINDOWSTART and WINDOWEND, in one word: WINDOW${bound}.`;
  // Names without quotes are in upper case, so this one was quoted.
  if (sameButCase !== undefined)
    return ref.name === ref.name.toUpperCase()
      ? `Did you mean \`${sameButCase}\`? Its case counts, in back-quotes or double quotes.`
      : `Did you mean ${sameButCase}? Back-quotes and quotes keep the case of a name: without them ${ref.name} is ${ref.name.toUpperCase()}${others(names)}.`;
  const near = quoted ? undefined : didYouMean(ref.name, names);
  if (near !== undefined || ref.qualifier !== null) return near;
  return functionAdvice(ref.name) ?? callAdvice(ref.name, site) ?? `${textAdvice(ref)} ${shownColumns(names)}`;
}

/** The other columns, where all are written without quotes. */
function others(names: ReadonlySet<string>): string {
  const own = [...names].filter((name) => !/^ROW(?:TIME|PARTITION|OFFSET)$/.test(name));
  return own.length <= COLUMNS_SHOWN && own.every((name) => name === name.toUpperCase())
    ? `, as in ${own.join(', ')}`
    : '';
}

/** Advice for the name of a function without its parentheses. */
function callAdvice(name: string, { functions }: ColumnSite): string | undefined {
  const definition = functions.find(name);
  if (definition === undefined) return undefined;
  const takesNothing = definition.signatures.some((s) => s.params.length === 0);
  const lambda = takesNothing || definition.kind !== 'SCALAR' ? '' : ` Where a lambda is taken: x => ${name}(x).`;
  return `${name} is a function: ${name}(${name === 'COUNT' ? '*' : takesNothing ? '' : '…'}).${lambda}`;
}

/** Advice for a name in HAVING that is not one of the SELECT's aggregates. */
function aggregateAdvice(
  clause: ClauseName,
  entries: readonly SelectEntry[],
  { functions, isJoin }: ColumnSite,
): string | undefined {
  if (clause !== 'HAVING') return undefined;
  const calls = entries.flatMap((e) => callsOf(e.expression, 'AGGREGATE', functions));
  const shown = [...new Set(calls.map((call) => formatExpression(flatten(call, isJoin))))].slice(0, 3);
  if (shown.length === 0) return undefined;
  return `HAVING takes the columns of GROUP BY, and aggregates as they are written in the SELECT: ${shown.join(', ')}.`;
}

/**
 * Advice for a text in double quotes, or without quotes, which is read as a name. Without quotes it has been
 * upper-cased here.
 */
export function textAdvice({ qualifier, name, span }: ColumnReference): string {
  const isExact = qualifier === null && span.end - span.start > name.length;
  return isExact
    ? `If a text is meant, it stands in single quotes: ${formatString(name)}.`
    : 'If a text is meant, it stands in single quotes.';
}

/** Advice for an alias of the SELECT list that is used in another clause, where it is unknown. */
function aliasAdvice(
  ref: ColumnReference,
  clause: ClauseName,
  entries: readonly SelectEntry[],
  site: ColumnSite,
): string | undefined {
  if (clause === 'SELECT' || clause === 'PARTITION BY' || ref.qualifier !== null) return undefined;
  const entry = entries.find((e) => e.aliased && e.name === ref.name);
  if (entry === undefined) return undefined;
  return `${ref.name} is a name that the SELECT gives; ${clause} takes what it stands for: ${formatExpression(flatten(entry.expression, site.isJoin))}.`;
}
