import { must } from '../../base/assert.ts';
import type { TypedExpr } from '../../expr/typed.ts';
import { formatTyped } from '../explain-expr.ts';
import { quoteIdentifier } from '../../types/sql-type.ts';
import type { GeneralPullPlan, KeptRead, PullLookup, PullPlan, PullRead, WindowBounds } from './pull-plan.ts';

/** What EXPLAIN knows of a topic that is read. */
export interface TopicFacts {
  readonly partitions: number;
  readonly records: number;
}

/**
 * How a pull query is answered: the last step first, its inputs indented below.
 *
 *      > [ LIMIT ] | 10
 *          > [ SORT ] | By: TOTAL DESC | Holds: at most 10 rows
 *              > [ PROJECT ] | Select: NAME, TOTAL
 *                  > [ SCAN ] | Table: SPENT, kept by CTAS_SPENT_3 | Rows read: all
 */
export function explainPull(plan: PullPlan, topic: (name: string) => TopicFacts | undefined): string {
  const lines: string[] = [];
  const add = (depth: number, what: string, ...details: string[]): void => {
    lines.push(`${' '.repeat(1 + depth * 3)}> [ ${what} ] | ${details.filter((d) => d !== '').join(' | ')}`);
  };
  let depth = 0;
  if (plan.limit !== undefined) add(depth++, 'LIMIT', String(plan.limit));
  if (plan.kind === 'STREAM') {
    add(depth++, 'PROJECT', `Select: ${plan.columns.map((c) => quoteIdentifier(c.name)).join(', ')}`);
    add(depth, 'TOPIC READ', ...topicDetails(plan.topic, plan.source, 'Stream', topic));
    return lines.join('\n');
  }
  if (plan.kind === 'GENERAL') depth = addStages(plan, depth, add);
  else add(depth++, 'PROJECT', `Select: ${list(plan.select)}`);
  const reads = plan.kind === 'GENERAL' ? plan.reads : [plan];
  for (const [i, read] of reads.entries()) {
    const held = i > 0 ? 'Holds: all rows read' : '';
    if (read.kind === 'TABLE') addKept(read, depth, held, add);
    else addTopic(read, depth, held, add, topic);
  }
  return lines.join('\n');
}

type Add = (depth: number, what: string, ...details: string[]) => void;

function list(expressions: readonly TypedExpr[]): string {
  return expressions.map(formatTyped).join(', ');
}

function addStages(plan: GeneralPullPlan, from: number, add: Add): number {
  let depth = from;
  if (plan.order.length > 0) {
    const keys = plan.order.map(
      (o) => `${formatTyped(o.expression)} ${o.descending ? 'DESC' : 'ASC'} NULLS ${o.nullsFirst ? 'FIRST' : 'LAST'}`,
    );
    const holds = plan.limit === undefined ? 'all rows' : `at most ${plan.limit} rows`;
    add(depth++, 'SORT', `By: ${keys.join(', ')}`, `Holds: ${holds}`);
  }
  if (plan.distinct) add(depth++, 'DISTINCT', 'Holds: each different row');
  add(depth++, 'PROJECT', `Select: ${list(plan.select)}`);
  const { group } = plan;
  if (group !== undefined) {
    if (group.having !== undefined) add(depth++, 'FILTER', `Having: ${formatTyped(group.having)}`);
    const calls = group.calls.map((c) => `${c.name}(${list(c.args)})`).join(', ');
    add(
      depth++,
      'AGGREGATE',
      group.keys.length === 0 ? '' : `By: ${list(group.keys)}`,
      calls === '' ? '' : `Functions: ${calls}`,
      group.keys.length === 0 ? 'Holds: one group' : 'Holds: each group',
    );
  }
  if (plan.predicate !== undefined) add(depth++, 'FILTER', `Where: ${formatTyped(plan.predicate)}`);
  for (const join of plan.joins.toReversed()) {
    const on = join.left.map((l, i) => `${formatTyped(l)} = ${formatTyped(must(join.right[i], 'right side'))}`);
    add(
      depth++,
      'JOIN',
      join.type,
      `On: ${on.join(', ')}`,
      join.also === undefined ? '' : `And: ${formatTyped(join.also)}`,
    );
  }
  return depth;
}

function addKept(read: KeptRead, depth: number, held: string, add: Add): void {
  const table = `Table: ${quoteIdentifier(read.source)}, kept by ${read.queryId}`;
  const where = read.predicate === undefined ? '' : `Where: ${formatTyped(read.predicate)}`;
  for (const lookup of read.lookups) {
    const [what, ...details] = lookupDetails(lookup, read.windowed);
    add(depth, what, table, ...details, where, held);
  }
}

function lookupDetails(lookup: PullLookup, windowed: boolean): [string, ...string[]] {
  switch (lookup.kind) {
    case 'KEY': {
      const rows = windowed ? 'the windows of the key' : 'at most 1';
      return ['KEY LOOKUP', `Key: ${list(lookup.key)}${bounds(lookup.window)}`, `Rows read: ${rows}`];
    }
    case 'RANGE': {
      const { lower, upper } = lookup;
      const ends = [
        ...(lower === undefined ? [] : [`${lower.inclusive ? '>=' : '>'} ${formatTyped(lower.value)}`]),
        ...(upper === undefined ? [] : [`${upper.inclusive ? '<=' : '<'} ${formatTyped(upper.value)}`]),
      ];
      return ['RANGE', `Key: ${ends.join(' and ')}`, 'Rows read: those of the range'];
    }
    case 'SCAN':
      return ['SCAN', bounds(lookup.window).replace(/^, /, 'Window: '), 'Rows read: all'];
    default:
      return lookup satisfies never;
  }
}

function bounds({ start, end }: WindowBounds): string {
  return [
    ...start.map((b) => `, WINDOWSTART ${b.op} ${formatTyped(b.value)}`),
    ...end.map((b) => `, WINDOWEND ${b.op} ${formatTyped(b.value)}`),
  ].join('');
}

function addTopic(
  read: Extract<PullRead, { kind: 'TOPIC' }>,
  depth: number,
  held: string,
  add: Add,
  topic: (name: string) => TopicFacts | undefined,
): void {
  const isTable = read.relation === 'TABLE';
  add(
    depth,
    'TOPIC READ',
    ...topicDetails(read.topic, read.source, isTable ? 'Table' : 'Stream', topic),
    read.predicate === undefined ? '' : `Where: ${formatTyped(read.predicate)}`,
    held === '' && isTable ? 'Holds: the last row of each key' : held,
  );
}

function topicDetails(
  name: string,
  source: string,
  kind: string,
  topic: (name: string) => TopicFacts | undefined,
): string[] {
  const facts = topic(name);
  return [
    `${kind}: ${quoteIdentifier(source)}`,
    `Topic: ${name}`,
    facts === undefined
      ? ''
      : `Records read: ${facts.records}, of ${facts.partitions} partition${facts.partitions === 1 ? '' : 's'}`,
  ];
}
