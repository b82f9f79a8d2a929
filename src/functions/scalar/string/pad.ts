import { BYTES, INTEGER, STRING } from '../../../types/sql-type.ts';
import { type FunctionExample, type ScalarFunction, scalarFunction } from '../../api.ts';
import { param } from '../../param.ts';

/** `length` bytes of `padding`, repeated. */
function fill(padding: Uint8Array, length: number): Uint8Array {
  const result = new Uint8Array(length);
  for (let i = 0; i < length; i++) result[i] = padding[i % padding.length]!;
  return result;
}

function padFunction(name: string, left: boolean, side: string, examples: readonly FunctionExample[]): ScalarFunction {
  const length = param('targetLen', INTEGER, 'The length of the result.');
  return scalarFunction({
    name,
    category: 'STRING',
    doc:
      `Pads a STRING or BYTES value on the ${side} to a length, or cuts it off at that length. An empty padding or a ` +
      'negative length gives NULL.',
    signatures: [
      {
        params: [param('input', STRING, 'The text.'), length, param('padding', STRING, 'What to pad with, repeated.')],
        returns: STRING,
        prepare:
          ({ env }) =>
          (s: string, target: number, padding: string) => {
            if (padding === '' || target < 0) return null;
            if (s.length >= target) return s.substring(0, target);
            env.work.spend((target - s.length) / 16);
            return left ? s.padStart(target, padding) : s.padEnd(target, padding);
          },
      },
      {
        params: [param('input', BYTES, 'The bytes.'), length, param('padding', BYTES, 'What to pad with, repeated.')],
        returns: BYTES,
        prepare:
          ({ env }) =>
          (b: Uint8Array, target: number, padding: Uint8Array) => {
            if (padding.length === 0 || target < 0) return null;
            if (b.length >= target) return b.slice(0, target);
            env.work.spend((target - b.length) / 4);
            const filled = fill(padding, target - b.length);
            return Buffer.concat(left ? [filled, b] : [b, filled]);
          },
      },
    ],
    examples,
  });
}

export const lpad = padFunction('LPAD', true, 'left', [
  { call: "LPAD('Foo', 7, 'Bar')", gives: 'BarBFoo' },
  { call: "LPAD('Foo', 2, 'Bar')", gives: 'Fo' },
  { call: "LPAD('123', 5, '0')", gives: '00123' },
  { call: "LPAD('Foo', 7, '')", gives: null },
]);

export const rpad = padFunction('RPAD', false, 'right', [
  { call: "RPAD('Foo', 7, 'Bar')", gives: 'FooBarB' },
  { call: "RPAD('', 2, 'Bar')", gives: 'Ba' },
  { call: "RPAD('Foo', -1, 'Bar')", gives: null },
]);
