import { describe, expect, test } from 'vitest';
import { growthByFour } from '../../../test/support/cpu.ts';
import { rowPrinter } from './rows.ts';

const names = ['ID', 'NAME', 'AMOUNT'];
const types = ['BIGINT', 'STRING', 'DECIMAL(30, 2)'];

describe('rows', () => {
  test('a pull query: as narrow as its rows, numbers to the right and digit by digit', () => {
    const printer = rowPrinter('table', names, types, 80, 0);
    expect(printer.print(['[9007199254740993,"a",1.50]', '[1,null,12345678901234567890.12]']) + printer.end()).toBe(
      [
        '               ID │ NAME │                  AMOUNT',
        '──────────────────┼──────┼─────────────────────────',
        ' 9007199254740993 │ a    │                    1.50',
        '                1 │ NULL │ 12345678901234567890.12',
        '2 rows\n',
      ].join('\n'),
    );
  });

  test('the head comes once a screen', () => {
    const printer = rowPrinter('table', ['A'], ['INTEGER'], 80, 6);
    expect(printer.print(['[1]', '[2]'])).toBe(' A\n───\n 1\n 2\n');
    expect(printer.print(['[3]'])).toBe(' 3\n');
    expect(printer.print(['[4]'])).toBe('\n A\n───\n 4\n');
  });

  test('columns are as wide as their data, and grow under a new head where a row needs more', () => {
    const printer = rowPrinter('table', ['ID', 'NAME'], ['BIGINT', 'STRING'], 80, 0);
    expect(printer.print(['[7,"ann"]'])).toBe(' ID │ NAME\n────┼──────\n  7 │ ann\n');
    expect(printer.print(['[8,"bob"]'])).toBe('  8 │ bob\n');
    expect(printer.print(['[9,"charlotte"]'])).toBe(' ID │ NAME\n────┼───────────────\n  9 │ charlotte\n');
    expect(printer.print(['[10,"charlotte II"]'])).toBe(' 10 │ charlotte II\n');
  });

  test('a head that was shown while nothing came is shown anew with the widths of the rows', () => {
    const printer = rowPrinter('table', ['A'], ['STRING'], 80, 0);
    expect(printer.head()).toBe(' A\n───\n');
    expect(printer.print(['["long"]'])).toBe(' A\n──────\n long\n');
    expect(printer.end()).toBe('1 row\n');
  });

  test('a row that the screen cannot hold is shown as a record: texts of many columns are not cut to pieces', () => {
    const columns = Array.from({ length: 12 }, (_, i) => `COLUMN_${i}`);
    const printer = rowPrinter(
      'table',
      columns,
      columns.map(() => 'STRING'),
      80,
      0,
    );
    const text = printer.print([JSON.stringify(columns.map((c) => `value of ${c.toLowerCase()}`))]);
    expect(text).toContain('── row 1 ─');
    expect(text).toContain(' COLUMN_0: value of column_0\n');
    expect(text).toContain('COLUMN_11: value of column_11\n');
    expect(printer.end()).toBe('1 row\n');
  });

  test('bounds of windows are times', () => {
    const printer = rowPrinter('table', ['WINDOWSTART', 'N'], ['BIGINT', 'BIGINT'], 80, 0);
    expect(printer.print(['[1767225600000,1767225600000]'])).toContain(' 2026-01-01T00:00:00.000 │ 1767225600000\n');
    expect(rowPrinter('vertical', ['WINDOWEND'], ['BIGINT'], 80, 0).print(['[0]'])).toContain(
      'WINDOWEND: 1970-01-01T00:00:00.000\n',
    );
    expect(rowPrinter('json', ['WINDOWEND'], ['BIGINT'], 80, 0).print(['[0]'])).toBe('{"WINDOWEND":0}\n');
  });

  test('the time in which rows are laid out grows with their number alone', () => {
    const rows = Array.from({ length: 12_000 }, (_, i) =>
      JSON.stringify([i, `customer number ${i} wrote ${'some words '.repeat(12)}`, i / 4, 'é', null]),
    );
    const types = ['BIGINT', 'STRING', 'DOUBLE', 'STRING', 'STRING'];
    const print = (n: number): void =>
      void rowPrinter('table', ['A', 'B', 'C', 'D', 'E'], types, 80, 24).print(rows.slice(0, n));
    expect(growthByFour(print, 3000, 10)).toBeLessThan(10);
  });

  test('without a terminal nothing is wrapped, and nothing grows', () => {
    const printer = rowPrinter('table', ['A', 'B'], ['STRING', 'STRING'], Number.POSITIVE_INFINITY, 0);
    printer.head();
    const long = 'x'.repeat(500);
    expect(printer.print([`["${long}","y z"]`])).toBe(` ${long} │ y z\n`);
  });

  test('no rows: the head says which columns there would be', () => {
    expect(rowPrinter('table', ['A'], ['STRING'], 80, 0).end()).toBe(' A\n───\n0 rows\n');
  });

  test('json keeps every digit, too', () => {
    const printer = rowPrinter('json', names, types, 80, 0);
    expect(printer.print(['[9007199254740993,"é\\n",1.50]']) + printer.end()).toBe(
      '{"ID":9007199254740993,"NAME":"é\\n","AMOUNT":1.50}\n',
    );
  });

  test('csv: a line of names, quotes where they are needed, NULL empty', () => {
    const printer = rowPrinter('csv', ['ID', 'a,b'], ['BIGINT', 'STRING'], Number.POSITIVE_INFINITY, 0);
    expect(
      printer.print(['[9007199254740993,"x"]', '[null,"say \\"hi\\",\\nthere"]', '[1,""]', '[2,{"a":[1]}]']) +
        printer.end(),
    ).toBe('ID,"a,b"\n9007199254740993,x\n,"say ""hi"",\nthere"\n1,""\n2,"{""a"":[1]}"\n');
    expect(rowPrinter('csv', ['A'], ['INTEGER'], 80, 0).end()).toBe('A\n');
  });

  test.each([
    ['table', undefined, " NULL   \n 'NULL' \n 'null' \n x\n "],
    ['table', '∅', ' ∅    \n NULL \n null \n x\n '],
    ['vertical', undefined, "A: NULL A: 'NULL' A: 'null' A: x A: "],
    ['markdown', undefined, "| NULL | | 'NULL' | | 'null' | | x | |  |"],
    ['markdown', '', "|  | | NULL | | null | | x | | '' |"],
    ['csv', undefined, 'NULL null x ""'],
    ['csv', 'NULL', 'NULL "NULL" null x ""'],
    ['json', 'NULL', '{"A":null} {"A":"NULL"} {"A":"null"} {"A":"x"} {"A":""}'],
  ] as const)('NULL is never taken for a text: %s, %s', (format, nullText, expected) => {
    const printer = rowPrinter(format, ['A'], ['STRING'], 80, 0, nullText);
    const text = printer.print(['[null]', '["NULL"]', '["null"]', '["x"]', '[""]']);
    const flat = (shown: string): string =>
      shown
        .replaceAll(/── row.*|─+|\s+/g, ' ')
        .replaceAll(/ +/g, ' ')
        .trim();
    expect(flat(text)).toContain(flat(expected));
  });

  test('NULL inside of a value is that of JSON', () => {
    expect(rowPrinter('table', ['A'], ['ARRAY<STRING>'], 80, 0).print(['[[null,"null"]]'])).toContain('[null,"null"]');
  });

  test('markdown', () => {
    const printer = rowPrinter('markdown', ['ID', 'NAME'], ['BIGINT', 'STRING'], 80, 0);
    expect(printer.print(['[1,"a|b\\nc"]']) + printer.end()).toBe(
      '| ID | NAME |\n| ---: | --- |\n| 1 | a\\|b<br>c |\n',
    );
  });

  test('vertical', () => {
    const printer = rowPrinter('vertical', names, types, 80, 0);
    expect(printer.print(['[1,"x\\u001b[2J",{"A":[1]}]'])).toBe(
      '── row 1 ────────────────────\n    ID: 1\n  NAME: x\\u001b[2J\nAMOUNT: {"A":[1]}\n',
    );
  });
});
