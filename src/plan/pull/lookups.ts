import { must } from '../../base/assert.ts';
import { KEYS } from '../../config/keys.ts';
import type { SluiceError } from '../../base/errors.ts';
import { readColumns } from '../../expr/columns.ts';
import type { CompareOp, TypedExpr } from '../../expr/typed.ts';
import { formatType, quoteIdentifier, typesEqual } from '../../types/sql-type.ts';
import type { Config } from '../../base/config/config.ts';
import { isKsqldb } from '../dialect.ts';
import { reject } from '../errors.ts';
import { formatTyped } from '../explain-expr.ts';
import type { RowColumn } from '../steps/steps.ts';
import { disjunctsOf } from './disjuncts.ts';
import type { Bound, PullLookup, WindowBound, WindowBounds } from './pull-plan.ts';

/** How the row to look up is laid out. */
export interface LookupSite {
  /** The key columns, which come first in the row. */
  readonly key: readonly RowColumn[];
  /** Whether WINDOWSTART and WINDOWEND follow the key. */
  readonly windowed: boolean;
  readonly config: Config;
}

const ANY_WINDOW: WindowBounds = { start: [], end: [] };

/**
 * What must be read of a table for a predicate: single keys, a range of keys, or everything.
 * @throws SluiceError STATEMENT when only a scan would do and scans are disabled
 */
export function lookupsOf(predicate: TypedExpr | undefined, site: LookupSite): PullLookup[] {
  const scans = site.config.get(KEYS.queryPullTableScanEnabled);
  const disjuncts = predicate === undefined ? undefined : disjunctsOf(predicate);
  const scan: PullLookup = { kind: 'SCAN', window: ANY_WINDOW };
  if (disjuncts === undefined) {
    if (scans) return [scan];
    throw predicate === undefined ? needsWhere() : needsScan();
  }
  for (const conjunct of disjuncts.flat()) refuseNullKey(conjunct, site);
  const found = disjuncts.map((conjuncts) => lookupOf(conjuncts, site, scans));
  const refusal = found.find((f): f is Refusal => 'refuse' in f);
  if (refusal !== undefined) {
    if (!scans) throw refusal.refuse();
    // An alternative that needs everything makes the others superfluous. Its window bounds are kept only when it is the
    // only one.
    return [found.length === 1 ? { kind: 'SCAN', window: refusal.window } : scan];
  }
  const lookups = found as PullLookup[];
  if (lookups.length > 1 && lookups.some((l) => l.kind === 'RANGE')) {
    if (!scans) throw needsScan();
    return [scan];
  }
  return lookups;
}

interface Refusal {
  readonly refuse: () => SluiceError;
  readonly window: WindowBounds;
}

/** The lookup for one alternative. */
function lookupOf(conjuncts: readonly TypedExpr[], site: LookupSite, scans: boolean): PullLookup | Refusal {
  const start: WindowBound[] = [];
  const end: WindowBound[] = [];
  const window: WindowBounds = { start, end };
  const equals = new Map<number, TypedExpr>();
  const ranges: { readonly index: number; readonly op: CompareOp; readonly value: TypedExpr }[] = [];
  const refuse = (make: () => SluiceError): Refusal => ({ refuse: make, window });
  let refusal: Refusal | undefined;
  const conflict = (): Refusal => refuse(cannotCombine);
  for (const conjunct of conjuncts) {
    const part = partOf(conjunct, site);
    switch (part.kind) {
      case 'other':
        break;
      case 'refused':
        refusal ??= refuse(part.refuse);
        break;
      case 'window':
        (part.bound === 'WINDOWSTART' ? start : end).push({ op: part.op, value: part.value });
        break;
      case 'equals':
        if (equals.has(part.index) || (site.key.length === 1 && ranges.length > 0)) refusal ??= conflict();
        equals.set(part.index, part.value);
        break;
      case 'range':
        if (equals.has(part.index)) refusal ??= conflict();
        else if (site.key.length === 1 && ranges.length > 0 && !scans) refusal ??= conflict();
        ranges.push({ index: part.index, op: part.op, value: part.value });
        break;
      default:
        return part satisfies never;
    }
  }
  if (refusal !== undefined) return refusal;
  if (equals.size === 0 && ranges.length === 0) return refuse(() => missingKey(conjuncts));
  const named = new Set([...equals.keys(), ...ranges.map((r) => r.index)]);
  if (named.size < site.key.length) return refuse(() => needsAllKeys(site, [...named]));
  if (ranges.length > 0) return rangeOf(ranges, site, scans) ?? refuse(needsScan);
  return { kind: 'KEY', key: site.key.map((_, i) => equals.get(i)!), window };
}

