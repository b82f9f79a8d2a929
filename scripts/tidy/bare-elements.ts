import type { Finding } from './finding.ts';

/**
 * Finds element accesses without proof that the element exists: `x[i]!`. They are permitted where the bound is obvious
 * to a reader: on a nearby line or in the head of an enclosing loop. Elsewhere use `must(x[i], 'what')` or a loop
 * without an index.
 */

/** An element access without proof. */
interface BareElement {
  /** Line number, from 1. */
  readonly line: number;
  /** Offset in UTF-16 units of `]!`. */
  readonly at: number;
  /** The source text, such as `columns[i]`. */
  readonly text: string;
}

/** Columns of a batch's records (src/log/record-batch): typed arrays, under any variable name. */
const RECORD_COLUMNS =
  /(?:^|\.)(?:keyStart|keyLength|valueStart|valueLength|offset|timestamp|headersStart|headerCount|recordEnd)$/;

/** Bytes that are read in place. */
const BYTES = /(?:^|\.)(?:bytes|buffer)$/;

/** The number of lines before an access that count as nearby. */
const LINES_BEFORE = 2;

const TYPED_ARRAY = String.raw`(?:Uint8|Uint8Clamped|Int8|Uint16|Int16|Uint32|Int32|Float32|Float64|BigInt64|BigUint64)Array|Buffer`;

/**
 * The accesses in a file without a nearby proof of the bound. Elements of typed arrays are ignored: a codec checks the
 * length of its input once in advance, and an element out of bounds is not an `undefined` that is passed on but a wrong
 * number, for which calling `must` on each byte would be too expensive.
 */
export function bareElements(text: string): BareElement[] {
  const lines = text.split('\n');
  const starts = [0];
  for (const line of lines) starts.push(starts.at(-1)! + line.length + 1);
  const typed = typedArrays(text);
  const found: BareElement[] = [];
  for (const { index: at } of text.matchAll(/\]!(?!=)/g)) {
    const row = starts.findLastIndex((start) => start <= at);
    if (/^\s*(?:\/\/|\*|\/\*)/.test(lines[row] ?? '')) continue;
    const open = openingOf(text, at);
    const from = receiverStart(text, open);
    const receiver = text.slice(from, open);
    const index = text.slice(open + 1, at);
    // A list literal, `[a]!`, is not an element access.
    if (receiver === '' || typed.has(receiver.replace(/^this\./, ''))) continue;
    if (RECORD_COLUMNS.test(receiver) || BYTES.test(receiver)) continue;
    const beside = lines.slice(Math.max(0, row - LINES_BEFORE), row + 1).join('\n');
    if (isProven(beside, receiver, index)) continue;
    if (loopsAround(lines, row).some((head) => isProven(head, receiver, index))) continue;
    found.push({ line: row + 1, at, text: text.slice(from, at + 1) });
  }
  return found;
}

/** Whether nearby code proves that an element exists. */
function isProven(beside: string, receiver: string, index: string): boolean {
  const compact = beside.replaceAll(/\s+/g, ' ');
  const proofs = [
    `${receiver}.length`,
    `${receiver}[${index}] !== undefined`,
    `${receiver}[${index}] === undefined`,
    `${receiver}[${index}]?.`,
    `Object.hasOwn(${receiver}, ${index})`,
    `${index} in ${receiver}`,
    `${receiver}.indexOf(`,
    `${receiver}.findIndex(`,
    `${receiver}.findLastIndex(`,
    `${receiver}.keys()`,
  ];
  if (proofs.some((proof) => compact.includes(proof))) return true;
  // A capture group of a match in a nearby line.
  return (
    /^\d+$/.test(index) && new RegExp(`\\b${escaped(receiver)} = [^;]*(?:\\.exec|\\.match|\\bexec)\\(`).test(compact)
  );
}

