import { must } from '../../../base/assert.ts';
import type { AggregateFunction } from '../../../functions/api.ts';
import type { Expression, FunctionCall } from '../../../sql/ast/expressions.ts';
import type { Query, Window } from '../../../sql/ast/query.ts';
import { formatExpression } from '../../../sql/printer/expressions.ts';
import { formatWindow } from '../../../sql/printer/query.ts';
import { BIGINT } from '../../../types/sql-type.ts';
import type { TypedExpr } from '../../../expr/typed.ts';
import { SluiceError } from '../../../base/errors.ts';
import type { Config } from '../../../base/config/config.ts';
import { KEYS } from '../../../config/keys.ts';
import type { PlanContext } from '../../context.ts';
import { reject } from '../../errors.ts';
import { listAnd } from '../../names.ts';
import { findFormat } from '../../serde/topic-formats.ts';
import type {
  AggregateCall,
  AggregateStep,
  RowColumn,
  RowLayout,
  Step,
  WindowInfo,
  WindowSpec,
} from '../../steps/steps.ts';
import { aggregateCall } from './calls.ts';
import { checkPredicate } from '../filter.ts';
import { columnRefs, exprKey } from '../expressions.ts';
import type { Grouping } from './group-by.ts';
import { internalCodec } from '../sink/internal-codec.ts';
import { flatten } from '../qualify.ts';
import { type Held, isKeyColumn, type KeyColumn, type Relation, type Typer } from '../relation.ts';
import { reference } from '../from/source-relation.ts';

/** The relation after GROUP BY and HAVING, and where its row holds the grouping expressions and aggregates. */
export interface Aggregated {
  readonly relation: Relation;
  readonly held: Held;
}

export interface AggregateSite {
  readonly grouping: Grouping;
  readonly query: Pick<Query, 'emit' | 'words'>;
  /** The qualified WHERE clause, for the list of columns that ksqlDB would store. */
  readonly where: Expression | null;
  /** Names of the key columns, in the order of GROUP BY. */
  readonly keyNames: readonly string[];
}

/** The error for EMIT FINAL where no window ends. */
export function refuseFinal(
  { words }: Pick<Query, 'words'>,
  isTable: boolean,
  code: 'REJECTED' | 'STATEMENT' = 'REJECTED',
): SluiceError {
  return new SluiceError(code, 'EMIT FINAL is only supported for windowed aggregations.', {
    span: words?.final,
    hint: isTable
      ? 'The rows of a table change and are never final: EMIT CHANGES tells each change, and a SELECT without EMIT what is there now.'
      : 'It waits for the end of a window: WINDOW TUMBLING (SIZE 1 HOUR) behind FROM, with GROUP BY, has one. EMIT CHANGES tells each change.',
  });
}

/** The steps of GROUP BY, the aggregate functions, WINDOW and HAVING. @throws SluiceError STATEMENT, REJECTED */
export function aggregateSteps(input: Relation, site: AggregateSite, typer: Typer, context: PlanContext): Aggregated {
  const { grouping } = site;
  const isTable = input.step.relation === 'TABLE';
  if (site.query.emit === 'FINAL' && grouping.window === null) throw refuseFinal(site.query, isTable);
  if (isTable && grouping.window !== null) {
    throw reject(
      'WINDOW clause is only supported for streams: the source is a table.',
      grouping.window.span,
      windowAdvice(input, grouping, typer.isJoin),
    );
  }
  const keys = grouping.groupBy.map((e) => typer.check(e, input, 'GROUP BY'));
  const keyColumns = keys.map((key, i): KeyColumn => ({
    name: must(site.keyNames[i], 'key name'),
    type: key.type,
    stands: [must(grouping.groupBy[i], 'expression of GROUP BY')],
  }));
  const grouped = groupSteps(input, keys, keyColumns, grouping, context);
  const calls = grouping.calls.map((call) => typedAggregate(call, grouped.step.out.row, typer, context));
  if (isTable) checkUndoable(calls, grouping.calls, typer.isJoin);

  const held: { expression: Expression; column: { index: number; name: string; type: RowColumn['type'] } }[] = [];
  const row: RowColumn[] = [];
  const add = (expression: Expression, column: RowColumn): void => {
    held.push({ expression, column: { index: row.length, name: column.name, type: column.type } });
    row.push(column);
  };
  calls.forEach((c, i) => add(must(grouping.calls[i], 'call'), { name: `KSQL_AGG_VARIABLE_${i}`, type: c.type }));
  const window = windowSpec(grouping.window, site.query.emit);
  if (window !== undefined) {
    checkWindow(window, grouping.window!, context.config);
    for (const bound of ['WINDOWSTART', 'WINDOWEND']) add(reference(null, bound), { name: bound, type: BIGINT });
  }
  keyColumns.forEach((k, i) =>
    add(must(grouping.groupBy[i], 'expression of GROUP BY'), { name: k.name, type: k.type }),
  );
  const out: RowLayout = {
    key: keyColumns.map((k) => ({ name: k.name, type: k.type })),
    row,
    window: window === undefined ? undefined : windowInfo(window),
  };
  const step: AggregateStep = {
    kind: isTable ? 'TableAggregate' : window === undefined ? 'StreamAggregate' : 'StreamWindowedAggregate',
    name: 'Aggregate/Aggregate',
    relation: 'TABLE',
    out,
    source: grouped.step,
    carried: [],
    keyColumns: keyColumns.map((_, i) => i),
    calls: calls.map(({ name, signature, args, type, intermediate }) => ({
      name,
      signature,
      args,
      type,
      intermediate,
    })),
    nonAggregateColumns: nonAggregateColumns(site, typer),
    window,
    emit: site.query.emit === 'FINAL' ? 'FINAL' : 'CHANGES',
    store: 'Aggregate-Aggregate-Materialize',
  };
  checkStorable(step, input, context);
  const relation: Relation = {
    step,
    codec: internalCodec(input.codec, out.key, context),
    key: keyColumns,
    keyIsInternal: true,
  };
  return { relation: having(relation, held, grouping, typer), held };
}