/**
 * ksqlDB reads ranges in the order of the keys' bytes, which is right only for texts; it reads any other range by a
 * scan.
 */
function rangeOf(
  ranges: readonly { readonly op: CompareOp; readonly value: TypedExpr }[],
  site: LookupSite,
  scans: boolean,
): PullLookup | undefined {
  if (site.key.length > 1) return undefined;
  if (!scans && isKsqldb(site.config) && site.key[0]!.type.kind !== 'STRING') return undefined;
  if (site.windowed || !site.config.get(KEYS.queryPullRangeScanEnabled)) return undefined;
  let lower: Bound | undefined;
  let upper: Bound | undefined;
  for (const { op, value } of ranges) {
    const bound: Bound = { value, inclusive: op === '<=' || op === '>=' };
    // Of two bounds on the same side either will do, since the predicate is checked on every row.
    if (op === '<' || op === '<=') upper ??= bound;
    else lower ??= bound;
  }
  return { kind: 'RANGE', lower, upper };
}

type Part =
  | { readonly kind: 'other' }
  | { readonly kind: 'refused'; readonly refuse: () => SluiceError }
  | { readonly kind: 'window'; readonly bound: string; readonly op: WindowBound['op']; readonly value: TypedExpr }
  | { readonly kind: 'equals'; readonly index: number; readonly value: TypedExpr }
  | { readonly kind: 'range'; readonly index: number; readonly op: CompareOp; readonly value: TypedExpr };

const FLIPPED: Readonly<Record<string, CompareOp>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

/** What one condition says about the key and the window. */
function partOf(conjunct: TypedExpr, site: LookupSite): Part {
  if (conjunct.kind === 'like') {
    return readColumns([conjunct]).length === 0
      ? { kind: 'refused', refuse: () => whereFault('Like condition must be between strings') }
      : { kind: 'other' };
  }
  if (conjunct.kind !== 'compare') return { kind: 'other' };
  const left = columnOf(conjunct.left);
  const right = columnOf(conjunct.right);
  const isSpecial = (index: number | undefined): index is number =>
    index !== undefined && index < site.key.length + (site.windowed ? 2 : 0);
  const onLeft = isSpecial(left);
  const index = onLeft ? left : isSpecial(right) ? right : undefined;
  if (index === undefined) {
    const readsKey = readColumns([conjunct]).some((i) => i < site.key.length);
    return readsKey
      ? { kind: 'refused', refuse: () => whereFault('A comparison must directly reference a key column') }
      : { kind: 'other' };
  }
  const value = onLeft ? conjunct.right : conjunct.left;
  const op = onLeft ? conjunct.op : (FLIPPED[conjunct.op] ?? conjunct.op);
  const isKey = index < site.key.length;
  if (readColumns([value]).length > 0) {
    return {
      kind: 'refused',
      refuse: () => whereFault('A comparison must be between a key column and a resolvable expression'),
    };
  }
  if (!isKey) {
    const bound = index === site.key.length ? 'WINDOWSTART' : 'WINDOWEND';
    return op === '=' || op === '<' || op === '<=' || op === '>' || op === '>='
      ? { kind: 'window', bound, op, value }
      : { kind: 'other' };
  }
  const keyed = castTo(value, must(site.key[index], 'key column'));
  if (op === '=') return { kind: 'equals', index, value: keyed };
  if (op === '<' || op === '<=' || op === '>' || op === '>=') return { kind: 'range', index, op, value: keyed };
  return {
    kind: 'refused',
    refuse: () => whereFault(`Bound on key columns '[${keyColumns(site)}]' must currently be '='`),
  };
}

