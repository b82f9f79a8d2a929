import { expect, test } from 'vitest';
import { MemoryBudget, MemoryShare } from './memory.ts';

test('a share whose owner has gone holds nothing, whatever still comes for it or is given back', () => {
  const budget = new MemoryBudget(1000);
  const share = new MemoryShare(budget);
  share.take(300, 'rows');
  share.hold(100);
  share.release(50);
  expect(budget.held).toBe(350);
  share.end();
  expect(budget.held).toBe(0);
  share.take(200, 'rows');
  share.hold(200);
  share.release(100);
  share.close();
  expect(budget.held).toBe(0);
});
