import { fieldAdvice } from './fields.ts';
import { adviceAt, find, word, written, type Advice, type Stuck } from './stuck.ts';

/** Advice for a query with a part of another dialect in a wrong place, or with something missing. */
export function slipAdvice(stuck: Stuck): Advice | undefined {
  return (
    limitPair(stuck) ??
    fieldAdvice(stuck) ??
    zone(stuck) ??
    direction(stuck) ??
    barePattern(stuck) ??
    semicolonInList(stuck) ??
    schemaName(stuck) ??
    typedLiteral(stuck) ??
    arrowInMap(stuck) ??
    elementArrow(stuck) ??
    bareList(stuck) ??
    within(stuck) ??
    isText(stuck) ??
    textAsName(stuck) ??
    structInParentheses(stuck) ??
    lateWith(stuck) ??
    into(stuck) ??
    commaBeforeCall(stuck) ??
    noFrom(stuck)
  );
}

/** LIMIT offset, count. */
function limitPair(stuck: Stuck): Advice | undefined {
  if (stuck.tokens[stuck.at]?.kind !== ',' || word(stuck, stuck.at - 2) !== 'LIMIT') return undefined;
  return adviceAt(
    stuck,
    stuck.at,
    `LIMIT takes one number, of rows: LIMIT ${written(stuck, stuck.at + 1) || 'n'}. Rows cannot be skipped.`,
  );
}

/** at TIMESTAMP WITH TIME ZONE. */
function zone(stuck: Stuck): Advice | undefined {
  const isZoned =
    /^WITH(?:OUT)?$/.test(word(stuck, stuck.at)) &&
    word(stuck, stuck.at + 1) === 'TIME' &&
    word(stuck, stuck.at + 2) === 'ZONE';
  const type = word(stuck, stuck.at - 1);
  if (!isZoned || !/^TIME(?:STAMP)?$/.test(type)) return undefined;
  const meaning = type === 'TIMESTAMP' ? 'an instant, shown in UTC' : 'a time of day';
  return adviceAt(stuck, stuck.at, `${type} alone is the type: ${meaning}.`, stuck.at + 2);
}

/** ORDER BY id DESCENDING. */
function direction(stuck: Stuck): Advice | undefined {
  const [, meant] = /^(ASC|DESC)ENDING$/.exec(word(stuck, stuck.at)) ?? [];
  return meant === undefined || !stuck.expected.includes("'DESC'")
    ? undefined
    : adviceAt(stuck, stuck.at, `ORDER BY ${written(stuck, stuck.at - 1)} ${meant}`);
}

/** status LIKE N%. */
function barePattern(stuck: Stuck): Advice | undefined {
  if (stuck.tokens[stuck.at - 1]?.kind !== '%' || word(stuck, stuck.at - 3) !== 'LIKE') return undefined;
  return adviceAt(
    stuck,
    stuck.at - 2,
    `A pattern stands in quotes: LIKE '${written(stuck, stuck.at - 2)}%'.`,
    stuck.at - 1,
  );
}

