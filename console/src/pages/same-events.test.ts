import { expect, test } from 'vitest';
import { sameEvents } from './same-events.ts';

const event = (at: number, changes: object) => ({
  connector: 'SHOP',
  event: 'REMARK',
  task: 0,
  state: null,
  previousState: null,
  topic: null,
  detail: null,
  at,
  ...changes,
});

test('what is said again is one line, with its last time; the newest is first', () => {
  const away = { detail: 'Cannot look for new tables' };
  const failed = { event: 'TASK', previousState: 'RUNNING', state: 'FAILED', detail: 'password authentication failed' };
  const seen = sameEvents([event(1, away), event(2, failed), event(3, away), event(4, away)]);
  expect(seen.map(({ last, times }) => [last.at, last.detail, times])).toEqual([
    [4, 'Cannot look for new tables', 3],
    [2, 'password authentication failed', 1],
  ]);
});

test('a state that follows on itself is no event; of another task it is another', () => {
  const same = { event: 'TASK', previousState: 'RUNNING', state: 'RUNNING' };
  const begun = { event: 'TASK', previousState: 'UNASSIGNED', state: 'RUNNING' };
  const seen = sameEvents([event(1, begun), event(2, same), event(3, { ...begun, task: 1 })]);
  expect(seen.map(({ last }) => [last.task, last.previousState])).toEqual([
    [1, 'UNASSIGNED'],
    [0, 'UNASSIGNED'],
  ]);
});
