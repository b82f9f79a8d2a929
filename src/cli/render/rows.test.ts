import { describe, expect, test } from 'vitest';
import { rowPrinter } from './rows.ts';

const names = ['ID', 'NAME', 'AMOUNT'];
const types = ['BIGINT', 'STRING', 'DECIMAL(30, 2)'];

describe('rows', () => {
  test('a pull query: as narrow as its rows, numbers to the right and digit by digit', () => {
    const printer = rowPrinter('table', names, types, 80, 0, false);
    expect(printer.print(['[9007199254740993,"a",1.50]', '[1,null,12345678901234567890.12]']) + printer.end()).toBe(
      [
        '               ID │ NAME │                  AMOUNT',
        '──────────────────┼──────┼─────────────────────────',
        ' 9007199254740993 │ a    │                    1.50',
        '                1 │ null │ 12345678901234567890.12',
        '2 rows\n',
      ].join('\n'),
    );
  });

  test('a push query: the head comes once a screen, rows as they come', () => {
    const printer = rowPrinter('table', ['A'], ['INTEGER'], 80, 6, true);
    expect(printer.begin()).toBe('           A\n─────────────\n');
    expect(printer.print(['[1]', '[2]'])).toBe('           1\n           2\n');
    expect(printer.print(['[3]'])).toBe('           3\n');
    expect(printer.print(['[4]'])).toBe('\n           A\n─────────────\n           4\n');
  });

  test('without a terminal nothing is wrapped', () => {
    const printer = rowPrinter('table', ['A', 'B'], ['STRING', 'STRING'], Number.POSITIVE_INFINITY, 0, true);
    printer.begin();
    const long = 'x'.repeat(500);
    expect(printer.print([`["${long}","y z"]`])).toBe(` ${long} │ y z\n`);
  });

  test('no rows: the head says which columns there would be', () => {
    expect(rowPrinter('table', ['A'], ['STRING'], 80, 0, false).end()).toBe(' A\n───\n0 rows\n');
  });

  test('json keeps every digit, too', () => {
    const printer = rowPrinter('json', names, types, 80, 0);
    expect(printer.print(['[9007199254740993,"é\\n",1.50]']) + printer.end()).toBe(
      '{"ID":9007199254740993,"NAME":"é\\n","AMOUNT":1.50}\n',
    );
  });

  test('vertical', () => {
    const printer = rowPrinter('vertical', names, types, 80, 0);
    expect(printer.print(['[1,"x\\u001b[2J",{"A":[1]}]'])).toBe(
      '── row 1 ────────────────────\n    ID: 1\n  NAME: x\\u001b[2J\nAMOUNT: {"A":[1]}\n',
    );
  });
});
