import { must } from '../../../base/assert.ts';
import { formatName } from '../../../sql/printer/names.ts';
import { KEYS } from '../../../config/keys.ts';
import type { TypedExpr } from '../../../expr/typed.ts';
import { quoteIdentifier, formatType } from '../../../types/sql-type.ts';
import type { PlanContext } from '../../context.ts';
import { reject } from '../../errors.ts';
import type { RowColumn, Step } from '../../steps/steps.ts';
import { sameExpression } from '../expressions.ts';
import { type KeySelection, selectKey } from '../keys.ts';
import type { QueryBody } from '../query-body.ts';
import type { SelectEntry } from './select-items.ts';

/** The result of a query: its last step before the sink, with the sink's columns. */
export interface Projected {
  readonly step: Step;
  readonly key: readonly RowColumn[];
  readonly value: readonly RowColumn[];
}

export interface ProjectionSite {
  /** Name of the sink. */
  readonly sink: string;
  /**
   * Called with all selected columns before the key is looked up among them, so that errors about columns come first.
   */
  readonly beforeKey?: (columns: readonly RowColumn[]) => void;
}

/**
 * The projection of a persistent query: key columns go into the key, the others into the row.
 * @throws SluiceError STATEMENT
 */
export function projectPersistent(body: QueryBody, site: ProjectionSite, context: PlanContext): Projected {
  // Errors in expressions are reported before those about the key.
  const all = new Map(body.entries.map((entry) => [entry, typedEntry(entry, body)]));
  site.beforeKey?.(body.entries.map((entry) => ({ name: entry.name, type: all.get(entry)!.type })));
  const { keys, values, keyColumns } = chooseKey(body, site.sink, context);
  if (values.length === 0) {
    throw reject(
      'The projection contains no value columns.',
      body.understood.span,
      'Select at least one column that is not part of the key, e.g. AS_VALUE(key) AS copy.',
    );
  }
  const sourceKey = body.relation.step.out.key;
  const key = keys.map((entry, i) => ({
    name: entry.name,
    type: must(sourceKey[keyColumns?.[i] ?? i], 'key column').type,
  }));
  const typed = values.map((entry) => all.get(entry)!);
  const value = values.map((entry, i) => ({ name: entry.name, type: must(typed[i], 'typed expression').type }));
  checkDuplicates(key, 'key', body.entries);
  checkDuplicates(value, 'value', body.entries);
  const clash = value.find((v) => key.some((k) => k.name === v.name));
  if (clash !== undefined) checkDuplicates([clash, clash], 'value', body.entries);
  const { step } = body.relation;
  return {
    key,
    value,
    step: {
      kind: step.relation === 'STREAM' ? 'StreamSelect' : 'TableSelect',
      name: body.grouping === undefined ? 'Project' : 'Aggregate/Project',
      relation: step.relation,
      out: { key, row: value, window: step.out.window },
      source: step,
      expressions: typed,
      ...(keyColumns === undefined ? {} : { keyColumns }),
    },
  };
}

/** The projection of a transient query: all columns go into the row, in SELECT order. */
export function projectTransient(body: QueryBody): Projected {
  const typed = body.entries.map((entry) => typedEntry(entry, body));
  const value = body.entries.map((entry, i) => ({ name: entry.name, type: must(typed[i], 'typed expression').type }));
  checkDuplicates(value, 'value', body.entries);
  const { step } = body.relation;
  return {
    key: step.out.key,
    value,
    step: {
      kind: step.relation === 'STREAM' ? 'StreamSelect' : 'TableSelect',
      name: body.grouping === undefined ? 'Project' : 'Aggregate/Project',
      relation: step.relation,
      out: { key: step.out.key, row: value, window: step.out.window },
      source: step,
      expressions: typed,
    },
  };
}

function typedEntry(entry: SelectEntry, body: QueryBody): TypedExpr {
  return body.typer.check(entry.expression, body.relation, 'SELECT', body.held);
}

/** Whether the key belongs to a single stream, so that a projection may reorder it without repartitioning. */
function keyIsFree(body: QueryBody): boolean {
  return body.origin.kind === 'SOURCE' && body.relation.step.relation === 'STREAM';
}

interface ChosenKey extends KeySelection {
  /** Positions in the relation's key, when the projection reorders or drops key columns. */
  readonly keyColumns: readonly number[] | undefined;
}

function chooseKey(body: QueryBody, sink: string, context: PlanContext): ChosenKey {
  const { relation, entries, origin, typer } = body;
  if (!keyIsFree(body) || !context.config.get(KEYS.newQueryPlannerEnabled)) {
    return { ...selectKey(entries, relation, origin, sink, typer.isJoin), keyColumns: undefined };
  }
  // In ksqlDB's newer planner a stream's projection may leave out key columns and determines their order.
  const keyIndex = (entry: SelectEntry): number =>
    relation.key.findIndex((column) => column.stands.some((stand) => sameExpression(stand, entry.expression)));
  const keys = entries.filter((entry) => keyIndex(entry) >= 0);
  const keyColumns = keys.map(keyIndex);
  if (new Set(keyColumns).size < keys.length)
    return { ...selectKey(entries, relation, origin, sink, typer.isJoin), keyColumns: undefined };
  const unchanged = keyColumns.length === relation.key.length && keyColumns.every((k, i) => k === i);
  return { keys, values: entries.filter((e) => !keys.includes(e)), keyColumns: unchanged ? undefined : keyColumns };
}

/**
 * Refuses two columns of the same name; `entries` gives their positions in the SELECT list. @throws SluiceError
 * STATEMENT
 */
export function checkDuplicates(
  columns: readonly RowColumn[],
  what: 'key' | 'value',
  entries: readonly SelectEntry[] = [],
): void {
  const seen = new Set<string>();
  const repeated = columns.filter((c) => seen.size === seen.add(c.name).size);
  if (repeated.length === 0) return;
  const listed = repeated.map((c) => `${quoteIdentifier(c.name)} ${formatType(c.type)}`).join(', ');
  const { name } = repeated[0]!;
  throw reject(
    `Duplicate ${what} columns found in schema: ${listed}`,
    entries.findLast((entry) => entry.name === name)?.span,
    `Each column has a name of its own: … AS ${formatName(`${name}_2`)}.`,
  );
}