/** The heads of the loops around a line, found by indentation. */
function loopsAround(lines: readonly string[], row: number): string[] {
  const heads: string[] = [];
  let depth = indentOf(lines[row] ?? '');
  for (let i = row - 1; i >= 0 && depth > 0; i--) {
    const line = lines[i]!;
    if (line.trim() === '' || indentOf(line) >= depth) continue;
    depth = indentOf(line);
    if (/^\s*(?:\} )?(?:\w+: )?(?:for|while) \(/.test(line)) heads.push(line);
  }
  return heads;
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

/** The names that a file declares as typed arrays. */
function typedArrays(text: string): Set<string> {
  const declared = text.matchAll(new RegExp(`([#\\w]+)[?!]?: (?:readonly )?(?:${TYPED_ARRAY})\\b(?!\\[)`, 'g'));
  const made = text.matchAll(
    new RegExp(`([#\\w]+) = (?:new (?:${TYPED_ARRAY})\\(|(?:${TYPED_ARRAY})\\.\\w+\\(|[^;\\n]*\\.subarray\\()`, 'g'),
  );
  return new Set([...declared, ...made].map(([, name = '']) => name));
}

/** The offset of the bracket that matches the closing one at `close`. */
function openingOf(text: string, close: number): number {
  let depth = 0;
  for (let i = close; i >= 0; i--) {
    if (text[i] === ']') depth++;
    else if (text[i] === '[' && --depth === 0) return i;
  }
  return close;
}

/** The start of the expression whose element is accessed: names, dots, calls and elements. */
function receiverStart(text: string, end: number): number {
  let i = end;
  while (i > 0) {
    const char = text[i - 1] ?? '';
    if (/[\w$#.?!]/.test(char)) i--;
    else if (char === ')' || char === ']') i = bracketStart(text, i - 1);
    else break;
  }
  // A preceding operator, as in `!x[0]!`, does not belong to the expression.
  while (i < end && /[!?.]/.test(text[i] ?? '')) i++;
  return i;
}

function bracketStart(text: string, close: number): number {
  let depth = 0;
  for (let i = close; i >= 0; i--) {
    if (')]'.includes(text[i] ?? ' ')) depth++;
    else if ('(['.includes(text[i] ?? ' ') && --depth === 0) return i;
  }
  return close;
}

function escaped(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);
}

/**
 * Files of `src` that access elements without proof, for each record or character, where a call would be too expensive,
 * with their number of accesses. The numbers may only decrease: new code uses `must` or a loop without an index.
 */
const IN_PLACE: Readonly<Record<string, number>> = {
  // Tables of numbers whose size equals the bound of the loops.
  'base/histogram.ts': 1,
  'types/base64.ts': 4,
  'types/calendar.ts': 1,
  'types/zone.ts': 1,
  // The compiled program of a pattern, whose jump targets were created with it.
  'base/regex/matcher.ts': 3,
  // Lists with one element per column of a schema or per record of a batch, which were filled together.
  'connect/connectors/database/codec-row-reader.ts': 1,
  'connect/connectors/postgres/bulk-writer.ts': 2,
  'connect/connectors/postgres/cdc/form/row-form.ts': 1,
  'connect/connectors/postgres/row-reader.ts': 2,
  'connect/converters/json-value.ts': 2,
  'connect/converters/payload-reader.ts': 2,
  'dataflow/operators/aggregate-core.ts': 2,
  'formats/delimited/codec.ts': 2,
  'formats/delimited/plain-line.ts': 2,
  'formats/json/coerce.ts': 3,
  'formats/json/key-order.ts': 3,
  'formats/json/render.ts': 1,
  'formats/json/scan-scope.ts': 1,
  'formats/json/string-cache.ts': 1,
  'state/key-codec.ts': 1,
  'state/row-codec.ts': 3,
  // Searches in sorted lists.
  'state/timed-entry.ts': 2,
  'store/sorted-map.ts': 7,
};

/** Element accesses without proof, if there are more or fewer of them than the number permitted for the file. */
export function unprovenElements(file: string, inSource: string, text: string): Finding[] {
  const allowed = IN_PLACE[inSource] ?? 0;
  const found = bareElements(text);
  if (found.length === allowed) return [];
  if (found.length < allowed)
    return [{ file, rule: 'element', detail: `${found.length} elements of ${allowed}: lower the number in IN_PLACE` }];
  return found.map(({ line, text: element }) => ({
    file: `${file}:${line}`,
    rule: 'element',
    detail: `${element}! has no bound beside it: must(${element}, 'what'), or a loop without an index`,
  }));
}
