import { adviceAt, find, word, written, type Advice, type Stuck } from './stuck.ts';

/** Advice for quotes, parentheses and words after a name in wrong places. */
export function strayAdvice(s: Stuck): Advice | undefined {
  return (
    quotedName(s) ??
    doubledOperator(s) ??
    missingWith(s) ??
    bareColumns(s) ??
    withoutValues(s) ??
    commaInParentheses(s) ??
    columnsInParentheses(s) ??
    patternWithoutCase(s) ??
    queriesAlone(s) ??
    listsOfAll(s)
  );
}

/** FROM 'orders', DEFINE 'x' = …, DESCRIBE 'orders'. */
function quotedName(s: Stuck): Advice | undefined {
  const token = s.tokens[s.at];
  const isName = s.expected.includes('IDENTIFIER') && !s.expected.includes('STRING');
  if (token?.kind !== 'string' || !isName || word(s, s.at - 1) === 'AS' || word(s, s.at - 1) === '') return undefined;
  if (word(s, 0) === 'DEFINE' || word(s, 0) === 'UNDEFINE')
    return adviceAt(s, s.at, `The name of a variable has no quotes: ${word(s, 0)} ${token.text}`);
  return adviceAt(
    s,
    s.at,
    `A name has no quotes, or back-quotes where case counts: ${word(s, s.at - 1)} ${token.text}. Quotes are for texts.`,
  );
}

/** a = 1 AND AND b = 2, WHERE AND a = 1. */
function doubledOperator(s: Stuck): Advice | undefined {
  const [before, found] = [word(s, s.at - 1), word(s, s.at)];
  if (!/^(?:AND|OR)$/.test(found) || !/^(?:AND|OR|NOT|WHERE|ON|HAVING|WHEN)$/.test(before)) return undefined;
  return adviceAt(s, s.at, `A condition is missing between ${before} and ${found}: leave one of them out.`);
}

/** CREATE STREAM x (id INT) (kafka_topic='x'). */
function missingWith(s: Stuck): Advice | undefined {
  if (word(s, 0) !== 'CREATE' || s.tokens[s.at]?.kind !== '(' || s.tokens[s.at - 1]?.kind !== ')') return undefined;
  if (!s.expected.includes("'WITH'")) return undefined;
  return adviceAt(s, s.at, "WITH stands before the properties: (columns) WITH (KAFKA_TOPIC='…', …);");
}

/** INSERT INTO orders id, amount VALUES (…). */
function bareColumns(s: Stuck): Advice | undefined {
  if (word(s, 0) !== 'INSERT' || s.at !== 3 || word(s, 3) === '') return undefined;
  const values = s.tokens.findIndex((t, i) => i > 3 && t.kind === 'word' && t.text === 'VALUES');
  if (values === -1) return undefined;
  const columns = s.text.slice(s.tokens[3]?.start, s.tokens[values - 1]?.end);
  return adviceAt(
    s,
    3,
    `Names of columns stand in parentheses: INSERT INTO ${written(s, 2)} (${columns}) VALUES …`,
    values - 1,
  );
}

/** INSERT INTO orders (1, 2). */
function withoutValues(s: Stuck): Advice | undefined {
  const isValue =
    /^(?:integer|decimal|string|-)$/.test(s.tokens[s.at]?.kind ?? '') || /^(?:NULL|TRUE|FALSE)$/.test(word(s, s.at));
  if (word(s, 0) !== 'INSERT' || s.tokens[3]?.kind !== '(' || !isValue || s.expected !== 'IDENTIFIER') return undefined;
  if (s.tokens.some((t) => t.kind === 'word' && /^(?:VALUES|SELECT)$/.test(t.text))) return undefined;
  return adviceAt(s, 3, `VALUES is missing: INSERT INTO ${written(s, 2)} VALUES (…);`, s.at);
}

const OPERAND = /^(?:word|integer|decimal|string|back-quoted|double-quoted)$/;