/** (url STRING; n INT). */
function semicolonInList(stuck: Stuck): Advice | undefined {
  if (word(stuck, 0) !== 'CREATE' || stuck.tokens[stuck.at]?.kind !== ';' || !stuck.expected.startsWith("{',', ')'"))
    return undefined;
  const continues = /^;\s*[A-Za-z_`][^;()]*(?:\([^()]*\)[^;()]*)*\)\s*WITH\b/i.test(
    stuck.text.slice(stuck.tokens[stuck.at]?.start),
  );
  return continues
    ? adviceAt(stuck, stuck.at, 'A comma separates the columns, a semicolon ends the statement.')
    : undefined;
}

/** FROM public.orders. */
function schemaName(stuck: Stuck): Advice | undefined {
  const isName = /^(?:FROM|JOIN|INTO)$/.test(word(stuck, stuck.at - 2)) && stuck.tokens[stuck.at + 1] !== undefined;
  if (stuck.tokens[stuck.at]?.kind !== '.' || !isName) return undefined;
  const name = written(stuck, stuck.at + 1);
  return adviceAt(
    stuck,
    stuck.at - 1,
    `There are no schemas: ${word(stuck, stuck.at - 2)} ${name}. Its name alone is enough.`,
    stuck.at + 1,
  );
}

/** DATE '2024-01-01'. */
function typedLiteral(stuck: Stuck): Advice | undefined {
  const type = word(stuck, stuck.at - 1);
  if (stuck.tokens[stuck.at]?.kind !== 'string' || !/^(?:DATE|TIME|TIMESTAMP)$/.test(type)) return undefined;
  const text = written(stuck, stuck.at);
  return adviceAt(
    stuck,
    stuck.at - 1,
    `A ${type} is written as a text where it is compared with one: ${text}; else CAST(${text} AS ${type}).`,
    stuck.at,
  );
}

/** MAP('a' => 1), STRUCT(a => 1). */
function arrowInMap(stuck: Stuck): Advice | undefined {
  const found = stuck.tokens[stuck.at]?.kind;
  if (found !== '=>' && found !== '->') return undefined;
  const kind =
    stuck.expected.includes("':='") ||
    stuck.text.slice(stuck.span.start - 60, stuck.span.start).match(/\bMAP\s*\([^)]*$/i)
      ? 'MAP'
      : '';
  return kind === ''
    ? undefined
    : adviceAt(
        stuck,
        stuck.at,
        "A key and its value stand around :=, as in MAP('key' := value), STRUCT(name := value).",
      );
}

/** tags->0, as in Postgres. */
function elementArrow(stuck: Stuck): Advice | undefined {
  if (stuck.tokens[stuck.at - 1]?.kind !== '->') return undefined;
  const kind = stuck.tokens[stuck.at]?.kind;
  const base = written(stuck, stuck.at - 2);
  if (kind === 'integer')
    return adviceAt(
      stuck,
      stuck.at - 1,
      `An element of an array is written ${base}[1]: the first is number 1.`,
      stuck.at,
    );
  if (kind === 'string')
    return adviceAt(
      stuck,
      stuck.at - 1,
      `A field of a STRUCT is written ${base}->name, without quotes; a value of a MAP ${base}[${written(stuck, stuck.at)}]; of JSON in a text EXTRACTJSONFIELD(${base}, '$.name').`,
      stuck.at,
    );
  return undefined;
}

/** WITHIN 1, WITHIN '1 hour'. */
function within(stuck: Stuck): Advice | undefined {
  if (
    stuck.tokens[stuck.at]?.kind === ')' &&
    stuck.tokens[stuck.at - 3]?.kind === '(' &&
    word(stuck, stuck.at - 4) === 'WITHIN'
  ) {
    const size = `${written(stuck, stuck.at - 2)} ${word(stuck, stuck.at - 1)}`;
    return adviceAt(
      stuck,
      stuck.at - 3,
      `One size has no parentheses, WITHIN ${size}; two are before and after: WITHIN (${size}, ${size}).`,
      stuck.at,
    );
  }
  if (word(stuck, stuck.at - 3) === 'WITHIN' && /^(?:AND|OR|TO)$/.test(word(stuck, stuck.at))) {
    const [before, after] = [stuck.at - 2, stuck.at + 1].map((i) => `${written(stuck, i)} ${word(stuck, i + 1)}`);
    return adviceAt(
      stuck,
      stuck.at,
      `Two sizes, before and after, stand in parentheses: WITHIN (${before}, ${after}).`,
    );
  }
  const at = [stuck.at - 1, stuck.at - 2].find((i) => word(stuck, i) === 'WITHIN');
  if (at === undefined || stuck.hint?.startsWith('Did you mean')) return undefined;
  const given = /^\s*INTERVAL\s+'?(\d+)'?\s+'?([a-z]+)/i.exec(stuck.text.slice(stuck.tokens[at]?.end));
  const size = given === null ? '1 HOUR' : `${given[1]} ${given[2]?.toUpperCase()}`;
  return adviceAt(stuck, stuck.at, `WITHIN takes a number and its unit: WITHIN ${size}.`);
}

/** item IS 'pen'. */
function isText(stuck: Stuck): Advice | undefined {
  const kind = stuck.tokens[stuck.at]?.kind;
  if (word(stuck, stuck.at - 1) === 'IS' && word(stuck, stuck.at) === 'EMPTY') {
    const value = written(stuck, stuck.at - 2);
    return adviceAt(
      stuck,
      stuck.at - 1,
      `An empty text is found by ${value} = '', an empty array by ARRAY_LENGTH(${value}) = 0.`,
      stuck.at,
    );
  }
  if (word(stuck, stuck.at - 1) === 'IS' && /^(?:TRUE|FALSE|UNKNOWN)$/.test(word(stuck, stuck.at))) {
    const value = written(stuck, stuck.at - 2);
    return adviceAt(
      stuck,
      stuck.at - 1,
      `IS stands before NULL alone: ${word(stuck, stuck.at) === 'UNKNOWN' ? `${value} IS NULL` : `${value} = ${word(stuck, stuck.at)}`}.`,
      stuck.at,
    );
  }
  if (word(stuck, stuck.at - 1) !== 'IS' || (kind !== 'string' && kind !== 'integer')) return undefined;
  const [left, right] = [written(stuck, stuck.at - 2), written(stuck, stuck.at)];
  return adviceAt(
    stuck,
    stuck.at - 1,
    `IS stands before NULL alone; values are compared by =: ${left} = ${right}.`,
    stuck.at,
  );
}

/** SELECT id AS 'order id'. */
function textAsName(stuck: Stuck): Advice | undefined {
  const token = stuck.tokens[stuck.at];
  if (word(stuck, stuck.at - 1) !== 'AS' || token?.kind !== 'string' || !stuck.expected.includes('IDENTIFIER'))
    return undefined;
  return adviceAt(stuck, stuck.at, `A name stands in back-quotes, not in quotes: AS \`${token.text}\`.`);
}

