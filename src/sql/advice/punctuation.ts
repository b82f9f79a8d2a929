import { must } from '../../base/assert.ts';
import { adviceAt, find, word, written, type Advice, type Stuck } from './stuck.ts';
import { isReserved } from '../keywords.ts';
import { typeHere } from './type-names.ts';

/** Advice for quotes, commas, hyphens and operators. */
export function punctuationAdvice(stuck: Stuck): Advice | undefined {
  return (
    character(stuck) ??
    operators(stuck) ??
    hyphen(stuck) ??
    comma(stuck) ??
    quotes(stuck) ??
    constructors(stuck) ??
    types(stuck) ??
    missing(stuck) ??
    parentheses(stuck)
  );
}

const OPENING = '“‘«„‚';
const CLOSING = '”’»‟‛';

/** A character that does not begin a token. */
function character(stuck: Stuck): Advice | undefined {
  if (stuck.tokens[stuck.at]?.kind === '[' && stuck.tokens[stuck.at + 1]?.kind === ']' && word(stuck, 0) === 'CREATE') {
    const element = written(stuck, stuck.at - 1);
    return adviceAt(stuck, stuck.at, `An array is ARRAY<${typeHere(element) ?? element.toUpperCase()}>.`);
  }
  const char = stuck.text.slice(stuck.span.start, stuck.span.end);
  const two = stuck.text.slice(stuck.span.start, stuck.span.start + 2);
  // 'it's': the last quote is not closed.
  if (char === "'" && /(?:^|[^'])'[^'\n]*'\w[^'\n]*$/.test(stuck.text.slice(0, stuck.span.start)))
    return {
      hint: "A quote inside of a text is doubled: 'it''s'.",
      span: { ...stuck.span, end: stuck.span.start + 1 },
    };
  const over = (length: number, hint: string): Advice => ({
    hint,
    span: { ...stuck.span, end: stuck.span.start + length },
  });
  if (char !== '' && (OPENING.includes(char) || CLOSING.includes(char) || char === '´' || char === '＇'))
    return over(1, "This is a typographic quote, of a word processor: texts stand in '…', names in `…`.");
  if (two === '::') {
    const value = /([A-Za-z_][A-Za-z0-9_.>-]*|'[^']*'|\))\s*$/.exec(stuck.text.slice(0, stuck.span.start))?.[1];
    const type = /^::\s*([A-Za-z_]+(?:\([^)]*\))?)/.exec(stuck.text.slice(stuck.span.start))?.[1] ?? 'STRING';
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
      `REGEXP_EXTRACT(${/^~\*?\s*('[^']*')/.exec(stuck.text.slice(stuck.span.start))?.[1] ?? "'pattern'"}, ${operandBefore(stuck)}) IS NOT NULL asks whether a regular expression matches.`,
    );
  if (char === '#') return over(1, 'A comment is written -- like this, or /* like this */.');
  if (char === '!') return over(1, 'NOT negates a condition, <> means unequal.');
  if (char === '?' && /^\?[^;]*?:(?!=)/.test(stuck.text.slice(stuck.span.start)))
    return over(1, 'There is no operator ? :, CASE WHEN condition THEN a ELSE b END chooses.');
  if (char === '?') return over(1, "There are no parameters: DEFINE name = '…'; and ${name} put a value in.");
  if (char === ':') {
    const inside = enclosing(stuck, stuck.tokens.length);
    if (inside === 'MAP' || inside === 'STRUCT')
      return over(1, `A ${inside} is written ${inside}(${inside === 'MAP' ? "'key'" : 'name'} := value).`);
    return word(stuck, 0) === 'CREATE' && stuck.text.slice(0, stuck.span.start).includes('(')
      ? over(1, 'A name is followed by its type, a property by =: name type, property=value.')
      : over(1, "There are no parameters: DEFINE name = '…'; and ${name} put a value in.");
  }
  if (char === '@')
    return over(1, "There are no variables of this kind: DEFINE name = '…'; and ${name} put a value in.");
  if (char === '{' && word(stuck, stuck.at - 1) === 'WITH')
    return over(1, "The properties stand in parentheses: WITH (KAFKA_TOPIC='…', …).");
  if (char === '{')
    return over(1, 'A map is written MAP(key := value), a struct STRUCT(name := value), an array ARRAY[…].');
  if (char === '^') return over(1, 'POWER(base, exponent) raises to a power.');
  if (char === '&' || char === '|') return over(1, 'AND and OR join conditions.');
  return undefined;
}

function operandBefore(stuck: Stuck): string {
  return /([A-Za-z_][A-Za-z0-9_.]*)\s*!?$/.exec(stuck.text.slice(0, stuck.span.start))?.[1] ?? 'column';
}

function operators(stuck: Stuck): Advice | undefined {
  const previous = stuck.tokens[stuck.at - 1];
  const found = stuck.tokens[stuck.at];
  if (previous?.kind === '=' && found?.kind === '=')
    return adviceAt(stuck, stuck.at - 1, 'Equality is written with one =, not ==.', stuck.at);
  if (previous?.kind === '<' && found?.kind === '>')
    return adviceAt(stuck, stuck.at - 1, 'Unequal is written <>, without a blank.', stuck.at);
  if (found?.kind === '=>' && previous?.kind !== ')') return adviceAt(stuck, stuck.at, 'Not less is written >=.');
  if (previous?.kind === '=' && found?.kind === '<')
    return adviceAt(stuck, stuck.at - 1, 'Not greater is written <=.', stuck.at);
  if (stuck.tokens[stuck.at - 2]?.kind === '->' && found?.kind === '(')
    return adviceAt(
      stuck,
      stuck.at - 2,
      'A lambda is written with =>, as in x => UCASE(x); -> takes a field of a STRUCT.',
    );
  // 1,5: a decimal comma.
  if (
    found?.kind === ',' &&
    /^(?:integer|decimal)$/.test(previous?.kind ?? '') &&
    stuck.tokens[stuck.at + 1]?.kind === 'integer' &&
    previous!.end === found.start &&
    stuck.tokens[stuck.at + 1]!.start === found.end
  )
    return adviceAt(
      stuck,
      stuck.at,
      `A number has a decimal point, and nothing between its thousands: ${previous!.text.replaceAll('.', '')}.${must(stuck.tokens[stuck.at + 1], 'token').text}`,
    );
  return undefined;
}

/** `my-stream`: a name with a hyphen needs back-quotes. */
function hyphen(stuck: Stuck): Advice | undefined {
  const touches = (a: number): boolean => stuck.tokens[a]?.end === stuck.tokens[a + 1]?.start;
  // `from-user`: stuck at the reserved word before it.
  const isReservedFirst = stuck.expected === 'IDENTIFIER' && word(stuck, stuck.at) !== '' && touches(stuck.at);
  const at = isReservedFirst ? stuck.at + 1 : stuck.at;
  if (stuck.tokens[at]?.kind !== '-') return undefined;
  let first = at - 1;
  let last = at;
  while (stuck.tokens[first - 1]?.kind === '-' && touches(first - 1) && touches(first - 2)) first -= 2;
  while (touches(last) && /^(?:-|word|integer|\.)$/.test(stuck.tokens[last + 1]?.kind ?? '')) last++;
  if (last === at || word(stuck, first) === '' || !touches(at - 1)) return undefined;
  const name = stuck.text.slice(must(stuck.tokens[first], 'token').start, must(stuck.tokens[last], 'token').end);
  return adviceAt(stuck, first, `A name with a hyphen stands in back-quotes: \`${name}\`. Case counts there.`, last);
}

const ENDS_A_LIST = new Set(['FROM', 'WHERE', 'GROUP', 'EMIT', 'HAVING', 'LIMIT', 'PARTITION', 'WITH', 'AS', 'END']);

function comma(stuck: Stuck): Advice | undefined {
  const previous = stuck.tokens[stuck.at - 1];
  const found = stuck.tokens[stuck.at];
  // A reserved word followed by another is the name and type of a column.
  const asName = find(stuck, 'SELECT') === -1 && word(stuck, stuck.at) !== '' && word(stuck, stuck.at + 1) !== '';
  const closes = found === undefined || [')', ']', '>', ';'].includes(found.kind);
  const ends = closes || (ENDS_A_LIST.has(word(stuck, stuck.at)) && !asName);
  if (previous?.kind === ',' && ends)
    return adviceAt(stuck, stuck.at - 1, 'Remove this comma: nothing follows it in the list.');
  if (previous?.kind === ',' && found?.kind === ',')
    return adviceAt(stuck, stuck.at, 'Remove this comma: there are two.');
  if (found?.kind === ',' && ENDS_A_LIST.has(word(stuck, stuck.at + 1)))
    return adviceAt(stuck, stuck.at, 'Remove this comma: nothing follows it in the list.');
  // FROM a, b
  if (
    found?.kind === ',' &&
    find(stuck, 'FROM') !== -1 &&
    find(stuck, 'WHERE') === -1 &&
    find(stuck, 'GROUP') === -1 &&
    find(stuck, 'JOIN') === -1
  ) {
    if (word(stuck, stuck.at + 1) === 'LATERAL' || word(stuck, stuck.at + 1) === 'UNNEST')
      return adviceAt(
        stuck,
        stuck.at + 1,
        word(stuck, stuck.at + 3) === 'SELECT'
          ? 'LATERAL is not supported: JOIN … ON a.key = b.key takes the rows of another source, EXPLODE(array) in the SELECT the elements of an array.'
          : `${word(stuck, stuck.at + 1)} is not supported: EXPLODE(array) in the SELECT makes a row of each element.`,
      );
    return adviceAt(stuck, stuck.at, 'Sources are joined by JOIN, not by a comma: FROM a JOIN b ON a.key = b.key.');
  }
  if (!stuck.expected.includes("','") || found === undefined) return undefined;
  if (previous?.kind === 'string' && found.start === previous.end) return adviceAt(stuck, stuck.at, doubled(stuck));
  const startsItem = found.kind === 'word' ? !isReserved(found.text) : /quoted$|^string$/.test(found.kind);
  if (startsItem && stuck.hint === undefined)
    return adviceAt(stuck, stuck.at, `Is a comma missing before ${written(stuck, stuck.at)}?`);
  return undefined;
}

/** How to write a text with a quote in it, when the parser is stuck directly behind what it took for the text. */
function doubled(stuck: Stuck): string {
  const text = stuck.tokens[stuck.at - 1];
  const [, rest = ''] = /^(\w*)/.exec(stuck.text.slice(text?.end)) ?? [];
  const shown =
    text === undefined || text.text.length > 30 ? "'it''s'" : `${stuck.text.slice(text.start, text.end)}'${rest}'`;
  return `A quote inside of a text is doubled: ${shown}.`;
}

function quotes(stuck: Stuck): Advice | undefined {
  const previous = stuck.tokens[stuck.at - 1];
  const found = stuck.tokens[stuck.at];
  if (found === undefined) return undefined;
  // 'it's': the rest of a string after its end.
  if (previous?.kind === 'string' && found.start === previous.end && found.kind === 'word')
    return adviceAt(stuck, stuck.at, doubled(stuck));
  if (
    /(^|\W)STRING\b/.test(stuck.expected) &&
    !stuck.expected.includes("'STRING'") &&
    !stuck.expected.includes('IDENTIFIER')
  ) {
    if (found.kind === 'word' && stuck.hint === undefined)
      return adviceAt(stuck, stuck.at, `A text stands in quotes: '${written(stuck, stuck.at)}'.`);
    if (found.kind === 'double-quoted' || found.kind === 'back-quoted')
      return adviceAt(stuck, stuck.at, `A text stands in single quotes: '${found.text}'.`);
  }
  return undefined;
}

/** ARRAY, MAP and STRUCT without their element types. */
function types(stuck: Stuck): Advice | undefined {
  const example = { ARRAY: 'ARRAY<STRING>', MAP: 'MAP<STRING, INT>', STRUCT: 'STRUCT<a INT, b STRING>' };
  for (const at of [stuck.at - 1, stuck.at - 2, stuck.at - 3, stuck.at - 4]) {
    const found = word(stuck, at) as keyof typeof example;
    if (Object.hasOwn(example, found) && (at === stuck.at - 1 || stuck.tokens[at + 1]?.kind === '<'))
      return { hint: `${found} says what it holds: ${example[found]}.` };
  }
  return undefined;
}

/** The word before the innermost open parenthesis at a token; empty when there is none. */
function enclosing(stuck: Stuck, at: number): string {
  let depth = 0;
  for (let i = Math.min(at, stuck.tokens.length) - 1; i >= 0; i--) {
    const { kind } = stuck.tokens[i]!;
    if (kind === ')') depth++;
    else if (kind === '(' && depth-- === 0) return word(stuck, i - 1);
  }
  return '';
}

/** ['a'], STRUCT(a = 1). */
function constructors(stuck: Stuck): Advice | undefined {
  const found = stuck.tokens[stuck.at];
  if (found?.kind === '[' && stuck.expected.includes('EXPRESSION'))
    return adviceAt(stuck, stuck.at, 'An array is written ARRAY[1, 2, 3].');
  const inside = enclosing(stuck, stuck.at);
  if (found?.kind === '=' && (inside === 'STRUCT' || inside === 'MAP'))
    return adviceAt(
      stuck,
      stuck.at,
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
function missing(stuck: Stuck): Advice | undefined {
  const found = stuck.tokens[stuck.at];
  const isEnd = found === undefined || found.kind === ';';
  // A reserved word followed by a type was meant as a name, as the parser reports.
  if (find(stuck, 'SELECT') === -1 && word(stuck, stuck.at) !== '' && word(stuck, stuck.at + 1) !== '')
    return undefined;
  const inList = word(stuck, stuck.at - 1) === 'SELECT' || stuck.tokens[stuck.at - 1]?.kind === ',';
  if (inList && (stuck.tokens[stuck.at + 1]?.kind === ',' || word(stuck, stuck.at + 1) === 'FROM')) return undefined;
  const before = written(stuck, stuck.at - 1);
  if (stuck.expected.includes('EXPRESSION') && (isEnd || CLAUSES.has(word(stuck, stuck.at))))
    return adviceAt(stuck, stuck.at, `A value is missing behind ${before}.`);
  if (/^(?:IDENTIFIER|\{IDENTIFIER, STRING\})$/.test(stuck.expected) && (isEnd || CLAUSES.has(word(stuck, stuck.at)))) {
    return word(stuck, stuck.at) !== '' && word(stuck, stuck.at) === word(stuck, stuck.at - 1)
      ? adviceAt(stuck, stuck.at, `${word(stuck, stuck.at)} stands there already.`)
      : adviceAt(stuck, stuck.at, `A name is missing behind ${before}.`);
  }
  if (stuck.expected === 'TYPE' && (isEnd || found.kind === ',' || found.kind === ')' || found.kind === '>'))
    return adviceAt(stuck, stuck.at, `A type is missing behind ${before}: ${before} STRING, for instance.`);
  if (stuck.expected === 'INTEGER_VALUE' || (isEnd && stuck.expected.startsWith('{INTEGER_VALUE')))
    return adviceAt(stuck, stuck.at, `A whole number stands behind ${before}.`);
  return undefined;
}

/** A missing or superfluous parenthesis. */
function parentheses(stuck: Stuck): Advice | undefined {
  const found = stuck.tokens[stuck.at];
  if (
    found?.kind === ')' &&
    !stuck.expected.includes("')'") &&
    enclosing(stuck, stuck.at) === '' &&
    depthAt(stuck) <= 0
  )
    return adviceAt(stuck, stuck.at, 'This parenthesis closes none that is open.');
  if (
    stuck.expected.includes("')'") &&
    (found === undefined || found.kind === ';' || CLAUSES.has(word(stuck, stuck.at)))
  )
    return adviceAt(stuck, stuck.at, 'A parenthesis is open: ) is missing here.');
  return undefined;
}

function depthAt(stuck: Stuck): number {
  let depth = 0;
  for (const { kind } of stuck.tokens.slice(0, stuck.at)) depth += kind === '(' ? 1 : kind === ')' ? -1 : 0;
  return depth;
}
