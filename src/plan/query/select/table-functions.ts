import { must } from '../../../base/assert.ts';
import { SluiceError } from '../../../base/errors.ts';
import type { FunctionCall } from '../../../sql/ast/expressions.ts';
import type { PlanContext } from '../../context.ts';
import { reject } from '../../errors.ts';
import { tableCall } from '../group/calls.ts';
import { callsOf, exprKey } from '../expressions.ts';
import type { Held, Relation, Typer } from '../relation.ts';
import type { SelectEntry } from './select-items.ts';

/** Evaluates the table functions of a SELECT list. @throws SluiceError STATEMENT, REJECTED */
export function tableFunctionSteps(
  input: Relation,
  entries: readonly SelectEntry[],
  aggregates: boolean,
  typer: Typer,
  context: PlanContext,
): { readonly relation: Relation; readonly held: Held } {
  const calls = distinct(entries.flatMap((e) => callsOf(e.expression, 'TABLE', context.functions)));
  if (calls.length === 0) return { relation: input, held: [] };
  if (input.step.relation === 'TABLE') {
    throw new SluiceError('REJECTED', 'Table source is not supported with table functions', { span: calls[0]!.span });
  }
  if (aggregates) throw reject('Table functions cannot be used with aggregations.', must(calls[0], 'call').span);
  for (const call of calls) {
    if (call.args.some((arg) => callsOf(arg, 'TABLE', context.functions).length > 0)) {
      throw reject('Table functions cannot be nested.', call.span);
    }
  }
  const { row } = input.step.out;
  const functions = calls.map((call) => tableCall(typer.checkCall(call, input.step.out.row)));
  const columns = functions.map((f, i) => ({ name: `KSQL_SYNTH_${i}`, type: f.type }));
  return {
    relation: {
      ...input,
      step: {
        kind: 'StreamFlatMap',
        name: 'FlatMap',
        relation: 'STREAM',
        out: { ...input.step.out, row: [...row, ...columns] },
        source: input.step,
        functions,
      },
    },
    held: calls.map((expression, i) => ({
      expression,
      column: { ...must(columns[i], 'column'), index: row.length + i },
    })),
  };
}

function distinct(calls: readonly FunctionCall[]): FunctionCall[] {
  return [...new Map(calls.map((call) => [exprKey(call), call])).values()];
}