/** STRUCT(a INT). */
function structInParentheses(stuck: Stuck): Advice | undefined {
  if (word(stuck, 0) !== 'CREATE' || find(stuck, 'SELECT') !== -1) return undefined;
  const open = [stuck.at, stuck.at - 1].find((i) => stuck.tokens[i]?.kind === '(');
  if (open === undefined || !/^(?:STRUCT|ARRAY|MAP)$/.test(word(stuck, open - 1))) return undefined;
  const example = { STRUCT: 'STRUCT<name STRING>', ARRAY: 'ARRAY<STRING>', MAP: 'MAP<STRING, INT>' };
  const type = word(stuck, open - 1) as keyof typeof example;
  return adviceAt(stuck, open - 1, `What a ${type} holds stands in angle brackets: ${example[type]}.`, open);
}

/** IN 1, 2. */
function bareList(stuck: Stuck): Advice | undefined {
  if (word(stuck, stuck.at - 1) !== 'IN' || find(stuck, 'SELECT') === -1) return undefined;
  const kind = stuck.tokens[stuck.at]?.kind;
  if (kind !== 'integer' && kind !== 'decimal' && kind !== 'string') return undefined;
  return adviceAt(stuck, stuck.at, `The values stand in parentheses: IN (${written(stuck, stuck.at)}, …).`);
}

