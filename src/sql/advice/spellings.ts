import { formatString } from '../printer/names.ts';
import { adviceAt, find, word, written, type Advice, type Stuck } from './stuck.ts';
import { typeHere } from './type-names.ts';

/** Advice for names, values, and types in the spelling of another dialect. */
export function spellingAdvice(stuck: Stuck): Advice | undefined {
  return (
    bracketedName(stuck) ??
    topOfSelect(stuck) ??
    castOfCall(stuck) ??
    jsonArrows(stuck) ??
    slice(stuck) ??
    namedFields(stuck) ??
    pairs(stuck) ??
    valuesInParentheses(stuck) ??
    lambdaArrow(stuck) ??
    typeOfTwoWords(stuck) ??
    openType(stuck) ??
    windowClose(stuck)
  );
}

const isName = (stuck: Stuck, i: number): boolean =>
  /^(?:word|(?:back|double)-quoted)$/.test(stuck.tokens[i]?.kind ?? '');

/** FROM [orders], as in SQL Server. */
function bracketedName(stuck: Stuck): Advice | undefined {
  if (stuck.tokens[stuck.at]?.kind !== '[' || !isName(stuck, stuck.at + 1) || stuck.tokens[stuck.at + 2]?.kind !== ']')
    return undefined;
  if (!/IDENTIFIER|EXPRESSION/.test(stuck.expected)) return undefined;
  const name = written(stuck, stuck.at + 1);
  return adviceAt(
    stuck,
    stuck.at,
    `A name stands without brackets: ${name}. Back-quotes are for names in which case counts.`,
    stuck.at + 2,
  );
}

/** SELECT TOP(5) *. */
function topOfSelect(stuck: Stuck): Advice | undefined {
  if (word(stuck, 0) !== 'SELECT' || word(stuck, 1) !== 'TOP' || stuck.tokens[2]?.kind !== '(') return undefined;
  const count = written(stuck, 3);
  return adviceAt(
    stuck,
    1,
    `TOP is not supported: LIMIT ${/^\d+$/.test(count) ? count : 'n'} stands at the end of the query.`,
  );
}

/** SAFE_CAST(x AS INT64), TRY_CAST(x AS INT). */
function castOfCall(stuck: Stuck): Advice | undefined {
  if (word(stuck, stuck.at) !== 'AS' || stuck.tokens[stuck.at - 2]?.kind !== '(') return undefined;
  const call = word(stuck, stuck.at - 3);
  if (!/^(?:SAFE|TRY)_CAST$/.test(call)) return undefined;
  const type = written(stuck, stuck.at + 1);
  return adviceAt(
    stuck,
    stuck.at - 3,
    `CAST(${written(stuck, stuck.at - 1)} AS ${typeHere(type) ?? (type === '' ? 'type' : type.toUpperCase())}) is null where a value cannot be cast: there is no ${call}.`,
  );
}

/** item->>'a', as in Postgres. */
function jsonArrows(stuck: Stuck): Advice | undefined {
  if (stuck.tokens[stuck.at - 1]?.kind !== '->' || stuck.tokens[stuck.at]?.kind !== '>') return undefined;
  const [column, key] = [stuck.tokens[stuck.at - 2], stuck.tokens[stuck.at + 1]];
  const shown = column === undefined || !isName(stuck, stuck.at - 2) ? 'column' : written(stuck, stuck.at - 2);
  return adviceAt(
    stuck,
    stuck.at - 1,
    `A field of a JSON text: EXTRACTJSONFIELD(${shown}, ${formatString(`$.${key?.kind === 'string' ? key.text : 'field'}`)}).`,
    stuck.at,
  );
}

