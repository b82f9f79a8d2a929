import { adviceAt, find, word, written, type Advice, type Stuck } from './stuck.ts';

/** Advice for quotes, parentheses and words after a name in wrong places. */
export function strayAdvice(stuck: Stuck): Advice | undefined {
  return (
    quotedName(stuck) ??
    doubledOperator(stuck) ??
    missingWith(stuck) ??
    bareColumns(stuck) ??
    withoutValues(stuck) ??
    commaInParentheses(stuck) ??
    columnsInParentheses(stuck) ??
    patternWithoutCase(stuck) ??
    queriesAlone(stuck) ??
    listsOfAll(stuck)
  );
}

/** FROM 'orders', DEFINE 'x' = …, DESCRIBE 'orders'. */
function quotedName(stuck: Stuck): Advice | undefined {
  const token = stuck.tokens[stuck.at];
  const isName = stuck.expected.includes('IDENTIFIER') && !stuck.expected.includes('STRING');
  if (token?.kind !== 'string' || !isName || word(stuck, stuck.at - 1) === 'AS' || word(stuck, stuck.at - 1) === '')
    return undefined;
  if (word(stuck, 0) === 'DEFINE' || word(stuck, 0) === 'UNDEFINE')
    return adviceAt(stuck, stuck.at, `The name of a variable has no quotes: ${word(stuck, 0)} ${token.text}`);
  return adviceAt(
    stuck,
    stuck.at,
    `A name has no quotes, or back-quotes where case counts: ${word(stuck, stuck.at - 1)} ${token.text}. Quotes are for texts.`,
  );
}

/** a = 1 AND AND b = 2, WHERE AND a = 1. */
function doubledOperator(stuck: Stuck): Advice | undefined {
  const [before, found] = [word(stuck, stuck.at - 1), word(stuck, stuck.at)];
  if (!/^(?:AND|OR)$/.test(found) || !/^(?:AND|OR|NOT|WHERE|ON|HAVING|WHEN)$/.test(before)) return undefined;
  return adviceAt(stuck, stuck.at, `A condition is missing between ${before} and ${found}: leave one of them out.`);
}

/** CREATE STREAM x (id INT) (kafka_topic='x'). */
function missingWith(stuck: Stuck): Advice | undefined {
  if (word(stuck, 0) !== 'CREATE' || stuck.tokens[stuck.at]?.kind !== '(' || stuck.tokens[stuck.at - 1]?.kind !== ')')
    return undefined;
  if (!stuck.expected.includes("'WITH'")) return undefined;
  return adviceAt(stuck, stuck.at, "WITH stands before the properties: (columns) WITH (KAFKA_TOPIC='…', …);");
}

/** INSERT INTO orders id, amount VALUES (…). */
function bareColumns(stuck: Stuck): Advice | undefined {
  if (word(stuck, 0) !== 'INSERT' || stuck.at !== 3 || word(stuck, 3) === '') return undefined;
  const values = stuck.tokens.findIndex((t, i) => i > 3 && t.kind === 'word' && t.text === 'VALUES');
  if (values === -1) return undefined;
  const columns = stuck.text.slice(stuck.tokens[3]?.start, stuck.tokens[values - 1]?.end);
  return adviceAt(
    stuck,
    3,
    `Names of columns stand in parentheses: INSERT INTO ${written(stuck, 2)} (${columns}) VALUES …`,
    values - 1,
  );
}

/** INSERT INTO orders (1, 2). */
function withoutValues(stuck: Stuck): Advice | undefined {
  const isValue =
    /^(?:integer|decimal|string|-)$/.test(stuck.tokens[stuck.at]?.kind ?? '') ||
    /^(?:NULL|TRUE|FALSE)$/.test(word(stuck, stuck.at));
  if (word(stuck, 0) !== 'INSERT' || stuck.tokens[3]?.kind !== '(' || !isValue || stuck.expected !== 'IDENTIFIER')
    return undefined;
  if (stuck.tokens.some((t) => t.kind === 'word' && /^(?:VALUES|SELECT)$/.test(t.text))) return undefined;
  return adviceAt(stuck, 3, `VALUES is missing: INSERT INTO ${written(stuck, 2)} VALUES (…);`, stuck.at);
}

const OPERAND = /^(?:word|integer|decimal|string|back-quoted|double-quoted)$/;

/** The position of an open parenthesis before the place; -1 when there is none. */
function openBefore(stuck: Stuck): number {
  let depth = 0;
  for (let i = stuck.at - 1; i >= 0; i--) {
    const kind = stuck.tokens[i]?.kind;
    if (kind === ')') depth++;
    else if (kind === '(' && depth-- === 0) return i;
  }
  return -1;
}