/** The column that an expression consists of, under implicit casts. */
function columnOf(expression: TypedExpr): number | undefined {
  if (expression.kind === 'column') return expression.index;
  return expression.kind === 'cast' ? columnOf(expression.operand) : undefined;
}

/** @throws SluiceError STATEMENT: no row has a null key, so asking for one is a mistake */
function refuseNullKey(conjunct: TypedExpr, site: LookupSite): void {
  if (conjunct.kind !== 'compare') return;
  for (const [column, value] of [
    [conjunct.left, conjunct.right],
    [conjunct.right, conjunct.left],
  ] as const) {
    const index = columnOf(column);
    if (index === undefined || index >= site.key.length || !isNull(value)) continue;
    throw whereFault(`Primary key columns can not be NULL: (${site.key[index]!.name} ${conjunct.op} null)`);
  }
}

function isNull(value: TypedExpr): boolean {
  if (value.kind === 'cast') return isNull(value.operand);
  return value.kind === 'literal' && value.value === null;
}

function castTo(value: TypedExpr, key: RowColumn): TypedExpr {
  return typesEqual(value.type, key.type) ? value : { kind: 'cast', operand: value, type: key.type };
}

function missingKey(conjuncts: readonly TypedExpr[]): SluiceError {
  const text = conjuncts.map(formatTyped).reduce((a, b) => `(${a} AND ${b})`);
  return whereFault(`WHERE clause missing key column for disjunct: ${text}`);
}

function needsAllKeys(site: LookupSite, given: readonly number[]): SluiceError {
  return whereFault(
    `Multi-column sources must specify every key in the WHERE clause. ` +
      `Specified: [${given.map((i) => quoteIdentifier(must(site.key[i], 'key column').name)).join(', ')}] Expected: [${keyColumns(site)}]`,
  );
}

function cannotCombine(): SluiceError {
  return whereFault(
    'A comparison condition on the key column cannot be combined with other comparisons such as an IN predicate',
  );
}

function needsScan(): SluiceError {
  return whereFault(`Query requires table scan to be enabled. ${SCANS}`);
}

function needsWhere(): SluiceError {
  return whereFault(`Missing WHERE clause. Query requires table scan to be enabled. ${SCANS}`);
}

function keyColumns(site: LookupSite): string {
  return site.key.map((k) => `${quoteIdentifier(k.name)} ${formatType(k.type)} KEY`).join(', ');
}

const SCANS = 'Table scans can be enabled by setting ksql.query.pull.table.scan.enabled=true';

/** The error for a WHERE that names no keys while scans are disabled, with ksqlDB's description of a valid WHERE. */
function whereFault(message: string): SluiceError {
  return reject(
    `${message}.  See https://cnfl.io/queries for more info.\n` +
      'Add EMIT CHANGES if you intended to issue a push query.\n' +
      'Pull queries require a WHERE clause that:\n' +
      ' - includes a key equality expression, e.g. `SELECT * FROM X WHERE <key-column> = Y;`.\n' +
      ' - in the case of a multi-column key, is a conjunction of equality expressions that cover all key columns.\n' +
      ' - to support range expressions, e.g., `SELECT * FROM X WHERE <key-column> < Y;`, range scans need to be enabled by ' +
      'setting ksql.query.pull.range.scan.enabled=true\n' +
      'If more flexible queries are needed, table scans can be enabled by setting ksql.query.pull.table.scan.enabled=true.',
  );
}
