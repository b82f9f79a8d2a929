import { INTEGER, STRING } from '../../../types/sql-type.ts';
import { type FunctionExample, type Param, type ScalarFunction, scalarFunction } from '../../api.ts';
import { param } from '../../param.ts';

/** The replacements of the four kinds of characters; '' keeps a kind unchanged. */
interface Masks {
  readonly upper: string;
  readonly lower: string;
  readonly digit: string;
  readonly other: string;
}

const DEFAULT: Masks = { upper: 'X', lower: 'x', digit: 'n', other: '-' };
const UPPER = /\p{Lu}/u;
const LOWER = /\p{Ll}/u;
const DIGIT = /\p{Nd}/u;

const firstChar = (text: string | null): string => (text === null ? '' : text.charAt(0));

function maskText(text: string, masks: Masks): string {
  let result = '';
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    const mask = UPPER.test(char)
      ? masks.upper
      : LOWER.test(char)
        ? masks.lower
        : DIGIT.test(char)
          ? masks.digit
          : masks.other;
    result += mask === '' ? char : mask;
  }
  return result;
}

const MASK_PARAMS: readonly Param[] = [
  param('upper', STRING, 'What stands for upper-case letters; NULL leaves them.'),
  param('lower', STRING, 'What stands for lower-case letters; NULL leaves them.'),
  param('digit', STRING, 'What stands for digits; NULL leaves them.'),
  param('other', STRING, 'What stands for all other characters; NULL leaves them.'),
];

const masksOf = (upper: string | null, lower: string | null, digit: string | null, other: string | null): Masks => ({
  upper: firstChar(upper),
  lower: firstChar(lower),
  digit: firstChar(digit),
  other: firstChar(other),
});

const INPUT = param('input', STRING, 'The text.');

export const mask = scalarFunction({
  name: 'MASK',
  weight: 60,
  category: 'STRING',
  doc: 'Returns the text with its characters masked: by default X for upper-case letters, x for lower-case letters, n for digits, - for others.',
  signatures: [
    { params: [INPUT], returns: STRING, evaluate: (s: string) => maskText(s, DEFAULT) },
    {
      params: [INPUT, ...MASK_PARAMS],
      returns: STRING,
      nulls: 'pass',
      evaluate: (s: string | null, u: string | null, l: string | null, d: string | null, o: string | null) =>
        s === null ? null : maskText(s, masksOf(u, l, d, o)),
    },
  ],
  examples: [
    { call: "MASK('My Test $123')", gives: 'Xx-Xxxx--nnn' },
    { call: "MASK('My Test $123', '*', NULL, '1', NULL)", gives: '*y *est $111' },
  ],
});

/** A function that calls `apply(s, n, masks)` with n between 0 and the length. */
function partialMask(
  name: string,
  doc: string,
  apply: (s: string, n: number, masks: Masks) => string,
  examples: readonly FunctionExample[],
): ScalarFunction {
  const count = param('numChars', INTEGER, 'How many characters.');
  const evaluate = (s: string | null, n: number | null, masks: Masks): string | null => {
    if (s === null || n === null) return null;
    if (n < 0) throw new RangeError(`function ${name} requires a non-negative number of characters, got ${n}`);
    return apply(s, Math.min(n, s.length), masks);
  };
  return scalarFunction({
    name,
    weight: 60,
    category: 'STRING',
    doc,
    signatures: [
      { params: [INPUT, count], returns: STRING, evaluate: (s: string, n: number) => evaluate(s, n, DEFAULT) },
      {
        params: [INPUT, count, ...MASK_PARAMS],
        returns: STRING,
        nulls: 'pass',
        evaluate: (
          text: string | null,
          n: number | null,
          u: string | null,
          l: string | null,
          d: string | null,
          o: string | null,
        ) => evaluate(text, n, masksOf(u, l, d, o)),
      },
    ],
    examples,
  });
}

export const maskLeft = partialMask(
  'MASK_LEFT',
  'Masks only the first characters of a text, like MASK.',
  (s, n, masks) => maskText(s.substring(0, n), masks) + s.substring(n),
  [{ call: "MASK_LEFT('My Test $123', 4)", gives: 'Xx-Xest $123' }],
);

export const maskRight = partialMask(
  'MASK_RIGHT',
  'Masks only the last characters of a text, like MASK.',
  (s, n, masks) => s.substring(0, s.length - n) + maskText(s.substring(s.length - n), masks),
  [{ call: "MASK_RIGHT('My Test $123', 4)", gives: 'My Test -nnn' }],
);

export const maskKeepLeft = partialMask(
  'MASK_KEEP_LEFT',
  'Masks all but the first characters of a text, like MASK.',
  (s, n, masks) => s.substring(0, n) + maskText(s.substring(n), masks),
  [{ call: "MASK_KEEP_LEFT('My Test $123', 4)", gives: 'My Txxx--nnn' }],
);

export const maskKeepRight = partialMask(
  'MASK_KEEP_RIGHT',
  'Masks all but the last characters of a text, like MASK.',
  (s, n, masks) => maskText(s.substring(0, s.length - n), masks) + s.substring(s.length - n),
  [{ call: "MASK_KEEP_RIGHT('My Test $123', 4)", gives: 'Xx-Xxxx-$123' }],
);
