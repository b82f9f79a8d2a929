import { describe, expect, test } from 'vitest';
import { ExactNumber, jsonText, parseRowText, rowValues } from './row-json.ts';

const read = (text: string, ...types: string[]): unknown[] => rowValues(parseRowText(text), types);

describe('rows keep every digit', () => {
  test('a BIGINT beyond 2^53 is a bigint, a smaller one a number', () => {
    expect(read('[9007199254740993, 42, -9223372036854775808]')).toEqual([
      9007199254740993n,
      42,
      -9223372036854775808n,
    ]);
  });

  test('a DECIMAL keeps its scale', () => {
    const [a, b] = read('[1.50, 12345678901234567890.12]', 'DECIMAL(4, 2)', 'DECIMAL(38, 2)');
    expect(String(a)).toBe('1.50');
    expect(String(b)).toBe('12345678901234567890.12');
  });

  test('doubles are numbers, nested fractions too unless digits would go', () => {
    const [a, b, c] = read(
      '[1.0E10, 0.1, {"X":1.50,"Y":0.12345678901234567890123}]',
      'DOUBLE',
      'DOUBLE',
      'STRUCT<>',
    ) as [number, number, { X: number; Y: ExactNumber }];
    expect([a, b, c.X]).toEqual([1e10, 0.1, 1.5]);
    expect(c.Y).toBeInstanceOf(ExactNumber);
    expect(String(c.Y)).toBe('0.12345678901234567890123');
  });

  test('the text comes out as it went in', () => {
    const text = '[null,true,"a\\n",1.50,[9007199254740993],{"A":{"B":"é"}}]';
    expect(`[${parseRowText(text).map(jsonText).join(',')}]`).toBe(text);
  });
});
