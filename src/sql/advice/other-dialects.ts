import { must } from '../../base/assert.ts';
import { adviceAt, find, word, written, type Advice, type Stuck } from './stuck.ts';
import { subqueryAdvice } from './subqueries.ts';
import { firstWordAdvice, kindAdvice } from './foreign-statements.ts';
import { intervalAdvice, tableFunctionAdvice } from './foreign-windows.ts';
import { foreignWords, lower } from './foreign-words.ts';
import { constraintAdvice } from './constraints.ts';

/** LEFT and RIGHT are keywords of joins, so a call of them does not parse. */
function halfAdvice(s: Stuck): Advice | undefined {
  const side = word(s, s.at);
  if ((side !== 'LEFT' && side !== 'RIGHT') || s.tokens[s.at + 1]?.kind !== '(') return undefined;
  const text =
    /^(?:word|(?:back|double)-quoted)$/.test(s.tokens[s.at + 2]?.kind ?? '') && s.tokens[s.at + 3]?.kind === ','
      ? written(s, s.at + 2)
      : 'text';
  const count = s.tokens[s.at + 4]?.kind === 'integer' ? written(s, s.at + 4) : 'n';
  return adviceAt(
    s,
    s.at,
    side === 'LEFT'
      ? `SUBSTRING(${text}, 1, ${count}) takes the first characters: there is no LEFT.`
      : `SUBSTRING(${text}, -${count}) takes the last characters: there is no RIGHT.`,
  );
}

/** Advice for constructs of other dialects that do not exist here. */
export function foreignAdvice(s: Stuck): Advice | undefined {
  if (s.at === 0) return firstWordAdvice(s);
  const first = word(s, 0);
  const ofKind = kindAdvice(s, first);
  if (ofKind !== undefined) return ofKind;
  if (first === 'CREATE' && s.tokens.some((t) => t.kind === '(') && find(s, 'SELECT') === -1) {
    const advice = constraintAdvice(s);
    if (advice !== undefined) return advice;
  }
  if (find(s, 'SELECT') !== -1) return queryAdvice(s);
  return first === 'INSERT' ? foreignWords(s) : undefined;
}

/** Words and signs that begin a condition. */
const COMPARISONS = /^(?:=|<>|!=|<=?|>=?|I?LIKE|RLIKE|REGEXP|IN|BETWEEN|IS|NOT)$/;

/** A condition directly after a source, without WHERE: `FROM users name = 'a'`, `FROM users LIKE 'a%'`. */
function whereAdvice(s: Stuck): Advice | undefined {
  // A word that is not a keyword, such as ILIKE, is taken for an alias before the parser gets stuck.
  const at = [s.at, s.at - 1].find((i) => COMPARISONS.test(word(s, i) || written(s, i)));
  const from = s.tokens.findLastIndex((t, i) => i < s.at && t.kind === 'word' && t.text === 'FROM');
  if (at === undefined || from === -1 || at < from + 2 || at > from + 3) return undefined;
  const column = at === from + 2 ? 'column' : written(s, at - 1);
  const rest = s.tokens.slice(at, at + 2).map((_, i) => written(s, at + i));
  const condition =
    rest[0]?.toUpperCase() === 'ILIKE'
      ? `LCASE(${column}) LIKE ${lower(must(rest[1], 'operand'))}`
      : `${column} ${rest[1] === '(' ? `${rest[0]} (…)` : rest.join(' ')}`;
  return adviceAt(s, at, `A condition begins with WHERE: FROM ${written(s, from + 1)} WHERE ${condition}.`);
}

function queryAdvice(s: Stuck): Advice | undefined {
  const i = s.at;
  const condition = whereAdvice(s);
  if (condition !== undefined) return condition;
  const nested = subqueryAdvice(s);
  if (nested !== undefined) return nested;
  const tableFunction = tableFunctionAdvice(s);
  if (tableFunction !== undefined) return tableFunction;
  if (word(s, i) === 'DISTINCT') return distinctAdvice(s);
  if (word(s, i) === 'ON' && word(s, i - 1) === 'DISTINCT')
    return adviceAt(
      s,
      i - 1,
      'DISTINCT ON is not supported: GROUP BY the column, and LATEST_BY_OFFSET(other) takes the last value of each of the others.',
      i,
    );
  return foreignWords(s) ?? halfAdvice(s) ?? intervalAdvice(s) ?? callAdvice(s);
}

function distinctAdvice(s: Stuck): Advice {
  const i = s.at;
  if (s.tokens[i - 1]?.kind === '(') {
    const aggregate = word(s, i - 2);
    const column = written(s, i + 1);
    if (aggregate === 'COUNT')
      return adviceAt(
        s,
        i,
        `COUNT_DISTINCT(${column.toUpperCase()}) counts different values of a stream, ARRAY_LENGTH(ARRAY_DISTINCT(COLLECT_LIST(${column.toUpperCase()}))) those of a table: DISTINCT in aggregates is not supported.`,
      );
    if (aggregate === 'COLLECT_LIST' || aggregate === 'ARRAY_AGG')
      return adviceAt(
        s,
        i,
        `COLLECT_SET(${column.toUpperCase()}) gathers different values: DISTINCT in aggregates is not supported.`,
      );
    return adviceAt(
      s,
      i,
      `DISTINCT in aggregates is not supported: CREATE TABLE … AS SELECT … GROUP BY …, ${column} first, and aggregate that. COUNT_DISTINCT and COLLECT_SET take different values.`,
    );
  }
  return adviceAt(s, i, 'DISTINCT stands directly behind SELECT, once: SELECT DISTINCT a, b FROM …');
}

/** `EXTRACT(hour FROM at)`, `TRIM(BOTH ' ' FROM x)`, `SUBSTRING(x FROM 2)`: words that separate arguments. */
function callAdvice(s: Stuck): Advice | undefined {
  for (let at = s.at - 1; at >= Math.max(0, s.at - 6); at--) {
    if (s.tokens[at + 1]?.kind !== '(') continue;
    switch (word(s, at)) {
      case 'EXTRACT':
        return adviceAt(
          s,
          at,
          `EXTRACT is not supported: CAST(FORMAT_TIMESTAMP(${written(s, s.at + 1) || 'column'}, '${letterOf(word(s, at + 2))}') AS INT) takes a part of a time.`,
        );
      case 'SUBSTRING': {
        const length = word(s, s.at + 2) === 'FOR' ? `, ${written(s, s.at + 3)}` : '';
        return adviceAt(
          s,
          at,
          `Arguments are separated by commas: SUBSTRING(${written(s, at + 2)}, ${written(s, s.at + 1) || '1'}${length}).`,
        );
      }
      case 'TRIM':
      case 'OVERLAY':
      case 'POSITION':
        return adviceAt(s, at, `Arguments are separated by commas: DESCRIBE FUNCTION ${word(s, at)}; shows them.`);
    }
  }
  return undefined;
}

function letterOf(unit: string): string {
  return { YEAR: 'yyyy', MONTH: 'M', DAY: 'd', HOUR: 'H', MINUTE: 'm', SECOND: 's' }[unit] ?? 'H';
}
