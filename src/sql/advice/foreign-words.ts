import { isReserved } from '../keywords.ts';
import { overAdvice } from './over.ts';
import { adviceAt, callBefore, find, word, written, type Advice, type Stuck } from './stuck.ts';

const UPSERT =
  'INSERT INTO a table is an upsert already: a later row of the same key takes the place of the row, whole, so that columns that are left out become NULL. Leave this clause out and give all columns.';
/** Words of other dialects within a query. The parser's message about the word after them would not help. */
const IN_QUERIES: readonly (readonly [words: string, advice: string | ((s: Stuck, at: number) => string)])[] = [
  [
    'ILIKE',
    (s, at) =>
      word(s, at - 1) === 'NOT'
        ? `ILIKE is not supported: LCASE(${before(s, at - 1)}) NOT LIKE ${lower(written(s, at + 1))} compares without regard to case.`
        : `ILIKE is not supported: LCASE(${before(s, at)}) LIKE ${lower(written(s, at + 1))} compares without regard to case.`,
  ],
  ['RLIKE', (s, at) => matching(s, at, at + 1)],
  ['REGEXP', (s, at) => matching(s, at, at + 1)],
  ['SIMILAR TO', (s, at) => matching(s, at, at + 2)],
  [
    'UNION',
    'UNION is not supported: CREATE STREAM name AS SELECT … for the first part, and INSERT INTO name SELECT …; for each of the others.',
  ],
  ['INTERSECT', 'INTERSECT is not supported: JOIN the two on their key.'],
  ['EXCLUDE', 'EXCLUDE is not supported: name the columns that are wanted in place of *.'],
  [
    'EXCEPT',
    (s, at) =>
      s.tokens[at - 1]?.kind === '*'
        ? 'EXCEPT is not supported: name the columns that are wanted in place of *.'
        : 'EXCEPT is not supported: LEFT JOIN the two on their key and keep the rows WHERE the other key IS NULL.',
  ],
  ['MINUS', 'MINUS is not supported: LEFT JOIN the two on their key and keep the rows WHERE the other key IS NULL.'],
  ['CROSS JOIN UNNEST', 'EXPLODE(array) in the SELECT makes a row of each element: leave CROSS JOIN UNNEST(…) out.'],
  ['LATERAL VIEW', 'LATERAL VIEW is not supported: EXPLODE(array) in the SELECT makes a row of each element.'],
  ['CROSS JOIN', 'CROSS JOIN is not supported: a join has a condition, JOIN … ON a.key = b.key.'],
  ['NATURAL JOIN', 'NATURAL JOIN is not supported: say which columns are equal, JOIN … ON a.key = b.key.'],
  ['CROSS APPLY', 'EXPLODE(array) in the SELECT makes a row of each element.'],
  ['LATERAL', 'LATERAL is not supported: EXPLODE(array) in the SELECT makes a row of each element.'],
  ['UNNEST', 'EXPLODE(array) in the SELECT makes a row of each element.'],
  ['USING', (stuck, at) => usingAdvice(stuck, at)],
  ['OVER', (stuck, at) => overAdvice(stuck, at)],
  ['QUALIFY', 'QUALIFY is not supported: GROUP BY with LATEST_BY_OFFSET(column) takes the last row of a key.'],
  ['WITHIN GROUP', 'WITHIN GROUP is not supported: COLLECT_LIST(column) gathers values in the order of their arrival.'],
  [
    'SEPARATOR',
    (stuck, at) =>
      `ARRAY_JOIN(COLLECT_LIST(${before(stuck, at)}), ${written(stuck, at + 1) || "','"}) joins the texts of a group.`,
  ],
  [
    'COLLATE',
    'COLLATE is not supported: texts compare by their code points, LCASE(a) = LCASE(b) without regard to case.',
  ],
  ['FILTER', (stuck, at) => filterAdvice(stuck, at)],
  [
    'AT TIME ZONE',
    (stuck, at) => {
      const [column, zone] = [before(stuck, at), written(stuck, at + 3) || "'Europe/Paris'"];
      return `FORMAT_TIMESTAMP(${column}, 'yyyy-MM-dd HH:mm', ${zone}) shows a TIMESTAMP in a zone, CONVERT_TZ(${column}, 'UTC', ${zone}) moves one.`;
    },
  ],
  [
    'FOR SYSTEM_TIME',
    'A join of a stream with a table takes the row that the table holds at the time of the record: JOIN the_table ON … is enough.',
  ],
  [
    'AS OF',
    'A table holds its present rows alone: what it held earlier is in its topic, PRINT topic FROM BEGINNING; shows it.',
  ],
  ['FOR UPDATE', 'Nothing is locked: a SELECT reads what is there now. Leave FOR UPDATE out.'],
  ['FOR SHARE', 'Nothing is locked: a SELECT reads what is there now. Leave FOR SHARE out.'],
  ['SORT BY', 'The clause is called ORDER BY.'],
  [
    'OFFSET',
    'OFFSET is not supported: LIMIT n takes the first rows. WHERE on the key goes on behind the last one seen.',
  ],
  ['FETCH FIRST', 'LIMIT n takes the first rows.'],
  ['FETCH NEXT', 'LIMIT n takes the first rows.'],
  [
    'TOP',
    'TOP is not supported: LIMIT n stands at the end of the query. TOPK(column, n) with GROUP BY keeps the largest.',
  ],
  ['TABLESAMPLE', 'TABLESAMPLE is not supported: WHERE RANDOM() < 0.1 takes some rows.'],
  ['SAMPLE', 'SAMPLE is not supported: WHERE RANDOM() < 0.1 takes some rows.'],
  ['GLOB', "LIKE 'a%' matches a pattern."],
  ['RETURNING', 'RETURNING is not supported: SELECT … EMIT CHANGES; shows what is written.'],
  ['ON CONFLICT', UPSERT],
  ['ON DUPLICATE', UPSERT],
  ['PIVOT', "PIVOT is not supported: SUM(CASE WHEN column = 'a' THEN x ELSE 0 END) AS a, … with GROUP BY."],
  ['WITH TIES', 'WITH TIES is not supported: LIMIT n takes n rows, of equal ones any.'],
  [
    'CONTAINS',
    (s, at) =>
      `CONTAINS is not supported: ARRAY_CONTAINS(${before(s, at)}, ${written(s, at + 1) || 'value'}) asks of an array, INSTR(${before(s, at)}, ${written(s, at + 1) || 'text'}) > 0 of a text.`,
  ],
  ['SEMI JOIN', 'A SEMI JOIN is written JOIN, with columns of the first source alone in the SELECT.'],
  [
    'ANTI JOIN',
    'An ANTI JOIN is written LEFT JOIN … ON a.key = b.key, and WHERE b.key IS NULL keeps the rows without a match.',
  ],
  [
    'ASOF JOIN',
    'A join of a stream with a table takes the row that the table holds at the time of the record: JOIN the_table ON … is enough.',
  ],
];

