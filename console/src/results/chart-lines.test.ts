import { expect, test } from 'vitest';
import { ChartLines, LINES_MAX, thinned, ticks } from './chart-lines.ts';

const NAMES = Array.from({ length: LINES_MAX + 1 }, (_, i) => `Region_${i + 1}`);

test('a line keeps its colour, and its place among the drawn, whatever order rows come in', () => {
  const lines = new ChartLines();
  lines.settle(NAMES);
  const before = NAMES.map((name) => lines.colourOf(name));
  expect(before).toEqual([0, 1, 2, 3, 4, 5, 6, 7, undefined]);
  lines.settle(NAMES.toReversed());
  expect(NAMES.map((name) => lines.colourOf(name))).toEqual(before);
});

test('one is taken out, and stays out; another gets its colour', () => {
  const lines = new ChartLines();
  lines.settle(NAMES);
  lines.toggle('Region_3');
  expect(lines.isFull).toBe(false);
  lines.toggle('Region_9');
  expect(lines.isFull).toBe(true);
  lines.settle(NAMES);
  expect([lines.colourOf('Region_3'), lines.colourOf('Region_9')]).toEqual([undefined, 2]);
  // When all colours are in use, no further line is drawn.
  lines.toggle('Region_3');
  expect(lines.colourOf('Region_3')).toBeUndefined();
});

test('a line that is no more leaves its colour to the next', () => {
  const lines = new ChartLines();
  lines.settle(['a', 'b']);
  lines.settle(['b', 'c']);
  expect([lines.colourOf('a'), lines.colourOf('b'), lines.colourOf('c')]).toEqual([undefined, 1, 0]);
});

test.each([
  [0, 97, [0, 25, 50, 75, 100]],
  [0, 1, [0, 0.25, 0.5, 0.75, 1]],
  [0, 100, [0, 25, 50, 75, 100]],
  [-3, 12, [-5, 0, 5, 10, 15]],
  [0, 6000, [0, 2000, 4000, 6000]],
  [0, 0.003, [0, 0.001, 0.002, 0.003]],
])('%d to %d has lines at %j', (from, to, expected) => expect(ticks(from, to)).toEqual(expected));

test('a line of many points is drawn with few, and keeps its peaks', () => {
  const places = Array.from({ length: 10_000 }, (_, i) => ({ x: i / 100, y: i === 4321 ? -50 : i % 7 }));
  const drawn = thinned(places);
  expect(drawn.length).toBeLessThanOrEqual(400);
  expect([drawn[0], drawn.at(-1)]).toEqual([places[0], places.at(-1)]);
  expect(drawn).toContain(places[4321]);
  expect(Math.max(...drawn.map((p) => p.y))).toBe(6);
  expect(drawn.map((p) => p.x)).toEqual(drawn.map((p) => p.x).toSorted((a, b) => a - b));
  const few = places.slice(0, 4);
  expect(thinned(few)).toEqual(few);
  expect(thinned([])).toEqual([]);
});
