import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fitWidths, renderFields, renderTable } from './table.ts';
import { displayWidth, foldText, printable, wrapText } from './width.ts';

describe('width of texts', () => {
  test.each([
    ['abc', 3],
    ['é', 1],
    ['e\u0301', 1],
    ['日本', 4],
    ['👍', 2],
    ['👩‍👩‍👧', 2],
    ['ﾊﾝ', 2],
    ['', 0],
  ])('%s', (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });

  test('texts are wrapped at blanks, and cut where there are none', () => {
    expect(wrapText('the quick brown fox', 10)).toEqual(['the quick', 'brown fox']);
    expect(wrapText('abcdefghij', 4)).toEqual(['abcd', 'efgh', 'ij']);
    expect(wrapText('日本語日本', 5)).toEqual(['日本', '語日', '本']);
    expect(wrapText('a\nb', 5)).toEqual(['a', 'b']);
  });

  test('no piece is too wide, and nothing but blanks is lost', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.integer({ min: 2, max: 20 }), (text, width) => {
        const shown = printable(text).replaceAll('\n', ' ');
        const pieces = wrapText(shown, width);
        expect(Math.max(0, ...pieces.map(displayWidth))).toBeLessThanOrEqual(width);
        expect(pieces.join('').replaceAll(/\s/g, '')).toBe(shown.replaceAll(/\s/g, ''));
      }),
      { numRuns: 200 },
    );
  });

  test('texts of one-column characters are cut as all others', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-d ]{0,60}$/), fc.integer({ min: 4, max: 30 }), (text, width) => {
        // A combining accent makes the text use the slow path; the result has the same width.
        const accented = text.replaceAll('a', 'e\u0301');
        expect(wrapText(accented, width).map((line) => line.replaceAll('e\u0301', 'a'))).toEqual(wrapText(text, width));
      }),
    );
  });

  test('control characters cannot steer the terminal', () => {
    expect(printable('a\u001b[31mb\u0007\u009b')).toBe('a\\u001b[31mb\\u0007\\u009b');
    expect(printable('a\r\nb\tc')).toBe('a\nb    c');
  });
});

describe('tables', () => {
  test('a small one', () => {
    expect(
      renderTable(
        [{ title: 'Name' }, { title: 'Rows', align: 'right' }],
        [
          ['A', '1'],
          ['Longer', '1000'],
        ],
        80,
      ),
    ).toBe([' Name   │ Rows', '────────┼──────', ' A      │    1', ' Longer │ 1000'].join('\n'));
  });

  test('too wide for the terminal: cells go on in further lines', () => {
    const table = renderTable(
      [{ title: 'K', keep: true }, { title: 'Text' }],
      [['key_of_row', 'one two three four five six seven']],
      40,
    );
    expect(table).toBe(
      [
        ' K          │ Text',
        '────────────┼───────────────────────────',
        ' key_of_row │ one two three four five',
        '            │ six seven',
      ].join('\n'),
    );
    for (const line of table.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(40);
  });

  test('widths fit whenever they can, and narrow columns lose nothing', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 80, max: 200 }),
        (natural, width) => {
          const widths = fitWidths(natural, width);
          const total = 2 + widths.reduce((a, b) => a + b, 0) + 3 * (widths.length - 1);
          expect(total).toBeLessThanOrEqual(width);
          widths.forEach((w, i) => expect(w).toBe(Math.min(natural[i]!, w)));
          natural.forEach((w, i) => w <= 6 && expect(widths[i]).toBe(w));
        },
      ),
    );
  });

  test('names are kept while texts give way', () => {
    expect(fitWidths([40, 100], 80, [true, false])).toEqual([40, 35]);
  });

  test('an endless width changes nothing', () => {
    expect(fitWidths([500, 1000], Number.POSITIVE_INFINITY)).toEqual([500, 1000]);
  });

  test('fields', () => {
    expect(
      renderFields(
        [
          ['Name', 'x'],
          ['Long name', 'a b'],
        ],
        80,
      ),
    ).toBe('Name      : x\nLong name : a b');
  });
});

test('what is too wide is folded at blanks; a quoted text of SQL stays what it is', () => {
  const sql =
    "  Q (RUNNING:1) : CREATE STREAM a AS SELECT id FROM orders WHERE status = 'a text of some length' AND n > 1;";
  const folded = foldText(sql, 40);
  expect(folded.split('\n').every((line) => displayWidth(line) <= 40)).toBe(true);
  expect(folded).toContain("'a text of some length'");
  expect(folded.replaceAll(/\s+/g, ' ').trim()).toBe(sql.trim());
  expect(folded.split('\n')[1]).toMatch(/^ {4}\S/);
  // Apostrophes, names longer than a line, tables that fit, and files.
  expect(foldText("it doesn't fit into this line", 12)).toBe("it doesn't\n  fit into\n  this line");
  expect(foldText('x '.repeat(3) + 'y'.repeat(20), 10)).toBe(`x x x\n  ${'y'.repeat(20)}`);
  expect(foldText(' a │ b\n───┼──', 8)).toBe(' a │ b\n───┼──');
  expect(foldText(sql, Infinity)).toBe(sql);
});
