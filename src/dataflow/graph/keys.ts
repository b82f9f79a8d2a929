import type { Step } from '../../plan/steps/steps.ts';
import type { Key, Row } from '../../types/row.ts';
import type { Compiler } from '../task/compiler.ts';
import { keyCopies, readsKeyOnly } from '../task/key-copies.ts';
import { type GroupByHooks } from '../operators/group-by.ts';
import { keyMaker, type KeyMaker } from '../operators/select-key.ts';
import type { GraphBuilder } from './graph.ts';
import { problemsOf } from './problems.ts';

export function keyMakerOf(
  builder: GraphBuilder,
  step: Extract<Step, { kind: 'StreamSelectKey' | 'TableSelectKey' }>,
  compiler: Compiler,
): KeyMaker {
  const copies = keyCopies(step.source);
  const width = step.source.out.row.length;
  return keyMaker({
    project: compiler.projection(step.expressions, step.out.key),
    expressions: step.expressions.length,
    rowOfKey: (key) =>
      Array.from({ length: width }, (_, i) => (copies.has(i) ? (key?.[copies.get(i)!] ?? null) : null)),
    fromKey: step.expressions.map((e) => readsKeyOnly(e, copies)),
    width: step.source.out.key.length,
    windowed: step.out.window !== undefined,
  });
}

export function groupByHooks(
  builder: GraphBuilder,
  step: Extract<Step, { kind: 'StreamGroupBy' | 'StreamGroupByKey' | 'TableGroupBy' }>,
  compiler: Compiler,
): GroupByHooks {
  const problems = problemsOf(builder.env, step.name);
  return {
    group: compiler.projection(step.expressions, step.out.key) as (row: Row) => Key,
    excluded: (row, index) =>
      problems.skipped(
        `Group-by column with index ${index} resolved to null. The source row will be excluded from the table.`,
        row,
      ),
  };
}
