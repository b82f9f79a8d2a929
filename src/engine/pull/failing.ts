import { messageOf } from '../../base/errors.ts';
import type { CompileEnv, EvaluationContext } from '../../expr/compile/env.ts';

/** Reports failures of an expression under a name, as persistent queries do: `Error computing the condition: …`. */
export function failingAs({ failures }: CompileEnv, what: (column: number) => string): EvaluationContext {
  return {
    onError: (column, error) =>
      failures?.onError(column, new Error(`Error computing ${what(column)}: ${messageOf(error)}`, { cause: error })),
  };
}

/** Names an expression by the column that it computes. */
export function ofColumn(columns: readonly { readonly name: string }[]): (column: number) => string {
  return (i) => {
    const name = columns[i]?.name;
    return name === undefined ? 'what rows are sorted by' : `the expression of column ${name}`;
  };
}
