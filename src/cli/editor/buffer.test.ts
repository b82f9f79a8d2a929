import { describe, expect, test } from 'vitest';
import { EditBuffer } from './buffer.ts';
import { piecesOf } from './highlight.ts';
import { layOut } from './layout.ts';
import { ReverseSearch } from './search.ts';

/** A buffer with the text, and the cursor at `|`. */
function at(marked: string): EditBuffer {
  const buffer = new EditBuffer();
  buffer.set(marked.replace('|', ''));
  buffer.cursor = marked.indexOf('|');
  return buffer;
}

const shown = (b: EditBuffer): string => `${b.text.slice(0, b.cursor)}|${b.text.slice(b.cursor)}`;

describe('editing', () => {
  test.each<[string, (b: EditBuffer) => void, string]>([
    ['a|b', (b) => b.insert('x'), 'ax|b'],
    ['👨‍👩‍👧|', (b) => b.backspace(), '|'],
    ['|e\u0301x', (b) => b.delete(), '|x'],
    ['a漢|', (b) => b.left(), 'a|漢'],
    ['foo bar.baz|', (b) => b.wordLeft(), 'foo bar.|baz'],
    ['|  foo bar', (b) => b.wordRight(), '  foo| bar'],
    ['abc\nde|f', (b) => b.lineStart(), 'abc\n|def'],
    ['a|bc\ndef', (b) => b.lineEnd(), 'abc|\ndef'],
    ['abcd\nx\nab|c', (b) => (b.up(), b.up()), 'ab|cd\nx\nabc'],
    ['ab|cd\nx\nabc', (b) => (b.down(), b.down()), 'abcd\nx\nab|c'],
    ['ab|c\ndef', (b) => b.killToEnd(), 'ab|\ndef'],
    ['ab|\ndef', (b) => b.killToEnd(), 'ab|def'],
    ['abc\nde|f', (b) => b.killToStart(), 'abc\n|f'],
    ['foo bar|', (b) => (b.killWordLeft(), b.start(), b.yank()), 'bar|foo '],
    ['ab|', (b) => (b.insert('c'), b.backspace(), b.backspace(), b.undo(), b.undo()), 'abc|'],
  ])('%j', (before, edit, after) => {
    const buffer = at(before);
    edit(buffer);
    expect(shown(buffer)).toBe(after);
  });

  test('the first line is the uppermost', () => {
    expect(at('a|b\nc').up()).toBe(false);
    expect(at('ab\nc|').down()).toBe(false);
  });
});

test('the cursor is where its character is shown, also over wide ones and at the edge', () => {
  const lay = (marked: string, columns: number) => {
    const { text, cursor } = at(marked);
    const layout = layOut({ promptOf: () => '> ', text, cursor, columns, pieces: [], colors: undefined });
    return [layout.rows, layout.row, layout.column];
  };
  expect(lay('ab|', 10)).toEqual([['> ab'], 0, 4]);
  expect(lay('漢|字', 10)).toEqual([['> 漢字'], 0, 4]);
  expect(lay('abc|漢', 7)).toEqual([['> abc', '漢'], 1, 0]);
  expect(lay('a\n|b', 10)).toEqual([['> a', '> b'], 1, 2]);
  expect(lay('|\u001b[2J', 20)).toEqual([['> ?[2J'], 0, 2]);
});

test('colours of a statement that is not finished', () => {
  const text = "SELECT COUNT(*), 'it''s -- no comment', `a b` FROM t -- 'x\nWHERE n = 1.5e3 AND s = 'open";
  expect(piecesOf(text).map((p) => `${p.kind} ${text.slice(p.start, p.end)}`)).toEqual([
    'keyword SELECT',
    'function COUNT',
    "string 'it''s -- no comment'",
    'name `a b`',
    'keyword FROM',
    "comment -- 'x",
    'keyword WHERE',
    'number 1.5e3',
    'keyword AND',
    "string 'open",
  ]);
});

test('searching backwards', () => {
  const search = new ReverseSearch(['SHOW TABLES;', 'SELECT a;', 'SHOW TABLES;', 'show streams;']);
  search.change('show');
  expect(search.found).toBe('SHOW TABLES;');
  search.older();
  expect(search.found).toBe('show streams;');
  search.older();
  expect(search.found).toBe('show streams;');
  search.change('show t');
  expect(search.found).toBeUndefined();
  search.change('se');
  expect(search.found).toBe('SELECT a;');
});
