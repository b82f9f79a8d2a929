import { adviceAt, word, written, type Advice, type Stuck } from './stuck.ts';

/** Advice for a CREATE whose name, kind, AS, or WITH is missing or stands elsewhere. */
export function creationAdvice(s: Stuck): Advice | undefined {
  if (word(s, 0) !== 'CREATE') return undefined;
  return (
    withoutName(s) ?? withoutKind(s) ?? withoutSelect(s) ?? nameOfWords(s) ?? bareProperties(s) ?? openProperties(s)
  );
}

/** The statement from its beginning up to the token before `end`, as written. */
const upTo = (s: Stuck, end: number): string => s.text.slice(s.tokens[0]?.start, s.tokens[end - 1]?.end);

const selects = (s: Stuck): boolean => s.tokens.some((t) => t.kind === 'word' && t.text === 'SELECT');

/** CREATE STREAM AS SELECT …, CREATE STREAM WITH (…) name (id INT), CREATE TABLE (id INT PRIMARY KEY). */
function withoutName(s: Stuck): Advice | undefined {
  if (!/^(?:STREAM|TABLE|EXISTS)$/.test(word(s, s.at - 1)) || !s.expected.includes('IDENTIFIER')) return undefined;
  const head = upTo(s, s.at);
  const found = word(s, s.at);
  if (found === 'AS') return adviceAt(s, s.at, `A name is missing: ${head} name AS SELECT …;`);
  if (found === 'WITH' && s.tokens[s.at + 1]?.kind === '(')
    return adviceAt(
      s,
      s.at,
      selects(s)
        ? `The name comes first, WITH (…) behind it: ${head} name WITH (…) AS SELECT …;`
        : `The name and the columns come first, WITH (…) behind them: ${head} name (column type, …) WITH (…);`,
    );
  return s.tokens[s.at]?.kind === '('
    ? adviceAt(s, s.at, `A name is missing: ${head} name (column type, …) WITH (…);`)
    : undefined;
}

/** CREATE big AS SELECT …, CREATE orders (id INT) WITH (…). */
function withoutKind(s: Stuck): Advice | undefined {
  const named = /^(?:word|back-quoted|double-quoted)$/.test(s.tokens[1]?.kind ?? '');
  const goesOn = s.tokens[2]?.kind === '(' || /^(?:AS|WITH|SELECT)$/.test(word(s, 2));
  if (s.at !== 1 || !named || !goesOn || s.hint !== undefined) return undefined;
  const name = written(s, 1);
  return adviceAt(
    s,
    1,
    `Say what it is: CREATE STREAM ${name} … for events, CREATE TABLE ${name} … for the last row of each key.`,
  );
}

/** CREATE STREAM big FROM orders WHERE …. */
function withoutSelect(s: Stuck): Advice | undefined {
  if (s.expected !== "'CONNECTOR'" || word(s, s.at - 1) !== 'FROM') return undefined;
  return adviceAt(
    s,
    s.at - 1,
    `AS SELECT is missing: ${upTo(s, s.at - 1)} AS SELECT * FROM ${written(s, s.at)} …`,
    s.at,
  );
}

/** CREATE STREAM my stream (id INT) …. */
function nameOfWords(s: Stuck): Advice | undefined {
  const isSecond = /^(?:STREAM|TABLE|EXISTS)$/.test(word(s, s.at - 2)) && s.tokens[s.at]?.kind === 'word';
  if (!isSecond || s.tokens[s.at + 1]?.kind !== '(' || !s.expected.includes("'WITH'") || s.hint !== undefined)
    return undefined;
  const words = [written(s, s.at - 1), written(s, s.at)];
  return adviceAt(s, s.at - 1, `A name is one word: ${words.join('_')}.`, s.at);
}

/** The longest list of properties that is repeated. */
const LIST_SHOWN = 100;

/** CREATE STREAM x (id INT) WITH kafka_topic='x', partitions=1. */
function bareProperties(s: Stuck): Advice | undefined {
  const kind = s.tokens[s.at]?.kind;
  if (word(s, s.at - 1) !== 'WITH' || s.tokens[s.at + 1]?.kind !== '=' || (kind !== 'word' && kind !== 'string'))
    return undefined;
  const end = s.tokens.findIndex((t, i) => i > s.at && (t.kind === ';' || (t.kind === 'word' && t.text === 'AS')));
  const last = end === -1 ? s.tokens.length - 1 : end - 1;
  const list = s.text.slice(s.tokens[s.at]?.start, s.tokens[last]?.end);
  const shown = list.length > LIST_SHOWN ? `${written(s, s.at)}=…, …` : list;
  return adviceAt(s, s.at, `The properties stand in parentheses: WITH (${shown})`, last);
}

/** CREATE STREAM x WITH (value_format='JSON' AS SELECT …. */
function openProperties(s: Stuck): Advice | undefined {
  const isName = s.expected === "'='" && word(s, s.at - 1) === 'AS' && word(s, s.at) === 'SELECT';
  const at = isName ? s.at - 1 : s.at;
  if (word(s, at) !== 'AS' || word(s, at + 1) !== 'SELECT') return undefined;
  const isOpen = isName || s.expected.includes("')'");
  return isOpen ? adviceAt(s, at, 'The properties end with ): WITH (…) AS SELECT …') : undefined;
}
