import { readColumns } from '../../expr/columns.ts';
import type { TypedExpr } from '../../expr/typed.ts';
import type { Step } from '../../plan/steps/steps.ts';

/**
 * Which row positions of a step hold copies of its key columns: row position -> key position. A record without a value
 * has no row, yet expressions over the key alone can still be computed for it.
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

/** True when the expression reads copies of the key and nothing else. */
export function readsKeyOnly(expression: TypedExpr, copies: ReadonlyMap<number, number>): boolean {
  return readColumns([expression]).every((index) => copies.has(index));
}
