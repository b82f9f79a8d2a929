import { latin1, utf8 } from './native-slice.ts';

/**
 * The longest text that is built from character codes rather than by a native call: a call takes about 100 ns, codes 40
 * to 70.
 */
export const SHORT = 32;

/**
 * The text of bytes known to be ASCII. For short texts `String.fromCharCode` with a fixed number of arguments is two to
 * three times as fast as Buffer's native slicer (bench/json.ts), so one call is generated for each length.
 */
export const asciiText: (bytes: Uint8Array, from: number, to: number) => string = compile();

function compile(): (bytes: Uint8Array, from: number, to: number) => string {
  const cases = Array.from(
    { length: SHORT },
    (_, n) => `case ${n + 1}: return chars(${Array.from({ length: n + 1 }, (__, i) => `b[s + ${i}]`).join(', ')});`,
  );
  const source = `return function asciiText(b, s, e) { switch (e - s) { case 0: return ''; ${cases.join(' ')} default: return latin1(b, s, e); } };`;
  return new Function('chars', 'latin1', source)(String.fromCharCode, latin1) as (
    bytes: Uint8Array,
    from: number,
    to: number,
  ) => string;
}

/** The text of UTF-8 bytes, by the faster method if they are ASCII. */
export function utf8Text(bytes: Uint8Array, from: number, to: number): string {
  let all = 0;
  for (let i = from; i < to; i++) all |= bytes[i]!;
  return all < 128 ? asciiText(bytes, from, to) : utf8(bytes, from, to);
}