function having(relation: Relation, held: Held, grouping: Grouping, typer: Typer): Relation {
  if (grouping.having === null) return relation;
  const predicate = typer.check(grouping.having, relation, 'HAVING', held);
  checkPredicate(predicate, grouping.having, 'HAVING', typer.isJoin);
  return {
    ...relation,
    step: {
      kind: 'TableFilter',
      name: 'Aggregate/HavingFilter',
      relation: 'TABLE',
      out: relation.step.out,
      source: relation.step,
      predicate,
    },
  };
}

/** Groups, through an internal topic where the key changes. */
function groupSteps(
  input: Relation,
  keys: readonly TypedExpr[],
  keyColumns: readonly KeyColumn[],
  grouping: Grouping,
  context: PlanContext,
): Relation {
  const isTable = input.step.relation === 'TABLE';
  const byKey = !isTable && input.step.out.window === undefined && isGroupedByKey(input, grouping.groupBy);
  const out: RowLayout = {
    key: keyColumns.map((k) => ({ name: k.name, type: k.type })),
    row: input.step.out.row,
  };
  const groupStep: Step = {
    kind: isTable ? 'TableGroupBy' : byKey ? 'StreamGroupByKey' : 'StreamGroupBy',
    name: 'Aggregate/GroupBy',
    relation: input.step.relation,
    out,
    source: input.step,
    expressions: keys,
  };
  if (byKey) return { ...input, step: groupStep };
  const codec = internalCodec(input.codec, out.key, context);
  const step: Step = {
    kind: 'Repartition',
    name: 'Aggregate/GroupBy/Repartition',
    relation: input.step.relation,
    out,
    source: groupStep,
    topicSuffix: 'Aggregate-GroupBy-repartition',
    codec: { ...codec, valueFeatures: [] },
  };
  return { ...input, step, codec };
}

function isGroupedByKey(input: Relation, groupBy: readonly Expression[]): boolean {
  return input.key.length === groupBy.length && input.key.every((column, i) => isKeyColumn(column, groupBy[i]!));
}

/** An aggregate call over a row. */
export function typedAggregate(
  call: FunctionCall,
  row: readonly RowColumn[],
  typer: Typer,
  context: PlanContext,
): AggregateCall & { readonly undoable: boolean } {
  const definition = context.functions.find(call.name) as AggregateFunction;
  const counted = countsRows(call, definition)
    ? { ...call, star: false, args: [reference(null, rowtimeName(row, typer))] }
    : call;
  return aggregateCall(call, typer.checkCall(counted, row), typer.isJoin);
}

/** COUNT(*) of a function without an overload for no arguments counts ROWTIME, which is never null. */
function countsRows(call: FunctionCall, definition: AggregateFunction): boolean {
  if (call.args.length > 0) return false;
  return (
    !definition.signatures.some((s) => s.params.length === 0) &&
    definition.signatures.length > 0 &&
    call.name === 'COUNT'
  );
}