/** Words of other dialects where the parser is stuck, or that it took for a name or an alias shortly before. */
export function foreignWords(stuck: Stuck): Advice | undefined {
  const i = stuck.at;
  for (const [words, advice] of IN_QUERIES) {
    const parts = words.split(' ');
    for (const at of [i, i - 1, i - 2, i - 3]) {
      if (at < 1 || !parts.every((part, n) => word(stuck, at + n) === part)) continue;
      if (at < i && !mayBeForeign(stuck, at, parts.length)) continue;
      return adviceAt(stuck, at, typeof advice === 'string' ? advice : advice(stuck, at));
    }
  }
  return undefined;
}

/** A word before the error counts if it is in the place of an alias: after a name, a number or a parenthesis. */
function mayBeForeign(stuck: Stuck, at: number, length: number): boolean {
  const previous = stuck.tokens[at - 1];
  if (previous === undefined) return false;
  if (length > 1) return true;
  if (word(stuck, at) === 'LATERAL' && word(stuck, at - 1) === 'JOIN') return true;
  if (word(stuck, at) === 'FILTER' || word(stuck, at) === 'OVER') return previous.kind === ')';
  if (word(stuck, at) === 'TOP')
    return word(stuck, at - 1) === 'SELECT' && /^(?:integer|\()$/.test(stuck.tokens[at + 1]?.kind ?? '');
  return (
    previous.kind === ')' ||
    (previous.kind === 'word' && !isReserved(previous.text)) ||
    previous.kind === '*' ||
    previous.kind.endsWith('quoted')
  );
}

/** What counts, sums or gathers rows of a condition, for the aggregate before FILTER. */
function filterAdvice(stuck: Stuck, at: number): string {
  const call = callBefore(stuck, at);
  const name = call.name || 'SUM';
  const argument = /^[\w.`]+$/.test(call.argument) ? call.argument : 'column';
  const [aggregate, then] =
    name === 'COUNT' ? ['SUM', '1 ELSE 0'] : name === 'SUM' ? ['SUM', `${argument} ELSE 0`] : [name, argument];
  return `FILTER is not supported: ${aggregate}(CASE WHEN condition THEN ${then} END) takes the rows of a condition.`;
}

function usingAdvice(stuck: Stuck, at: number): string {
  const right = written(stuck, at - 1);
  const join = find(stuck, 'JOIN');
  const left =
    join > 0
      ? written(stuck, word(stuck, join - 1) === 'LEFT' || word(stuck, join - 1) === 'INNER' ? join - 2 : join - 1)
      : 'a';
  const column = written(stuck, at + 2) || 'id';
  const of = (table: string): string => `${table}.${column}`.toUpperCase();
  return `USING is not supported: ON ${of(left)} = ${of(right)} stands in its place.`;
}

/** The operand before an operator: a name with its qualifier. */
function before(stuck: Stuck, at: number): string {
  const operand = stuck.tokens[at - 1];
  if (operand === undefined || (operand.kind !== 'word' && !operand.kind.endsWith('quoted'))) return 'column';
  const qualifier = stuck.tokens[at - 2]?.kind === '.' ? `${written(stuck, at - 3)}.` : '';
  return `${qualifier}${written(stuck, at - 1)}`;
}

function matching(stuck: Stuck, at: number, pattern: number): string {
  return `REGEXP_EXTRACT(${written(stuck, pattern) || "'pattern'"}, ${before(stuck, at)}) IS NOT NULL asks whether a regular expression matches.`;
}

/** A text in lower case: a lower-cased literal, or a call of LCASE. */
export function lower(literal: string): string {
  return literal.startsWith("'") ? literal.toLowerCase() : `LCASE(${literal})`;
}
