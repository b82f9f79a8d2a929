import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { Screen } from './screen.ts';

/** A screen of some size, and what it has written since the last call of `written`. */
function screenOf(size: { columns: number; rows: number }): { screen: Screen; written(): string } {
  let text = '';
  const output = new Writable({
    write(chunk: Buffer, _, done) {
      text += chunk.toString();
      done();
    },
  });
  const written = (): string => {
    const all = text;
    text = '';
    return all;
  };
  return { screen: new Screen({ output, size: () => size }), written };
}

const UP = '\u001b[1A';
const ERASE = '\r\u001b[J';

test('a layout replaces the one that is shown, from its first row', () => {
  const { screen, written } = screenOf({ columns: 80, rows: 24 });
  screen.paint({ rows: ['> SELECT', '> 1'], row: 1, column: 3 });
  expect(written()).toBe('> SELECT\r\n> 1\r\u001b[3C');
  screen.paint({ rows: ['> SELECT'], row: 0, column: 0 });
  expect(written()).toBe(`${UP}${ERASE}> SELECT\r`);
  screen.leave();
  screen.paint({ rows: ['> '], row: 0, column: 2 });
  expect(written()).toBe('> \r\u001b[2C');
});

test('the cursor is moved up to its row', () => {
  const { screen, written } = screenOf({ columns: 80, rows: 24 });
  screen.paint({ rows: ['a', 'b', 'c'], row: 1, column: 1 });
  expect(written()).toBe(`a\r\nb\r\nc${UP}\r\u001b[1C`);
});

test.each([
  [0, 'a\r\nb\r\nc\u001b[2A\r'],
  [3, 'c\r\nd\r\ne\u001b[1A\r'],
  [4, 'c\r\nd\r\ne\r'],
])('of more rows than the window has, those around row %i', (row, expected) => {
  const { screen, written } = screenOf({ columns: 80, rows: 4 });
  screen.paint({ rows: ['a', 'b', 'c', 'd', 'e'], row, column: 0 });
  expect(written()).toBe(expected);
});

test('in a narrower window, rows that take two are counted twice; colours take none', () => {
  const size = { columns: 80, rows: 24 };
  const { screen, written } = screenOf(size);
  screen.paint({ rows: [`\u001b[1m${'x'.repeat(15)}\u001b[0m`, 'short', '> '], row: 2, column: 2 });
  written();
  size.columns = 10;
  screen.resized();
  screen.paint({ rows: ['> '], row: 0, column: 2 });
  expect(written()).toBe(`\u001b[3A${ERASE}> \r\u001b[2C`);
});

test('a cleared terminal has nothing to replace', () => {
  const { screen, written } = screenOf({ columns: 80, rows: 24 });
  screen.paint({ rows: ['a', 'b'], row: 1, column: 0 });
  screen.clear();
  written();
  screen.paint({ rows: ['a'], row: 0, column: 0 });
  expect(written()).toBe('a\r');
});
