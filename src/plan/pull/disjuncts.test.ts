import { expect, test } from 'vitest';
import type { TypedExpr } from '../../expr/typed.ts';
import { BOOLEAN } from '../../types/sql-type.ts';
import { disjunctsOf } from './disjuncts.ts';

const leaf = (index: number): TypedExpr => ({ kind: 'column', index, name: `C${index}`, type: BOOLEAN });
const join = (op: 'AND' | 'OR', left: TypedExpr, right: TypedExpr): TypedExpr =>
  ({ kind: 'logical', op, left, right, type: BOOLEAN }) as TypedExpr;
const shown = (e: TypedExpr): string =>
  disjunctsOf(e)
    ?.map((all) => all.map((x) => (x as { name: string }).name).join('&'))
    .join(' | ') ?? 'too many';

test('AND is distributed over OR, in the order of the text', () => {
  const [a, b, c, d] = [0, 1, 2, 3].map(leaf) as [TypedExpr, TypedExpr, TypedExpr, TypedExpr];
  expect(shown(a)).toBe('C0');
  expect(shown(join('OR', a, join('AND', b, c)))).toBe('C0 | C1&C2');
  expect(shown(join('AND', join('OR', a, b), join('OR', c, d)))).toBe('C0&C2 | C0&C3 | C1&C2 | C1&C3');
});

test('more alternatives than are worth it: none', () => {
  const pair = join('OR', leaf(0), leaf(1));
  let all = pair;
  for (let n = 0; n < 8; n++) all = join('AND', all, pair);
  expect(disjunctsOf(all)).toBeUndefined();
});
