import { adviceAt, find, word, written, type Advice, type Stuck } from './stuck.ts';

/** Advice for a query with a part of another dialect in a wrong place, or with something missing. */
export function slipAdvice(s: Stuck): Advice | undefined {
  return (
    limitPair(s) ??
    zone(s) ??
    direction(s) ??
    barePattern(s) ??
    semicolonInList(s) ??
    schemaName(s) ??
    typedLiteral(s) ??
    arrowInMap(s) ??
    elementArrow(s) ??
    bareList(s) ??
    within(s) ??
    isText(s) ??
    textAsName(s) ??
    structInParentheses(s) ??
    lateWith(s) ??
    into(s) ??
    commaBeforeCall(s) ??
    noFrom(s)
  );
}

/** LIMIT offset, count. */
function limitPair(s: Stuck): Advice | undefined {
  if (s.tokens[s.at]?.kind !== ',' || word(s, s.at - 2) !== 'LIMIT') return undefined;
  return adviceAt(
    s,
    s.at,
    `LIMIT takes one number, of rows: LIMIT ${written(s, s.at + 1) || 'n'}. Rows cannot be skipped.`,
  );
}

/** at TIMESTAMP WITH TIME ZONE. */
function zone(s: Stuck): Advice | undefined {
  const isZoned = /^WITH(?:OUT)?$/.test(word(s, s.at)) && word(s, s.at + 1) === 'TIME' && word(s, s.at + 2) === 'ZONE';
  const type = word(s, s.at - 1);
  if (!isZoned || !/^TIME(?:STAMP)?$/.test(type)) return undefined;
  const meaning = type === 'TIMESTAMP' ? 'an instant, shown in UTC' : 'a time of day';
  return adviceAt(s, s.at, `${type} alone is the type: ${meaning}.`, s.at + 2);
}

/** ORDER BY id DESCENDING. */
function direction(s: Stuck): Advice | undefined {
  const [, meant] = /^(ASC|DESC)ENDING$/.exec(word(s, s.at)) ?? [];
  return meant === undefined || !s.expected.includes("'DESC'")
    ? undefined
    : adviceAt(s, s.at, `ORDER BY ${written(s, s.at - 1)} ${meant}`);
}

/** status LIKE N%. */
function barePattern(s: Stuck): Advice | undefined {
  if (s.tokens[s.at - 1]?.kind !== '%' || word(s, s.at - 3) !== 'LIKE') return undefined;
  return adviceAt(s, s.at - 2, `A pattern stands in quotes: LIKE '${written(s, s.at - 2)}%'.`, s.at - 1);
}

