import { must } from '../../base/assert.ts';
import { adviceAt, find, word, written, type Advice, type Stuck } from './stuck.ts';
import { isReserved } from '../keywords.ts';
import { typeHere } from './type-names.ts';

/** Advice for quotes, commas, hyphens and operators. */
export function punctuationAdvice(s: Stuck): Advice | undefined {
  return (
    character(s) ??
    operators(s) ??
    hyphen(s) ??
    comma(s) ??
    quotes(s) ??
    constructors(s) ??
    types(s) ??
    missing(s) ??
    parentheses(s)
  );
}

const OPENING = '“‘«„‚';
const CLOSING = '”’»‟‛';

/** A character that does not begin a token. */
function character(s: Stuck): Advice | undefined {
  if (s.tokens[s.at]?.kind === '[' && s.tokens[s.at + 1]?.kind === ']' && word(s, 0) === 'CREATE') {
    const element = written(s, s.at - 1);
    return adviceAt(s, s.at, `An array is ARRAY<${typeHere(element) ?? element.toUpperCase()}>.`);
  }
  const char = s.text.slice(s.span.start, s.span.end);
  const two = s.text.slice(s.span.start, s.span.start + 2);
  // 'it's': the last quote is not closed.
  if (char === "'" && /(?:^|[^'])'[^'\n]*'\w[^'\n]*$/.test(s.text.slice(0, s.span.start)))
    return { hint: "A quote inside of a text is doubled: 'it''s'.", span: { ...s.span, end: s.span.start + 1 } };
  const over = (length: number, hint: string): Advice => ({
    hint,
    span: { ...s.span, end: s.span.start + length },
  });
  if (char !== '' && (OPENING.includes(char) || CLOSING.includes(char) || char === '´' || char === '＇'))
    return over(1, "This is a typographic quote, of a word processor: texts stand in '…', names in `…`.");
  if (two === '::') {
    const value = /([A-Za-z_][A-Za-z0-9_.>-]*|'[^']*'|\))\s*$/.exec(s.text.slice(0, s.span.start))?.[1];
    const type = /^::\s*([A-Za-z_]+(?:\([^)]*\))?)/.exec(s.text.slice(s.span.start))?.[1] ?? 'STRING';
    return over(
      2,
      `A cast is written CAST(${value === undefined || value === ')' ? '…' : value} AS ${typeHere(type) ?? type.toUpperCase()}).`,
    );
  }
  if (two === '&&') return over(2, 'AND joins conditions.');
  if (two === '||') return undefined;
  if (char === '~')
    return over(
      1,
      `REGEXP_EXTRACT('pattern', ${operandBefore(s)}) IS NOT NULL asks whether a regular expression matches.`,
    );
  if (char === '#') return over(1, 'A comment is written -- like this, or /* like this */.');
  if (char === '!') return over(1, 'NOT negates a condition, <> means unequal.');
  if (char === '?') return over(1, "There are no parameters: DEFINE name = '…'; and ${name} put a value in.");
  if (char === ':') {
    const inside = enclosing(s, s.tokens.length);
    if (inside === 'MAP' || inside === 'STRUCT')
      return over(1, `A ${inside} is written ${inside}(${inside === 'MAP' ? "'key'" : 'name'} := value).`);
    return word(s, 0) === 'CREATE' && s.text.slice(0, s.span.start).includes('(')
      ? over(1, 'A name is followed by its type, a property by =: name type, property=value.')
      : over(1, "There are no parameters: DEFINE name = '…'; and ${name} put a value in.");
  }
  if (char === '@')
    return over(1, "There are no variables of this kind: DEFINE name = '…'; and ${name} put a value in.");
  if (char === '{' && word(s, s.at - 1) === 'WITH')
    return over(1, "The properties stand in parentheses: WITH (KAFKA_TOPIC='…', …).");
  if (char === '{')
    return over(1, 'A map is written MAP(key := value), a struct STRUCT(name := value), an array ARRAY[…].');
  if (char === '^') return over(1, 'POWER(base, exponent) raises to a power.');
  if (char === '&' || char === '|') return over(1, 'AND and OR join conditions.');
  return undefined;
}

function operandBefore(s: Stuck): string {
  return /([A-Za-z_][A-Za-z0-9_.]*)\s*!?$/.exec(s.text.slice(0, s.span.start))?.[1] ?? 'column';
}

function operators(s: Stuck): Advice | undefined {
  const previous = s.tokens[s.at - 1];
  const found = s.tokens[s.at];
  if (previous?.kind === '=' && found?.kind === '=')
    return adviceAt(s, s.at - 1, 'Equality is written with one =, not ==.', s.at);
  if (previous?.kind === '<' && found?.kind === '>')
    return adviceAt(s, s.at - 1, 'Unequal is written <>, without a blank.', s.at);
  if (found?.kind === '=>' && previous?.kind !== ')') return adviceAt(s, s.at, 'Not less is written >=.');
  if (previous?.kind === '=' && found?.kind === '<') return adviceAt(s, s.at - 1, 'Not greater is written <=.', s.at);
  if (previous?.kind === '->' && (found?.kind === '>' || found?.kind === 'string'))
    return adviceAt(s, s.at - 1, "A field of a JSON text: EXTRACTJSONFIELD(column, '$.field').");
  if (s.tokens[s.at - 2]?.kind === '->' && found?.kind === '(')
    return adviceAt(s, s.at - 2, 'A lambda is written with =>, as in x => UCASE(x); -> takes a field of a STRUCT.');
  // 1,5: a decimal comma.
  if (
    found?.kind === ',' &&
    /^(?:integer|decimal)$/.test(previous?.kind ?? '') &&
    s.tokens[s.at + 1]?.kind === 'integer' &&
    previous!.end === found.start &&
    s.tokens[s.at + 1]!.start === found.end
  )
    return adviceAt(
      s,
      s.at,
      `A number has a decimal point, and nothing between its thousands: ${previous!.text.replaceAll('.', '')}.${must(s.tokens[s.at + 1], 'token').text}`,
    );
  return undefined;
}

/** `my-stream`: a name with a hyphen needs back-quotes. */
function hyphen(s: Stuck): Advice | undefined {
  const touches = (a: number): boolean => s.tokens[a]?.end === s.tokens[a + 1]?.start;
  // `from-user`: stuck at the reserved word before it.
  const isReservedFirst = s.expected === 'IDENTIFIER' && word(s, s.at) !== '' && touches(s.at);
  const at = isReservedFirst ? s.at + 1 : s.at;
  if (s.tokens[at]?.kind !== '-') return undefined;
  let first = at - 1;
  let last = at;
  while (s.tokens[first - 1]?.kind === '-' && touches(first - 1) && touches(first - 2)) first -= 2;
  while (touches(last) && /^(?:-|word|integer|\.)$/.test(s.tokens[last + 1]?.kind ?? '')) last++;
  if (last === at || word(s, first) === '' || !touches(at - 1)) return undefined;
  const name = s.text.slice(must(s.tokens[first], 'token').start, must(s.tokens[last], 'token').end);
  return adviceAt(s, first, `A name with a hyphen stands in back-quotes: \`${name}\`. Case counts there.`, last);
}

const ENDS_A_LIST = new Set(['FROM', 'WHERE', 'GROUP', 'EMIT', 'HAVING', 'LIMIT', 'PARTITION', 'WITH', 'AS', 'END']);

function comma(s: Stuck): Advice | undefined {
  const previous = s.tokens[s.at - 1];
  const found = s.tokens[s.at];
  // A reserved word followed by another is the name and type of a column.
  const asName = find(s, 'SELECT') === -1 && word(s, s.at) !== '' && word(s, s.at + 1) !== '';
  const closes = found === undefined || [')', ']', '>', ';'].includes(found.kind);
  const ends = closes || (ENDS_A_LIST.has(word(s, s.at)) && !asName);
  if (previous?.kind === ',' && ends)
    return adviceAt(s, s.at - 1, 'Remove this comma: nothing follows it in the list.');
  if (previous?.kind === ',' && found?.kind === ',') return adviceAt(s, s.at, 'Remove this comma: there are two.');
  if (found?.kind === ',' && ENDS_A_LIST.has(word(s, s.at + 1)))
    return adviceAt(s, s.at, 'Remove this comma: nothing follows it in the list.');
  // FROM a, b
  if (
    found?.kind === ',' &&
    find(s, 'FROM') !== -1 &&
    find(s, 'WHERE') === -1 &&
    find(s, 'GROUP') === -1 &&
    find(s, 'JOIN') === -1
  )
    return adviceAt(s, s.at, 'Sources are joined by JOIN, not by a comma: FROM a JOIN b ON a.key = b.key.');
  if (!s.expected.includes("','") || found === undefined) return undefined;
  if (previous?.kind === 'string' && found.start === previous.end)
    return adviceAt(s, s.at, "A quote inside of a text is doubled: 'it''s'.");
  const startsItem = found.kind === 'word' ? !isReserved(found.text) : /quoted$|^string$/.test(found.kind);
  if (startsItem && s.hint === undefined) return adviceAt(s, s.at, `Is a comma missing before ${written(s, s.at)}?`);
  return undefined;
}

function quotes(s: Stuck): Advice | undefined {
  const previous = s.tokens[s.at - 1];
  const found = s.tokens[s.at];
  if (found === undefined) return undefined;
  // 'it's': the rest of a string after its end.
  if (previous?.kind === 'string' && found.start === previous.end && found.kind === 'word')
    return adviceAt(s, s.at, "A quote inside of a text is doubled: 'it''s'.");
  if (/(^|\W)STRING\b/.test(s.expected) && !s.expected.includes("'STRING'") && !s.expected.includes('IDENTIFIER')) {
    if (found.kind === 'word' && s.hint === undefined)
      return adviceAt(s, s.at, `A text stands in quotes: '${written(s, s.at)}'.`);
    if (found.kind === 'double-quoted' || found.kind === 'back-quoted')
      return adviceAt(s, s.at, `A text stands in single quotes: '${found.text}'.`);
  }
  return undefined;
}

/** ARRAY, MAP and STRUCT without their element types. */
function types(s: Stuck): Advice | undefined {
  const example = { ARRAY: 'ARRAY<STRING>', MAP: 'MAP<STRING, INT>', STRUCT: 'STRUCT<a INT, b STRING>' };
  for (const at of [s.at - 1, s.at - 2, s.at - 3, s.at - 4]) {
    const found = word(s, at) as keyof typeof example;
    if (Object.hasOwn(example, found) && (at === s.at - 1 || s.tokens[at + 1]?.kind === '<'))
      return { hint: `${found} says what it holds: ${example[found]}.` };
  }
  return undefined;
}

/** The word before the innermost open parenthesis at a token; empty when there is none. */
function enclosing(s: Stuck, at: number): string {
  let depth = 0;
  for (let i = Math.min(at, s.tokens.length) - 1; i >= 0; i--) {
    const { kind } = s.tokens[i]!;
    if (kind === ')') depth++;
    else if (kind === '(' && depth-- === 0) return word(s, i - 1);
  }
  return '';
}

/** ['a'], STRUCT(a = 1). */
function constructors(s: Stuck): Advice | undefined {
  const found = s.tokens[s.at];
  if (found?.kind === '[' && s.expected.includes('EXPRESSION'))
    return adviceAt(s, s.at, 'An array is written ARRAY[1, 2, 3].');
  const inside = enclosing(s, s.at);
  if (found?.kind === '=' && (inside === 'STRUCT' || inside === 'MAP'))
    return adviceAt(
      s,
      s.at,
      `A ${inside} is written with :=, as in ${inside}(${inside === 'MAP' ? "'key'" : 'name'} := value).`,
    );
  return undefined;
}

const CLAUSES = new Set([
  'FROM',
  'WHERE',
  'GROUP',
  'EMIT',
  'HAVING',
  'LIMIT',
  'PARTITION',
  'WINDOW',
  'ON',
  'AS',
  'THEN',
  'END',
  'WITH',
]);

/** The statement continues where something is missing. */
function missing(s: Stuck): Advice | undefined {
  const found = s.tokens[s.at];
  const isEnd = found === undefined || found.kind === ';';
  // A reserved word followed by a type was meant as a name, as the parser reports.
  if (find(s, 'SELECT') === -1 && word(s, s.at) !== '' && word(s, s.at + 1) !== '') return undefined;
  const inList = word(s, s.at - 1) === 'SELECT' || s.tokens[s.at - 1]?.kind === ',';
  if (inList && (s.tokens[s.at + 1]?.kind === ',' || word(s, s.at + 1) === 'FROM')) return undefined;
  const before = written(s, s.at - 1);
  if (s.expected.includes('EXPRESSION') && (isEnd || CLAUSES.has(word(s, s.at))))
    return adviceAt(s, s.at, `A value is missing behind ${before}.`);
  if (s.expected === 'IDENTIFIER' && (isEnd || CLAUSES.has(word(s, s.at)))) {
    return word(s, s.at) !== '' && word(s, s.at) === word(s, s.at - 1)
      ? adviceAt(s, s.at, `${word(s, s.at)} stands there already.`)
      : adviceAt(s, s.at, `A name is missing behind ${before}.`);
  }
  if (s.expected === 'TYPE' && (isEnd || found.kind === ',' || found.kind === ')' || found.kind === '>'))
    return adviceAt(s, s.at, `A type is missing behind ${before}: ${before} STRING, for instance.`);
  if (s.expected === 'INTEGER_VALUE' || (isEnd && s.expected.startsWith('{INTEGER_VALUE')))
    return adviceAt(s, s.at, `A whole number stands behind ${before}.`);
  return undefined;
}

/** A missing or superfluous parenthesis. */
function parentheses(s: Stuck): Advice | undefined {
  const found = s.tokens[s.at];
  if (found?.kind === ')' && !s.expected.includes("')'") && enclosing(s, s.at) === '' && depthAt(s) <= 0)
    return adviceAt(s, s.at, 'This parenthesis closes none that is open.');
  if (s.expected.includes("')'") && (found === undefined || found.kind === ';' || CLAUSES.has(word(s, s.at))))
    return adviceAt(s, s.at, 'A parenthesis is open: ) is missing here.');
  return undefined;
}

function depthAt(s: Stuck): number {
  let depth = 0;
  for (const { kind } of s.tokens.slice(0, s.at)) depth += kind === '(' ? 1 : kind === ')' ? -1 : 0;
  return depth;
}