/** The position of an open parenthesis before the place; -1 when there is none. */
function openBefore(s: Stuck): number {
  let depth = 0;
  for (let i = s.at - 1; i >= 0; i--) {
    const kind = s.tokens[i]?.kind;
    if (kind === ')') depth++;
    else if (kind === '(' && depth-- === 0) return i;
  }
  return -1;
}

/** GROUP BY (a b). */
function commaInParentheses(s: Stuck): Advice | undefined {
  const open = openBefore(s);
  const isOperand = (i: number): boolean => OPERAND.test(s.tokens[i]?.kind ?? '');
  if (open === -1 || !isOperand(s.at) || !isOperand(s.at - 1)) return undefined;
  return /^(?:BY|IN|VALUES)$/.test(word(s, open - 1))
    ? adviceAt(s, s.at, `Is a comma missing before ${written(s, s.at)}?`)
    : undefined;
}

/** SELECT (id, amount) FROM orders. */
function columnsInParentheses(s: Stuck): Advice | undefined {
  const open = openBefore(s);
  if (s.tokens[s.at]?.kind !== ',' || word(s, open - 1) !== 'SELECT') return undefined;
  const close = s.tokens.findIndex((t, i) => i > s.at && t.kind === ')');
  const columns = s.text.slice(s.tokens[open + 1]?.start, s.tokens[close === -1 ? s.at - 1 : close - 1]?.end);
  return adviceAt(
    s,
    open,
    `The columns stand without parentheses: SELECT ${columns} FROM …`,
    close === -1 ? s.at : close,
  );
}

/** LIKE '%a%' CASE INSENSITIVE, LIKE '%a%' COLLATE …. */
function patternWithoutCase(s: Stuck): Advice | undefined {
  if (word(s, s.at - 2) !== 'LIKE' || !/^(?:CASE|COLLATE|IGNORE|NOCASE)$/.test(word(s, s.at))) return undefined;
  return adviceAt(
    s,
    s.at,
    `LIKE minds case. Without it: LCASE(${written(s, s.at - 3)}) LIKE ${written(s, s.at - 1).toLowerCase()}.`,
  );
}

/** PAUSE STREAM orders, TERMINATE QUERY id. */
function queriesAlone(s: Stuck): Advice | undefined {
  const first = word(s, 0);
  if (!/^(?:PAUSE|RESUME|TERMINATE)$/.test(first) || s.at !== 2) return undefined;
  const name = written(s, 2);
  switch (word(s, 1)) {
    case 'QUERY':
      return adviceAt(s, 1, `${first} ${name}; is enough.`);
    case 'STREAM':
    case 'TABLE':
      return adviceAt(
        s,
        1,
        `What runs is a query: SHOW QUERIES; lists those that write ${name}, and ${first} takes such an id, or ALL.`,
      );
    default:
      return undefined;
  }
}

/** SHOW ALL TABLES, DESCRIBE x FULL. */
function listsOfAll(s: Stuck): Advice | undefined {
  if (word(s, 0) === 'DESCRIBE' && s.at === 2 && /^(?:FULL|VERBOSE|DETAILS?|FORMATTED|ALL)$/.test(word(s, 2)))
    return adviceAt(s, 2, `DESCRIBE ${written(s, 1)} EXTENDED; shows all there is.`);
  if (find(s, 'CONNECTOR', 'PLUGIN') === 1 && word(s, 0) !== 'DESCRIBE')
    return adviceAt(s, 1, `DESCRIBE CONNECTOR PLUGIN ${written(s, 3) || 'name'}; shows one.`, 2);
  const listed = word(s, 2);
  if (
    !/^(?:SHOW|LIST)$/.test(word(s, 0)) ||
    word(s, 1) !== 'ALL' ||
    !/^(?:TABLES|STREAMS|QUERIES|CONNECTORS|FUNCTIONS|PROPERTIES|TYPES)$/.test(listed)
  )
    return undefined;
  return adviceAt(
    s,
    1,
    `SHOW ${listed}; lists all. ALL is for topics: SHOW ALL TOPICS; lists the internal ones as well.`,
  );
}