/** (url STRING; n INT). */
function semicolonInList(s: Stuck): Advice | undefined {
  if (word(s, 0) !== 'CREATE' || s.tokens[s.at]?.kind !== ';' || !s.expected.startsWith("{',', ')'")) return undefined;
  const goesOn = /^;\s*[A-Za-z_`][^;()]*(?:\([^()]*\)[^;()]*)*\)\s*WITH\b/i.test(s.text.slice(s.tokens[s.at]?.start));
  return goesOn ? adviceAt(s, s.at, 'A comma separates the columns, a semicolon ends the statement.') : undefined;
}

/** FROM public.orders. */
function schemaName(s: Stuck): Advice | undefined {
  const isName = /^(?:FROM|JOIN|INTO)$/.test(word(s, s.at - 2)) && s.tokens[s.at + 1] !== undefined;
  if (s.tokens[s.at]?.kind !== '.' || !isName) return undefined;
  const name = written(s, s.at + 1);
  return adviceAt(
    s,
    s.at - 1,
    `There are no schemas: ${word(s, s.at - 2)} ${name}. Its name alone is enough.`,
    s.at + 1,
  );
}

/** DATE '2024-01-01'. */
function typedLiteral(s: Stuck): Advice | undefined {
  const type = word(s, s.at - 1);
  if (s.tokens[s.at]?.kind !== 'string' || !/^(?:DATE|TIME|TIMESTAMP)$/.test(type)) return undefined;
  const text = written(s, s.at);
  return adviceAt(
    s,
    s.at - 1,
    `A ${type} is written as a text where it is compared with one: ${text}; else CAST(${text} AS ${type}).`,
    s.at,
  );
}

/** MAP('a' => 1), STRUCT(a => 1). */
function arrowInMap(s: Stuck): Advice | undefined {
  const found = s.tokens[s.at]?.kind;
  if (found !== '=>' && found !== '->') return undefined;
  const kind =
    s.expected.includes("':='") || s.text.slice(s.span.start - 60, s.span.start).match(/\bMAP\s*\([^)]*$/i)
      ? 'MAP'
      : '';
  return kind === ''
    ? undefined
    : adviceAt(s, s.at, "A key and its value stand around :=, as in MAP('key' := value), STRUCT(name := value).");
}

/** tags->0, as in Postgres. */
function elementArrow(s: Stuck): Advice | undefined {
  if (s.tokens[s.at - 1]?.kind !== '->') return undefined;
  const kind = s.tokens[s.at]?.kind;
  const base = written(s, s.at - 2);
  if (kind === 'integer')
    return adviceAt(s, s.at - 1, `An element of an array is written ${base}[1]: the first is number 1.`, s.at);
  if (kind === 'string')
    return adviceAt(
      s,
      s.at - 1,
      `A field of a STRUCT is written ${base}->name, without quotes; a value of a MAP ${base}[${written(s, s.at)}]; of JSON in a text EXTRACTJSONFIELD(${base}, '$.name').`,
      s.at,
    );
  return undefined;
}

/** WITHIN 1, WITHIN '1 hour'. */
function within(s: Stuck): Advice | undefined {
  const at = [s.at - 1, s.at - 2].find((i) => word(s, i) === 'WITHIN');
  if (at === undefined || s.hint?.startsWith('Did you mean')) return undefined;
  return adviceAt(s, s.at, 'WITHIN takes a number and its unit: WITHIN 1 HOUR.');
}

/** item IS 'pen'. */
function isText(s: Stuck): Advice | undefined {
  const kind = s.tokens[s.at]?.kind;
  if (word(s, s.at - 1) === 'IS' && word(s, s.at) === 'EMPTY') {
    const value = written(s, s.at - 2);
    return adviceAt(
      s,
      s.at - 1,
      `An empty text is found by ${value} = '', an empty array by ARRAY_LENGTH(${value}) = 0.`,
      s.at,
    );
  }
  if (word(s, s.at - 1) === 'IS' && /^(?:TRUE|FALSE|UNKNOWN)$/.test(word(s, s.at))) {
    const value = written(s, s.at - 2);
    return adviceAt(
      s,
      s.at - 1,
      `IS stands before NULL alone: ${word(s, s.at) === 'UNKNOWN' ? `${value} IS NULL` : `${value} = ${word(s, s.at)}`}.`,
      s.at,
    );
  }
  if (word(s, s.at - 1) !== 'IS' || (kind !== 'string' && kind !== 'integer')) return undefined;
  const [left, right] = [written(s, s.at - 2), written(s, s.at)];
  return adviceAt(s, s.at - 1, `IS stands before NULL alone; values are compared by =: ${left} = ${right}.`, s.at);
}

/** SELECT id AS 'order id'. */
function textAsName(s: Stuck): Advice | undefined {
  const token = s.tokens[s.at];
  if (word(s, s.at - 1) !== 'AS' || token?.kind !== 'string' || !s.expected.includes('IDENTIFIER')) return undefined;
  return adviceAt(s, s.at, `A name stands in back-quotes, not in quotes: AS \`${token.text}\`.`);
}

/** STRUCT(a INT). */
function structInParentheses(s: Stuck): Advice | undefined {
  if (word(s, 0) !== 'CREATE' || find(s, 'SELECT') !== -1) return undefined;
  const open = [s.at, s.at - 1].find((i) => s.tokens[i]?.kind === '(');
  if (open === undefined || !/^(?:STRUCT|ARRAY|MAP)$/.test(word(s, open - 1))) return undefined;
  const example = { STRUCT: 'STRUCT<name STRING>', ARRAY: 'ARRAY<STRING>', MAP: 'MAP<STRING, INT>' };
  const type = word(s, open - 1) as keyof typeof example;
  return adviceAt(s, open - 1, `What a ${type} holds stands in angle brackets: ${example[type]}.`, open);
}

