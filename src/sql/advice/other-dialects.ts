import { must } from '../../base/assert.ts';
import { adviceAt, find, word, written, type Advice, type Stuck } from './stuck.ts';
import { subqueryAdvice } from './subqueries.ts';
import { firstWordAdvice, kindAdvice } from './foreign-statements.ts';
import { intervalAdvice, tableFunctionAdvice, windowCallAdvice } from './foreign-windows.ts';
import { foreignWords, lower } from './foreign-words.ts';
import { constraintAdvice } from './constraints.ts';
import { foreignColumnAdvice } from './flink-columns.ts';

/** LEFT and RIGHT are keywords of joins, so a call of them does not parse. */
function halfAdvice(stuck: Stuck): Advice | undefined {
  const side = word(stuck, stuck.at);
  if ((side !== 'LEFT' && side !== 'RIGHT') || stuck.tokens[stuck.at + 1]?.kind !== '(') return undefined;
  const text =
    /^(?:word|(?:back|double)-quoted)$/.test(stuck.tokens[stuck.at + 2]?.kind ?? '') &&
    stuck.tokens[stuck.at + 3]?.kind === ','
      ? written(stuck, stuck.at + 2)
      : 'text';
  const count = stuck.tokens[stuck.at + 4]?.kind === 'integer' ? written(stuck, stuck.at + 4) : 'n';
  return adviceAt(
    stuck,
    stuck.at,
    side === 'LEFT'
      ? `SUBSTRING(${text}, 1, ${count}) takes the first characters: there is no LEFT.`
      : `SUBSTRING(${text}, -${count}) takes the last characters: there is no RIGHT.`,
  );
}

/** Advice for constructs of other dialects that do not exist here. */
export function foreignAdvice(stuck: Stuck): Advice | undefined {
  if (stuck.at === 0) return firstWordAdvice(stuck);
  const first = word(stuck, 0);
  const ofKind = kindAdvice(stuck, first);
  if (ofKind !== undefined) return ofKind;
  if (first === 'CREATE' && stuck.tokens.some((t) => t.kind === '(') && find(stuck, 'SELECT') === -1) {
    const advice = foreignColumnAdvice(stuck) ?? constraintAdvice(stuck);
    if (advice !== undefined) return advice;
  }
  if (find(stuck, 'SELECT') !== -1) return queryAdvice(stuck);
  return first === 'INSERT' ? foreignWords(stuck) : undefined;
}

/** Words and signs that begin a condition. */
const COMPARISONS = /^(?:=|<>|!=|<=?|>=?|I?LIKE|RLIKE|REGEXP|IN|BETWEEN|IS|NOT)$/;

/** A condition directly after a source, without WHERE: `FROM users name = 'a'`, `FROM users LIKE 'a%'`. */
function whereAdvice(stuck: Stuck): Advice | undefined {
  // A word that is not a keyword, such as ILIKE, is taken for an alias before the parser gets stuck.
  const at = [stuck.at, stuck.at - 1].find((i) => COMPARISONS.test(word(stuck, i) || written(stuck, i)));
  const from = stuck.tokens.findLastIndex((t, i) => i < stuck.at && t.kind === 'word' && t.text === 'FROM');
  if (at === undefined || from === -1 || at < from + 2 || at > from + 3) return undefined;
  const column = at === from + 2 ? 'column' : written(stuck, at - 1);
  const rest = stuck.tokens.slice(at, at + 2).map((_, i) => written(stuck, at + i));
  const condition =
    rest[0]?.toUpperCase() === 'ILIKE'
      ? `LCASE(${column}) LIKE ${lower(must(rest[1], 'operand'))}`
      : `${column} ${rest[1] === '(' ? `${rest[0]} (…)` : rest.join(' ')}`;
  return adviceAt(stuck, at, `A condition begins with WHERE: FROM ${written(stuck, from + 1)} WHERE ${condition}.`);
}

