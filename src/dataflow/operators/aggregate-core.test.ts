import { expect, test } from 'vitest';
import type { Row } from '../../types/row.ts';
import { BIGINT, INTEGER } from '../../types/sql-type.ts';
import type { Aggregator } from '../../functions/api.ts';
import { AggregateCore } from './aggregate-core.ts';

const sum: Aggregator = {
  intermediate: BIGINT,
  initialize: () => 0,
  add: (state, [value]) => (state as number) + (value as number),
  undo: (state, [value]) => (state as number) - (value as number),
  merge: (a, b) => (a as number) + (b as number),
  result: (state) => state,
};
const list: Aggregator = {
  intermediate: { kind: 'ARRAY', element: INTEGER },
  initialize: () => [],
  add: (state, [value]) => ((state as unknown[]).push(value), state),
  merge: (a, b) => ((a as unknown[]).push(...(b as unknown[])), a),
  result: (state) => state,
};
const second = (row: Row): unknown => row[1];
const calls = [
  { aggregator: sum, args: [second], intermediate: sum.intermediate },
  { aggregator: list, args: [second], intermediate: list.intermediate },
];

test('a state holds the carried columns of the latest row, then a value for each call', () => {
  const core = new AggregateCore([0], calls);
  const state = core.initial();
  expect(state).toEqual([null, 0, []]);
  core.add(state, ['a', 1]);
  core.add(state, ['b', 2]);
  expect(state).toEqual(['b', 3, [1, 2]]);
});

test('two states share nothing', () => {
  const core = new AggregateCore([], calls);
  const [one, other] = [core.initial(), core.initial()];
  core.add(one, ['a', 1]);
  expect(other).toEqual([0, []]);
});

test('a row is taken back', () => {
  const core = new AggregateCore([0], calls.slice(0, 1));
  const state = core.initial();
  core.add(state, ['a', 5]);
  core.add(state, ['b', 2]);
  core.undo(state, ['b', 5]);
  expect(state).toEqual(['b', 2]);
});

test('merging takes the later carried columns and leaves the other state as it is', () => {
  const core = new AggregateCore([0], calls);
  const [earlier, later] = [core.initial(), core.initial()];
  core.add(earlier, ['a', 1]);
  core.add(later, ['b', 2]);
  core.merge(earlier, later);
  core.add(earlier, ['c', 3]);
  expect(earlier).toEqual(['c', 6, [1, 2, 3]]);
  expect(later).toEqual(['b', 2, [2]]);
});

test('a snapshot does not change with the state', () => {
  const core = new AggregateCore([], calls);
  const state = core.initial();
  core.add(state, ['a', 1]);
  const [shared, copy] = [core.result(state), core.snapshot(state)];
  core.add(state, ['a', 2]);
  expect(copy).toEqual([1, [1]]);
  expect(shared[1]).toBe(state[1]);
});
