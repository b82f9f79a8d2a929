import { expect, test } from 'vitest';
import { MemoryBudget } from '../../../base/budget/memory.ts';
import { TaskMemory } from './task-memory.ts';

test('counts what is in hand, and rests while others hold all', async () => {
  const budget = new MemoryBudget(1000);
  const rests: number[] = [];
  const sleep = (ms: number): Promise<void> => Promise.resolve(void rests.push(ms));
  const memory = new TaskMemory({ sleep }, new AbortController().signal, budget);
  memory.hold(400);
  memory.hold(300);
  expect(budget.held).toBe(300);
  await memory.rest();
  expect(rests).toEqual([]);
  budget.hold(700);
  await memory.rest();
  expect(rests).toEqual([250]);
  memory.end();
  memory.hold(100);
  expect(budget.held).toBe(700);
});