/** GROUP BY (a b). */
function commaInParentheses(stuck: Stuck): Advice | undefined {
  const open = openBefore(stuck);
  const isOperand = (i: number): boolean => OPERAND.test(stuck.tokens[i]?.kind ?? '');
  if (open === -1 || !isOperand(stuck.at) || !isOperand(stuck.at - 1)) return undefined;
  // 'O'Brien': the text is what ends too early.
  if (
    stuck.tokens[stuck.at - 1]?.kind === 'string' &&
    stuck.tokens[stuck.at - 1]?.end === stuck.tokens[stuck.at]?.start
  )
    return undefined;
  return /^(?:BY|IN|VALUES)$/.test(word(stuck, open - 1))
    ? adviceAt(stuck, stuck.at, `Is a comma missing before ${written(stuck, stuck.at)}?`)
    : undefined;
}

/** SELECT (id, amount) FROM orders. */
function columnsInParentheses(stuck: Stuck): Advice | undefined {
  const open = openBefore(stuck);
  if (stuck.tokens[stuck.at]?.kind !== ',' || word(stuck, open - 1) !== 'SELECT') return undefined;
  const close = stuck.tokens.findIndex((t, i) => i > stuck.at && t.kind === ')');
  const columns = stuck.text.slice(
    stuck.tokens[open + 1]?.start,
    stuck.tokens[close === -1 ? stuck.at - 1 : close - 1]?.end,
  );
  return adviceAt(
    stuck,
    open,
    `The columns stand without parentheses: SELECT ${columns} FROM …`,
    close === -1 ? stuck.at : close,
  );
}

/** LIKE '%a%' CASE INSENSITIVE, LIKE '%a%' COLLATE …. */
function patternWithoutCase(stuck: Stuck): Advice | undefined {
  if (word(stuck, stuck.at - 2) !== 'LIKE' || !/^(?:CASE|COLLATE|IGNORE|NOCASE)$/.test(word(stuck, stuck.at)))
    return undefined;
  return adviceAt(
    stuck,
    stuck.at,
    `LIKE minds case. Without it: LCASE(${written(stuck, stuck.at - 3)}) LIKE ${written(stuck, stuck.at - 1).toLowerCase()}.`,
  );
}

/** PAUSE STREAM orders, TERMINATE QUERY id. */
function queriesAlone(stuck: Stuck): Advice | undefined {
  const first = word(stuck, 0);
  if (!/^(?:PAUSE|RESUME|TERMINATE)$/.test(first) || stuck.at !== 2) return undefined;
  const name = written(stuck, 2);
  switch (word(stuck, 1)) {
    case 'QUERY':
      return adviceAt(stuck, 1, `${first} ${name}; is enough.`);
    case 'STREAM':
    case 'TABLE':
      return adviceAt(
        stuck,
        1,
        `What runs is a query: SHOW QUERIES; lists those that write ${name}, and ${first} takes such an id, or ALL.`,
      );
    default:
      return undefined;
  }
}

/** SHOW ALL TABLES, DESCRIBE x FULL. */
function listsOfAll(stuck: Stuck): Advice | undefined {
  if (
    word(stuck, 0) === 'DESCRIBE' &&
    stuck.at === 2 &&
    /^(?:FULL|VERBOSE|DETAILS?|FORMATTED|ALL)$/.test(word(stuck, 2))
  )
    return adviceAt(stuck, 2, `DESCRIBE ${written(stuck, 1)} EXTENDED; shows all there is.`);
  if (find(stuck, 'CONNECTOR', 'PLUGIN') === 1 && word(stuck, 0) !== 'DESCRIBE')
    return adviceAt(stuck, 1, `DESCRIBE CONNECTOR PLUGIN ${written(stuck, 3) || 'name'}; shows one.`, 2);
  const listed = word(stuck, 2);
  if (
    !/^(?:SHOW|LIST)$/.test(word(stuck, 0)) ||
    word(stuck, 1) !== 'ALL' ||
    !/^(?:TABLES|STREAMS|QUERIES|CONNECTORS|FUNCTIONS|PROPERTIES|TYPES)$/.test(listed)
  )
    return undefined;
  return adviceAt(
    stuck,
    1,
    `SHOW ${listed}; lists all. ALL is for topics: SHOW ALL TOPICS; lists the internal ones as well.`,
  );
}
