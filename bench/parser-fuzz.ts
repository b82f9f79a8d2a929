/**
 * Feeds random and mutated texts to the parser, the splitter and the printer: they may throw nothing but a SluiceError,
 * no input may take long, and what can be parsed must be equal after printing and parsing again. Run: npx tsx
 * bench/parser-fuzz.ts [inputs] [seed]
 */
import { isSluiceError } from '../src/base/errors.ts';
import { KEYWORD_LIST } from '../src/sql/keywords.ts';
import { parseStatement, parseStatements } from '../src/sql/parse.ts';
import { formatStatement } from '../src/sql/printer/statement.ts';
import { splitStatements } from '../src/sql/split.ts';
import { KITCHEN_SINK } from '../src/sql/testing/kitchen-sink.ts';
import { stripSpans } from '../src/sql/testing/strip-spans.ts';

const inputs = Number(process.argv[2] ?? 1_000_000);
const seed = Number(process.argv[3] ?? 1);
const SLOW_MS = 250;

/** mulberry32: small, fast, and the same on every platform. */
function randomFrom(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
const random = randomFrom(seed);
const below = (n: number): number => Math.floor(random() * n);
const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;

const corpus = KITCHEN_SINK.map(([written]) => written);
const PIECES = [
  ...KEYWORD_LIST,
  'a',
  'B',
  '`q`',
  '"d"',
  "'s'",
  '1',
  '1.5',
  '1e3',
  '9223372036854775808',
  '(',
  ')',
  '[',
  ']',
  ',',
  ';',
  '.',
  '->',
  '=>',
  ':=',
  '=',
  '<',
  '<>',
  '>',
  '-',
  '+',
  '*',
  '/',
  '%',
  '||',
  '--',
  '/*',
  '*/',
  '\\\n',
  '\n',
  '${a}',
  '$${',
  "'",
  '`',
  '"',
  'jdbc:x://y;z=1',
  '\u0000',
  '\ud800',
  'é',
  'INT',
  'ARRAY<',
  'STRUCT<',
];

function mutate(text: string): string {
  let out = text;
  for (let n = 1 + below(4); n > 0; n--) {
    const at = below(out.length + 1);
    const length = below(Math.min(20, out.length - at + 1));
    switch (below(6)) {
      case 0:
        out = out.slice(0, at) + out.slice(at + length);
        break;
      case 1:
        out = out.slice(0, at) + pick(PIECES) + out.slice(at);
        break;
      case 2:
        out = `${out.slice(0, at)} ${pick(PIECES)} ${out.slice(at + length)}`;
        break;
      case 3:
        out = out.slice(0, at) + out.slice(at, at + length).repeat(1 + below(50)) + out.slice(at + length);
        break;
      case 4: {
        const other = pick(corpus);
        out = out.slice(0, at) + other.slice(below(other.length));
        break;
      }
      default:
        out = out.slice(0, at) + String.fromCharCode(below(random() < 0.9 ? 128 : 65_536)) + out.slice(at);
    }
  }
  return out;
}

function invent(): string {
  let out =
    random() < 0.7
      ? pick(['SELECT ', 'CREATE STREAM ', 'CREATE SOURCE CONNECTOR ', 'INSERT INTO ', 'EXPLAIN ', 'ASSERT '])
      : '';
  for (let n = below(25); n > 0; n--) out += pick(PIECES) + (random() < 0.7 ? ' ' : '');
  return out;
}

const options = { testStatements: true, variables: new Map([['A', 'value']]) };
let accepted = 0;
let slowest = 0;
const from = performance.now();
for (let i = 0; i < inputs; i++) {
  const text = random() < 0.7 ? mutate(pick(corpus)) : invent();
  let took = check(text, i);
  // The delay may be due to the machine: only an input that is slow every time counts.
  for (let again = 0; again < 3 && took > SLOW_MS; again++) took = Math.min(took, check(text, i));
  if (took > slowest) slowest = took;
  if (took > SLOW_MS) report(`took ${took.toFixed(0)} ms`, text);
}
const seconds = (performance.now() - from) / 1000;
console.log(
  JSON.stringify({
    bench: 'parser-fuzz',
    inputs,
    seed,
    accepted,
    slowestMs: Number(slowest.toFixed(1)),
    seconds: Number(seconds.toFixed(1)),
  }),
);

/** Checks one text and returns the elapsed ms. */
function check(text: string, i: number): number {
  const began = performance.now();
  try {
    splitStatements(text);
    for (const { statement } of parseStatements(text, options)) {
      accepted++;
      if (statement.kind === 'Query' && i % 4 !== 0) continue;
      const printed = formatStatement(statement);
      const again = JSON.stringify(stripSpans(parseStatement(printed, options)), bigints);
      if (again !== JSON.stringify(stripSpans(statement), bigints))
        report(`not the same when printed: ${printed}`, text);
    }
  } catch (error) {
    if (!isSluiceError(error) || error.code === 'INTERNAL')
      report(String(error instanceof Error ? error.stack : error), text);
  }
  return performance.now() - began;
}

function bigints(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value;
}

function report(problem: string, text: string): never {
  console.error(`seed ${seed}: ${problem}\ninput: ${JSON.stringify(text)}`);
  process.exit(1);
}