function queryAdvice(stuck: Stuck): Advice | undefined {
  const i = stuck.at;
  const condition = whereAdvice(stuck);
  if (condition !== undefined) return condition;
  const nested = subqueryAdvice(stuck);
  if (nested !== undefined) return nested;
  const tableFunction = tableFunctionAdvice(stuck) ?? windowCallAdvice(stuck);
  if (tableFunction !== undefined) return tableFunction;
  if (word(stuck, i) === 'DISTINCT') return distinctAdvice(stuck);
  if (word(stuck, i) === 'ON' && word(stuck, i - 1) === 'DISTINCT')
    return adviceAt(
      stuck,
      i - 1,
      'DISTINCT ON is not supported: GROUP BY the column, and LATEST_BY_OFFSET(other) takes the last value of each of the others.',
      i,
    );
  return foreignWords(stuck) ?? halfAdvice(stuck) ?? intervalAdvice(stuck) ?? callAdvice(stuck);
}

function distinctAdvice(stuck: Stuck): Advice {
  const i = stuck.at;
  if (stuck.tokens[i - 1]?.kind === '(') {
    const aggregate = word(stuck, i - 2);
    const column = written(stuck, i + 1);
    if (aggregate === 'COUNT')
      return adviceAt(
        stuck,
        i,
        `COUNT_DISTINCT(${column.toUpperCase()}) counts different values of a stream, ARRAY_LENGTH(ARRAY_DISTINCT(COLLECT_LIST(${column.toUpperCase()}))) those of a table: DISTINCT in aggregates is not supported.`,
      );
    if (aggregate === 'COLLECT_LIST' || aggregate === 'ARRAY_AGG')
      return adviceAt(
        stuck,
        i,
        `COLLECT_SET(${column.toUpperCase()}) gathers different values: DISTINCT in aggregates is not supported.`,
      );
    return adviceAt(
      stuck,
      i,
      `DISTINCT in aggregates is not supported: CREATE TABLE … AS SELECT … GROUP BY …, ${column} first, and aggregate that. COUNT_DISTINCT and COLLECT_SET take different values.`,
    );
  }
  return adviceAt(stuck, i, 'DISTINCT stands directly behind SELECT, once: SELECT DISTINCT a, b FROM …');
}

/** `EXTRACT(hour FROM at)`, `TRIM(BOTH ' ' FROM x)`, `SUBSTRING(x FROM 2)`: words that separate arguments. */
function callAdvice(stuck: Stuck): Advice | undefined {
  for (let at = stuck.at - 1; at >= Math.max(0, stuck.at - 6); at--) {
    if (stuck.tokens[at + 1]?.kind !== '(') continue;
    switch (word(stuck, at)) {
      case 'EXTRACT':
        return adviceAt(
          stuck,
          at,
          `EXTRACT is not supported: CAST(FORMAT_TIMESTAMP(${written(stuck, stuck.at + 1) || 'column'}, '${letterOf(word(stuck, at + 2))}') AS INT) takes a part of a time.`,
        );
      case 'SUBSTRING': {
        const length = word(stuck, stuck.at + 2) === 'FOR' ? `, ${written(stuck, stuck.at + 3)}` : '';
        return adviceAt(
          stuck,
          at,
          `Arguments are separated by commas: SUBSTRING(${written(stuck, at + 2)}, ${written(stuck, stuck.at + 1) || '1'}${length}).`,
        );
      }
      case 'TRIM':
      case 'OVERLAY':
      case 'POSITION':
        return adviceAt(
          stuck,
          at,
          `Arguments are separated by commas: DESCRIBE FUNCTION ${word(stuck, at)}; shows them.`,
        );
    }
  }
  return undefined;
}

function letterOf(unit: string): string {
  return { YEAR: 'yyyy', MONTH: 'M', DAY: 'd', HOUR: 'H', MINUTE: 'm', SECOND: 's' }[unit] ?? 'H';
}
