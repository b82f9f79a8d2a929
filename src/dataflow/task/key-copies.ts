import { readColumns } from '../../expr/columns.ts';
import type { TypedExpr } from '../../expr/typed.ts';
import type { Step } from '../../plan/steps/steps.ts';

/**
 * The row positions of a step that hold copies of its key columns: row position -> key position. A record without a
 * value has no row, but expressions over the key alone can still be computed for it.
 */
export function keyCopies(step: Step): ReadonlyMap<number, number> {
  switch (step.kind) {
    case 'StreamSource':
    case 'WindowedStreamSource':
      return new Map(step.columns.flatMap((c, at) => (c.from === 'KEY' ? [[at, c.index] as const] : [])));
    case 'StreamSelect': {
      const before = keyCopies(step.source);
      const found = new Map<number, number>();
      step.expressions.forEach((e, at) => {
        const key = e.kind === 'column' ? before.get(e.index) : undefined;
        const now = key === undefined || step.keyColumns === undefined ? key : step.keyColumns.indexOf(key);
        if (now !== undefined && now >= 0) found.set(at, now);
      });
      return found;
    }
    default:
      return new Map();
  }
}

/** Whether the expression reads only copies of the key. */
export function readsKeyOnly(expression: TypedExpr, copies: ReadonlyMap<number, number>): boolean {
  return readColumns([expression]).every((index) => copies.has(index));
}