/** tags[1:2]. */
function slice(stuck: Stuck): Advice | undefined {
  if (stuck.text[stuck.span.start] !== ':') return undefined;
  const [, base, from] = /([A-Za-z_][\w.]*)\s*\[\s*(\d*)\s*$/.exec(stuck.text.slice(0, stuck.span.start)) ?? [];
  if (base === undefined) return undefined;
  const to = /^:\s*(\d+)/.exec(stuck.text.slice(stuck.span.start))?.[1] ?? `ARRAY_LENGTH(${base})`;
  return {
    hint: `A part of an array is SLICE(${base}, ${from === '' ? '1' : from!}, ${to}): the first element is number 1, and both ends belong to it.`,
    span: { ...stuck.span, end: stuck.span.start + 1 },
  };
}

/** STRUCT(ip => 'x'), STRUCT('ip' := 'x'), STRUCT('x' AS ip). */
function namedFields(stuck: Stuck): Advice | undefined {
  const inStruct = /\bSTRUCT\s*\([^()]*$/i.test(
    stuck.text.slice(Math.max(0, stuck.span.start - 200), stuck.span.start),
  );
  if (inStruct && stuck.tokens[stuck.at]?.kind === '=>' && isName(stuck, stuck.at - 1))
    return adviceAt(
      stuck,
      stuck.at,
      `A field and its value stand around :=, as in STRUCT(${written(stuck, stuck.at - 1)} := ${written(stuck, stuck.at + 1)}).`,
    );
  const token = stuck.tokens[stuck.at];
  if (word(stuck, stuck.at - 2) !== 'STRUCT' || stuck.tokens[stuck.at - 1]?.kind !== '(') return undefined;
  return token?.kind === 'string' && stuck.tokens[stuck.at + 1]?.kind === ':='
    ? adviceAt(
        stuck,
        stuck.at,
        `The name of a field has no quotes: STRUCT(${token.text} := ${written(stuck, stuck.at + 2)}).`,
      )
    : undefined;
}

/** MAP('a', 1). */
function pairs(stuck: Stuck): Advice | undefined {
  if (
    stuck.tokens[stuck.at]?.kind !== ',' ||
    word(stuck, stuck.at - 3) !== 'MAP' ||
    stuck.tokens[stuck.at - 2]?.kind !== '('
  )
    return undefined;
  return adviceAt(
    stuck,
    stuck.at,
    `A key and its value stand around :=, as in MAP(${written(stuck, stuck.at - 1)} := ${written(stuck, stuck.at + 1)}).`,
  );
}

/** VALUES (7, ('a', 'b')). */
function valuesInParentheses(stuck: Stuck): Advice | undefined {
  if (word(stuck, 0) !== 'INSERT' || stuck.tokens[stuck.at]?.kind !== ',' || find(stuck, 'VALUES') === -1)
    return undefined;
  const open = stuck.at - 2;
  if (stuck.tokens[open]?.kind !== '(' || !/^(?:,|\()$/.test(stuck.tokens[open - 1]?.kind ?? '')) return undefined;
  const close = stuck.tokens.findIndex((t, i) => i > stuck.at && t.kind === ')');
  if (close === -1) return undefined;
  const list = stuck.text.slice(stuck.tokens[open + 1]?.start, stuck.tokens[close - 1]?.end);
  return adviceAt(
    stuck,
    open,
    `Several values in one column are an array, ARRAY[${list}], or a struct, STRUCT(name := ${written(stuck, open + 1)}, …).`,
    close,
  );
}

/** REDUCE(tags, 0, (s, x) -> s + x). */
function lambdaArrow(stuck: Stuck): Advice | undefined {
  const arrow = stuck.tokens.findIndex((t, i) => i > stuck.at && t.kind === '->');
  if (stuck.tokens[stuck.at]?.kind !== ',' || arrow === -1 || stuck.tokens[arrow - 1]?.kind !== ')') return undefined;
  const open = stuck.tokens.findLastIndex((t, i) => i < stuck.at && t.kind === '(');
  const parameters = stuck.text.slice(stuck.tokens[open]?.start, stuck.tokens[arrow - 1]?.end);
  return /^\([\w\s,]+\)$/.test(parameters)
    ? adviceAt(stuck, arrow, `A lambda is written with =>: ${parameters} => ….`)
    : undefined;
}

/** DOUBLE PRECISION, CHARACTER VARYING. */
function typeOfTwoWords(stuck: Stuck): Advice | undefined {
  if (word(stuck, 0) !== 'CREATE' && word(stuck, 0) !== 'ALTER') return undefined;
  const words = `${word(stuck, stuck.at - 1)} ${word(stuck, stuck.at)}`;
  const here = words === 'DOUBLE PRECISION' ? 'DOUBLE' : /^CHAR(?:ACTER)? VARYING$/.test(words) ? 'STRING' : undefined;
  return here === undefined
    ? undefined
    : adviceAt(stuck, stuck.at - 1, `${here} is what ${words} is called here.`, stuck.at);
}

/** STRUCT<a INT, b STRING), ROW<a INT>. */
function openType(stuck: Stuck): Advice | undefined {
  if (word(stuck, 0) !== 'CREATE' && word(stuck, 0) !== 'ALTER') return undefined;
  const found = stuck.tokens[stuck.at]?.kind;
  if (found === ')' && stuck.expected.includes("'>'"))
    return adviceAt(stuck, stuck.at, 'The type is not closed: > is missing before ).');
  const here = { ROW: 'STRUCT', RECORD: 'STRUCT', OBJECT: 'STRUCT', LIST: 'ARRAY', DICT: 'MAP' }[
    word(stuck, stuck.at - 1)
  ];
  if (found !== '<' || here === undefined) return undefined;
  return adviceAt(stuck, stuck.at - 1, `${here} is what ${word(stuck, stuck.at - 1)} is called here: ${here}<…>.`);
}

/** EMIT ON WINDOW CLOSE, as in RisingWave. */
function windowClose(stuck: Stuck): Advice | undefined {
  if (word(stuck, stuck.at - 1) !== 'EMIT' || word(stuck, stuck.at) !== 'ON') return undefined;
  return adviceAt(
    stuck,
    stuck.at,
    find(stuck, 'GROUP') === -1
      ? 'EMIT CHANGES sends rows as they come; a result of windows, WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY …, has EMIT FINAL, which sends one row when its window has ended.'
      : 'EMIT FINAL sends one row of each window when it has ended.',
    word(stuck, stuck.at + 1) === 'WINDOW' ? stuck.at + 2 : stuck.at,
  );
}