function rowtimeName(row: readonly RowColumn[], typer: Typer): string {
  if (!typer.isJoin) return 'ROWTIME';
  return row.find((c) => c.name.endsWith('_ROWTIME'))!.name;
}

function checkUndoable(
  calls: readonly { readonly name: string; readonly undoable: boolean }[],
  written: readonly FunctionCall[],
  isJoin: boolean,
): void {
  const names = [...new Set(calls.filter((c) => !c.undoable).map((c) => c.name))];
  if (names.length === 0) return;
  throw reject(
    `The aggregation function${names.length === 1 ? '' : 's'} ${listAnd(names)} cannot be applied to a table source, ` +
      `only to a stream source.`,
    written[calls.findIndex((c) => !c.undoable)]?.span,
    undoableAdvice(
      written.filter((_, i) => !calls[i]!.undoable),
      (e) => (isJoin ? formatExpression(e) : formatExpression(flatten(e, false))),
    ),
  );
}

/**
 * Advice that gives the same result over a table and stays correct when rows change: the function applied to the list
 * of the group's values, which supports undo. (A stream over the table's topic would count former values too.)
 */
function undoableAdvice(calls: readonly FunctionCall[], shown: (e: Expression) => string): string {
  const why = 'When a row of a table changes, what its old value gave is taken back, which this function cannot.';
  const forms = calls.map((call) => {
    const [value = '', count] = call.args.map(shown);
    const list = `COLLECT_LIST(${value})`;
    const form = {
      MAX: `ARRAY_MAX(${list})`,
      MIN: `ARRAY_MIN(${list})`,
      COUNT_DISTINCT: `ARRAY_LENGTH(ARRAY_DISTINCT(${list}))`,
      COLLECT_SET: `ARRAY_DISTINCT(${list})`,
      TOPK: `SLICE(ARRAY_SORT(${list}, 'DESC'), 1, ${count})`,
      TOPKDISTINCT: `SLICE(ARRAY_SORT(ARRAY_DISTINCT(${list}), 'DESC'), 1, ${count})`,
    }[call.name.toUpperCase()];
    return form === undefined
      ? undefined
      : `${form} is kept right${call.name.toUpperCase() === 'COUNT_DISTINCT' ? ' (NULL counts as a value)' : ''}`;
  });
  const known = [...new Set(forms.filter((form) => form !== undefined))];
  const once = 'A SELECT without EMIT CHANGES, outside of CREATE TABLE, answers once with any function.';
  return [why, ...(known.length === 0 ? [] : [`${known.join(', ')}.`]), once].join(' ');
}

/** Advice for a window over a table, whose rows have no time other than their columns. */
function windowAdvice(input: Relation, grouping: Grouping, isJoin: boolean): string {
  const by = grouping.groupBy.map((e) => formatExpression(isJoin ? e : flatten(e, false))).join(', ');
  const time = input.step.out.row.find((c) => c.type.kind === 'TIMESTAMP')?.name;
  const day = time === undefined ? '' : `; by the day of a column: GROUP BY FORMAT_TIMESTAMP(${time}, 'yyyy-MM-dd')`;
  return `The rows of a table are of no time, and are counted once. Without WINDOW the result is kept right when rows change: GROUP BY ${by}${day}.`;
}

/** ksqlDB stores aggregates in the source's value format, and refuses what that cannot hold. */
function checkStorable(step: AggregateStep, input: Relation, context: PlanContext): void {
  const { format: name } = input.codec.valueFormat;
  const format = findFormat(context, name);
  const columns = step.calls.map((call, i) => ({ name: `KSQL_AGG_VARIABLE_${i}`, type: call.intermediate }));
  try {
    format.validateSchema({ columns: [...columns, { name: 'ROWTIME', type: BIGINT }], features: [], isKey: false });
  } catch (cause) {
    throw new SluiceError(
      'REJECTED',
      'One of the functions used in the statement has an intermediate type that the value format can not handle. ' +
        'Please remove the function or change the format.',
      { cause, hint: `The source's value format is ${name}.` },
    );
  }
}

/**
 * The columns that ksqlDB stores beside the aggregates: those that its clauses read, except arguments that are
 * expressions.
 */