/** IN 1, 2. */
function bareList(s: Stuck): Advice | undefined {
  if (word(s, s.at - 1) !== 'IN' || find(s, 'SELECT') === -1) return undefined;
  const kind = s.tokens[s.at]?.kind;
  if (kind !== 'integer' && kind !== 'decimal' && kind !== 'string') return undefined;
  return adviceAt(s, s.at, `The values stand in parentheses: IN (${written(s, s.at)}, …).`);
}

/** CREATE … AS SELECT … WITH (…). */
function lateWith(s: Stuck): Advice | undefined {
  if (word(s, s.at) === 'WITH' && word(s, s.at + 1) === 'CHANGES')
    return adviceAt(s, s.at, 'EMIT CHANGES sends rows as they change.', s.at + 1);
  if (word(s, s.at) === 'WITH' && word(s, 0) === 'SELECT')
    return adviceAt(
      s,
      s.at,
      "A query has no WITH: settings are made before it, SET 'auto.offset.reset'='earliest'; and hold for the session.",
    );
  if (word(s, s.at) !== 'WITH' || word(s, 0) !== 'CREATE' || find(s, 'SELECT') === -1) return undefined;
  return adviceAt(s, s.at, 'WITH (…) stands behind the name: CREATE … name WITH (…) AS SELECT …;');
}

/** SELECT … INTO name. */
function into(s: Stuck): Advice | undefined {
  if (word(s, s.at) !== 'INTO' || find(s, 'SELECT') === -1) return undefined;
  return adviceAt(
    s,
    s.at,
    `A SELECT does not say where its rows go: CREATE STREAM ${written(s, s.at + 1) || 'name'} AS SELECT …; makes that, INSERT INTO name SELECT …; writes to one that is there.`,
  );
}

/** SELECT user_id COUNT(*) FROM orders. */
function commaBeforeCall(s: Stuck): Advice | undefined {
  const before = s.tokens[s.at - 2];
  const isOperand = /^(?:word|integer|decimal|string|back-quoted|double-quoted|\))$/.test(before?.kind ?? '');
  if (s.tokens[s.at]?.kind !== '(' || word(s, s.at - 1) === '' || !isOperand || !s.expected.includes("'FROM'"))
    return undefined;
  if (/^(?:AS|SELECT|DISTINCT)$/.test(word(s, s.at - 2))) return undefined;
  return adviceAt(s, s.at - 1, `Is a comma missing before ${written(s, s.at - 1)}?`);
}

/** Words that may follow FROM. */
const AFTER_FROM =
  /^(?:WHERE|WINDOW|GROUP|PARTITION|HAVING|ORDER|EMIT|LIMIT|JOIN|LEFT|INNER|FULL|RIGHT|OUTER|WITHIN|ON)$/;

/** SELECT 1; SELECT * users; SELECT id, amount orders WHERE …; */
function noFrom(s: Stuck): Advice | undefined {
  if (find(s, 'SELECT') === -1 || find(s, 'FROM') !== -1 || !s.expected.includes("'FROM'")) return undefined;
  if (s.tokens[s.at - 1]?.kind === '*' && word(s, s.at) !== '' && s.hint === undefined && word(s, 0) === 'SELECT')
    return adviceAt(s, s.at, `FROM is missing: SELECT * FROM ${written(s, s.at)}`);
  const found = s.tokens[s.at]?.kind;
  if (found !== undefined && found !== ';' && found !== 'end' && !AFTER_FROM.test(word(s, s.at))) return undefined;
  // The source was read as the alias of the last column.
  const isAlias = /^(?:word|back-quoted|double-quoted)$/.test(s.tokens[s.at - 1]?.kind ?? '');
  const isValue = /^(?:word|integer|decimal|string|back-quoted|double-quoted|\)|\*)$/.test(
    s.tokens[s.at - 2]?.kind ?? '',
  );
  if (isAlias && isValue && !/^(?:AS|SELECT|DISTINCT)$/.test(word(s, s.at - 2)))
    return adviceAt(s, s.at - 1, `FROM is missing: ${written(s, s.at - 2)} FROM ${written(s, s.at - 1)}`);
  return adviceAt(
    s,
    s.at,
    'A SELECT reads a stream or a table: FROM name is missing. SHOW STREAMS; and SHOW TABLES; list them.',
  );
}