/** CREATE … AS SELECT … WITH (…). */
function lateWith(stuck: Stuck): Advice | undefined {
  if (word(stuck, stuck.at) === 'WITH' && word(stuck, stuck.at + 1) === 'CHANGES')
    return adviceAt(stuck, stuck.at, 'EMIT CHANGES sends rows as they change.', stuck.at + 1);
  if (word(stuck, stuck.at) === 'WITH' && word(stuck, 0) === 'SELECT')
    return adviceAt(
      stuck,
      stuck.at,
      "A query has no WITH: settings are made before it, SET 'auto.offset.reset'='earliest'; and hold for the session.",
    );
  if (word(stuck, stuck.at) !== 'WITH' || word(stuck, 0) !== 'CREATE' || find(stuck, 'SELECT') === -1) return undefined;
  return adviceAt(stuck, stuck.at, 'WITH (…) stands behind the name: CREATE … name WITH (…) AS SELECT …;');
}

/** SELECT … INTO name. */
function into(stuck: Stuck): Advice | undefined {
  if (word(stuck, stuck.at) !== 'INTO' || find(stuck, 'SELECT') === -1) return undefined;
  return adviceAt(
    stuck,
    stuck.at,
    `A SELECT does not say where its rows go: CREATE STREAM ${written(stuck, stuck.at + 1) || 'name'} AS SELECT …; makes that, INSERT INTO name SELECT …; writes to one that is there.`,
  );
}

/** SELECT user_id COUNT(*) FROM orders. */
function commaBeforeCall(stuck: Stuck): Advice | undefined {
  const before = stuck.tokens[stuck.at - 2];
  const isOperand = /^(?:word|integer|decimal|string|back-quoted|double-quoted|\))$/.test(before?.kind ?? '');
  if (
    stuck.tokens[stuck.at]?.kind !== '(' ||
    word(stuck, stuck.at - 1) === '' ||
    !isOperand ||
    !stuck.expected.includes("'FROM'")
  )
    return undefined;
  if (/^(?:AS|SELECT|DISTINCT)$/.test(word(stuck, stuck.at - 2))) return undefined;
  return adviceAt(stuck, stuck.at - 1, `Is a comma missing before ${written(stuck, stuck.at - 1)}?`);
}

/** Words that may follow FROM. */
const AFTER_FROM =
  /^(?:WHERE|WINDOW|GROUP|PARTITION|HAVING|ORDER|EMIT|LIMIT|JOIN|LEFT|INNER|FULL|RIGHT|OUTER|WITHIN|ON)$/;

/** SELECT 1; SELECT * users; SELECT id, amount orders WHERE …; */
function noFrom(stuck: Stuck): Advice | undefined {
  if (find(stuck, 'SELECT') === -1 || find(stuck, 'FROM') !== -1 || !stuck.expected.includes("'FROM'"))
    return undefined;
  if (
    stuck.tokens[stuck.at - 1]?.kind === '*' &&
    word(stuck, stuck.at) !== '' &&
    stuck.hint === undefined &&
    word(stuck, 0) === 'SELECT'
  )
    return adviceAt(stuck, stuck.at, `FROM is missing: SELECT * FROM ${written(stuck, stuck.at)}`);
  const found = stuck.tokens[stuck.at]?.kind;
  if (found !== undefined && found !== ';' && found !== 'end' && !AFTER_FROM.test(word(stuck, stuck.at)))
    return undefined;
  // The source was read as the alias of the last column.
  const isAlias = /^(?:word|back-quoted|double-quoted)$/.test(stuck.tokens[stuck.at - 1]?.kind ?? '');
  const isValue = /^(?:word|integer|decimal|string|back-quoted|double-quoted|\)|\*)$/.test(
    stuck.tokens[stuck.at - 2]?.kind ?? '',
  );
  if (isAlias && isValue && !/^(?:AS|SELECT|DISTINCT)$/.test(word(stuck, stuck.at - 2)))
    return adviceAt(
      stuck,
      stuck.at - 1,
      `FROM is missing: ${written(stuck, stuck.at - 2)} FROM ${written(stuck, stuck.at - 1)}`,
    );
  return adviceAt(
    stuck,
    stuck.at,
    'A SELECT reads a stream or a table: FROM name is missing. SHOW STREAMS; and SHOW TABLES; list them.',
  );
}