function nonAggregateColumns(site: AggregateSite, typer: Typer): string[] {
  const { grouping } = site;
  const names = new Set<string>();
  const addAll = (expression: Expression | null): void => {
    for (const ref of columnRefs(expression)) {
      const flat = flatten(ref, typer.isJoin);
      if (flat.kind === 'ColumnReference' && !flat.name.startsWith('WINDOW')) names.add(flat.name);
    }
  };
  for (const entry of grouping.entries) {
    addAll(entry.expression);
    if (grouping.calls.some((c) => c.star && exprKey(entry.expression).includes(exprKey(c)))) names.add('ROWTIME');
  }
  addAll(site.where);
  grouping.groupBy.forEach(addAll);
  addAll(grouping.having);
  return [...names];
}

function windowSpec(window: Query['window'], emit: Query['emit']): WindowSpec | undefined {
  if (window === null) return undefined;
  const graceMs = window.grace?.ms ?? (emit === 'FINAL' ? 0 : undefined);
  const retentionMs = window.retention?.ms;
  switch (window.kind) {
    case 'TumblingWindow':
      return { type: 'TUMBLING', sizeMs: window.size.ms, graceMs, retentionMs };
    case 'HoppingWindow':
      return { type: 'HOPPING', sizeMs: window.size.ms, advanceMs: window.advance.ms, graceMs, retentionMs };
    case 'SessionWindow':
      return { type: 'SESSION', gapMs: window.gap.ms, graceMs, retentionMs };
    default:
      return window satisfies never;
  }
}

/**
 * Checks Kafka Streams' rules for windows, with its messages, and our limit.
 *
 * @throws SluiceError STATEMENT
 */
function checkWindow(window: WindowSpec, written: Window, config: Config): void {
  const { span } = written;
  const sizeMs = window.type === 'SESSION' ? window.gapMs : window.sizeMs;
  if (sizeMs <= 0) {
    const what =
      window.type === 'SESSION'
        ? 'Gap time (inactivityGapMs) cannot be zero or negative.'
        : 'Window size (sizeMs) must be larger than zero.';
    throw reject(
      what,
      span,
      `Write how long it lasts: ${window.type === 'SESSION' ? 'WINDOW SESSION (5 MINUTES)' : `WINDOW ${window.type} (SIZE 1 HOUR${window.type === 'HOPPING' ? ', ADVANCE BY 10 MINUTES' : ''})`}.`,
    );
  }
  if (window.type === 'HOPPING' && (window.advanceMs <= 0 || window.advanceMs > sizeMs)) {
    throw reject(
      `Window advancement interval should be more than zero and less than window duration which is ${sizeMs} ms, but given advancement interval is: ${window.advanceMs} ms`,
      span,
      window.advanceMs <= 0
        ? 'ADVANCE BY is how far the next window begins behind this one: longer than zero.'
        : `ADVANCE BY is at most SIZE, or records between windows are left out. Are the two meant the other way: WINDOW HOPPING (SIZE ${lasting(window.advanceMs)}, ADVANCE BY ${lasting(sizeMs)})?`,
    );
  }
  if (window.type === 'HOPPING') {
    const count = Math.ceil(sizeMs / window.advanceMs);
    const most = config.get(KEYS.windowMaxPerRecord);
    if (count > most)
      throw reject(
        `Each record would belong to ${count} windows, and ${most} are the most (${KEYS.windowMaxPerRecord.name})`,
        span,
        `SIZE divided by ADVANCE BY is their number: a longer ADVANCE BY or a shorter SIZE makes fewer; ${KEYS.windowMaxPerRecord.name} in the server's configuration is the limit.`,
      );
  }
  const { retentionMs, graceMs = 0 } = window;
  if (retentionMs !== undefined && retentionMs < sizeMs + graceMs) {
    throw reject(
      `The retention period of the window store must be no smaller than its window size plus the grace period. Got size=[${sizeMs}], grace=[${graceMs}], retention=[${retentionMs}]`,
      span,
      `${formatWindow(written)} forgets a window before it has ended. Lengthen RETENTION, or leave it out.`,
    );
  }
}

function windowInfo(window: WindowSpec): WindowInfo {
  return window.type === 'SESSION' ? { type: 'SESSION' } : { type: window.type, sizeMs: window.sizeMs };
}

/** A duration as it is written: in the largest unit of which it is a whole number. */
function lasting(ms: number): string {
  const [unit, length] = UNITS.find(([, length]) => ms % length === 0) ?? ['MILLISECOND', 1];
  const count = ms / length;
  return `${count} ${unit}${count === 1 ? '' : 'S'}`;
}

const UNITS: readonly (readonly [unit: string, ms: number])[] = [
  ['DAY', 86_400_000],
  ['HOUR', 3_600_000],
  ['MINUTE', 60_000],
  ['SECOND', 1000],
];
