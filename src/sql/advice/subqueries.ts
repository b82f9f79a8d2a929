import { isReserved } from '../keywords.ts';
import { adviceAt, word, written, type Advice, type Stuck } from './stuck.ts';

/** Subqueries in expressions and in FROM: each has another formulation here. */

/** A query in parentheses, as far as its tokens show. */
interface Inner {
  /** The opening parenthesis. */
  readonly open: number;
  /** The closing parenthesis. */
  readonly close: number;
  /** What it selects, as written. */
  readonly selects: string;
  /** The source that it reads, with its alias. */
  readonly source: Named | undefined;
  /** Its condition, as written. */
  readonly where: string | undefined;
}

/** A stream or table in FROM. */
interface Named {
  readonly name: string;
  readonly alias: string;
}

/** Functions that make one value of many rows. */
const AGGREGATE = /^(AVG|COUNT|MAX|MIN|SUM)\s*\(/i;

/** Advice when the parser got stuck at a subquery; undefined: it did not. */
export function subqueryAdvice(stuck: Stuck): Advice | undefined {
  const i = stuck.at;
  if (word(stuck, i) === 'EXISTS') return existsAdvice(stuck);
  const open =
    word(stuck, i) === 'SELECT' && stuck.tokens[i - 1]?.kind === '('
      ? i - 1
      : stuck.tokens[i]?.kind === '(' && ['SELECT', 'VALUES'].includes(word(stuck, i + 1))
        ? i
        : undefined;
  if (open === undefined) return rowsAdvice(stuck);
  const before = word(stuck, open - 1);
  if (before === 'FROM' || before === 'JOIN') return adviceAt(stuck, i, inFrom(stuck, open));
  if (word(stuck, open + 1) === 'VALUES') return undefined;
  return adviceAt(stuck, i, inExpression(stuck, innerAt(stuck, open)));
}

function inFrom(stuck: Stuck, open: number): string {
  return word(stuck, open + 1) === 'VALUES'
    ? 'VALUES is no source: INSERT INTO a stream or table writes rows, and a query reads them from there.'
    : (numbered(stuck.text) ??
        'A subquery is not supported: make it a stream or table of its own, CREATE STREAM name AS SELECT …; (with GROUP BY: CREATE TABLE), and select from that.');
}

/** ROW_NUMBER() OVER (PARTITION BY a ORDER BY b DESC) in a subquery, of which the first of each group is kept. */
function numbered(text: string): string | undefined {
  const [, by, order] =
    /\b(?:ROW_NUMBER|RANK)\s*\(\s*\)\s*OVER\s*\(\s*PARTITION\s+BY\s+([\w`.]+)\s+ORDER\s+BY\s+[\w`.]+(\s+DESC)?/i.exec(
      text,
    ) ?? [];
  if (by === undefined) return undefined;
  const source = /\bFROM\s+([\w`]+)/i.exec(text.replace(/\bFROM\s*\(/i, ''))?.[1] ?? '…';
  const take = order === undefined ? 'EARLIEST_BY_OFFSET' : 'LATEST_BY_OFFSET';
  return `Neither subqueries nor OVER are supported: the ${order === undefined ? 'first' : 'last'} row of each ${by} is a table, CREATE TABLE name AS SELECT ${by}, ${take}(column) AS column, … FROM ${source} GROUP BY ${by};`;
}

function inExpression(stuck: Stuck, inner: Inner): string {
  const before = word(stuck, inner.open - 1);
  if (before === 'IN') {
    const isNegated = word(stuck, inner.open - 2) === 'NOT';
    return membership(stuck, inner, inner.open - (isNegated ? 3 : 2), isNegated);
  }
  if (before === 'ANY' || before === 'SOME' || before === 'ALL') {
    const comparison = written(stuck, inner.open - 2);
    if (before !== 'ALL' && comparison === '=') return membership(stuck, inner, inner.open - 3, false);
    if (before === 'ALL' && /^(<>|!=)$/.test(comparison)) return membership(stuck, inner, inner.open - 3, true);
    return `${before} (SELECT …) is not supported: compare with one value, the ${(before === 'ALL') === comparison.startsWith('>') ? 'MAX' : 'MIN'} of them. ${oneRow(stuck, inner, extreme(inner, before, comparison))}`;
  }
  if (before === 'ARRAY')
    return `A subquery is not supported: COLLECT_LIST(${inner.selects}) gathers values, in a table of its own: CREATE TABLE name AS SELECT …, COLLECT_LIST(${inner.selects}) … GROUP BY …; which a query JOINs on its key.`;
  if (before === 'VALUES' || word(stuck, 0) === 'INSERT')
    return 'A subquery is not supported: VALUES takes expressions. INSERT INTO name SELECT … FROM …; writes what a query gives, as it comes.';
  const isAggregate = AGGREGATE.test(inner.selects);
  const link = inner.source && linkOf(inner.where);
  if (link !== undefined) return correlated(inner, link, isAggregate);
  if (isAggregate) return `A subquery is not supported: ${oneRow(stuck, inner, inner.selects)}`;
  return `A subquery is not supported: JOIN ${inner.source?.name ?? 'the other table'} on its key gives each row the columns of its match. A single value is asked for by itself, and written in its place: SELECT ${inner.selects} FROM ${inner.source?.name ?? '…'}${inner.where === undefined ? '' : ` WHERE ${inner.where}`};`;
}

/** `x IN (SELECT …)` and what means the same. `last`: where the operand ends. */
function membership(stuck: Stuck, inner: Inner, last: number, isNegated: boolean): string {
  const { source, selects } = inner;
  const outer = outerSource(stuck);
  const operand = columnEndingAt(stuck, last);
  const isColumn = /^[\w`.]+$/.test(selects) && !AGGREGATE.test(selects);
  const what = isNegated ? 'NOT IN (SELECT …)' : 'IN (SELECT …)';
  if (source === undefined || outer === undefined || operand === undefined || !isColumn)
    return `${what} is a subquery, which is not supported: ${joinText(undefined, isNegated)}`;
  const key = qualified(selects, source);
  const on = `${qualified(operand, outer)} = ${key}`;
  const more = inner.where === undefined ? '' : ` Its condition ${inner.where} goes behind WHERE.`;
  return `${what} is a subquery, which is not supported: ${joinText({ source, on, key }, isNegated)}${more}`;
}

function existsAdvice(stuck: Stuck): Advice {
  const { at } = stuck;
  const isNegated = word(stuck, at - 1) === 'NOT';
  const what = isNegated ? 'NOT EXISTS' : 'EXISTS';
  if (stuck.tokens[at + 1]?.kind !== '(')
    return adviceAt(stuck, at, `${what} is not supported: ${joinText(undefined, isNegated)}`);
  const { source, where } = innerAt(stuck, at + 1);
  const link = source && linkOf(where);
  const key = link?.find((side) => side.toUpperCase().startsWith(`${source!.alias.toUpperCase()}.`));
  const join = key === undefined ? undefined : { source: source!, on: link!.join(' = '), key };
  return adviceAt(stuck, at, `${what} is not supported: ${joinText(join, isNegated)}`);
}

/** What keeps the rows that the other source has, or those that it lacks. */
function joinText(
  join: { readonly source: Named; readonly on: string; readonly key: string } | undefined,
  isNegated: boolean,
): string {
  if (join === undefined)
    return isNegated
      ? 'LEFT JOIN the other table on its key, and WHERE its key IS NULL, keep the rows that have no match.'
      : 'JOIN the other table on its key, which keeps the rows that have a match.';
  const { source, on, key } = join;
  const from = `${source.name}${source.alias === source.name ? '' : ` ${source.alias}`}`;
  return isNegated
    ? `LEFT JOIN ${from} ON ${on} WHERE ${key} IS NULL keeps the rows without a match in ${source.name}.`
    : `JOIN ${from} ON ${on} keeps the rows with a match in ${source.name}.`;
}

/** A value of the rows that belong to the current row. */
function correlated({ source, selects }: Inner, link: readonly [string, string], isAggregate: boolean): string {
  const { name, alias } = source!;
  const isInner = (side: string): boolean => side.toUpperCase().startsWith(`${alias.toUpperCase()}.`);
  const inner = isInner(link[0]) ? link[0] : link[1];
  const outer = inner === link[0] ? link[1] : link[0];
  const from = `${name}${alias === name ? '' : ` ${alias}`}`;
  if (!isAggregate)
    return `A subquery is not supported: LEFT JOIN ${from} ON ${link.join(' = ')} gives each row its match, and ${qualified(selects, source!)} stands in its place.`;
  const key = inner.slice(inner.indexOf('.') + 1);
  return `A subquery is not supported: make a table of it, CREATE TABLE matches AS SELECT ${key}, ${selects} AS v FROM ${from} GROUP BY ${key}; LEFT JOIN matches ON ${outer} = matches.${key} gives each row its own, and matches.v stands in its place.`;
}

/** One value of all rows, for each row: at once by itself, for a query that goes on by a table of one row. */
function oneRow(stuck: Stuck, { source, where }: Inner, value: string): string {
  const from = `${source?.name ?? '…'}${where === undefined ? '' : ` WHERE ${where}`}`;
  if (source === undefined) return `SELECT ${value} FROM …; answers it, and what it says is written in its place.`;
  const outer = outerSource(stuck)?.alias ?? 'a';
  return (
    `SELECT ${value} FROM ${from}; answers it, to be written in its place. ` +
    `For one that follows the rows, a table of one row: CREATE TABLE answer AS SELECT 1 AS one, ${value} AS v FROM ${from} GROUP BY 1; ` +
    `and JOIN answer ON CAST(${outer}.ROWTIME * 0 + 1 AS INT) = answer.one, with answer.v in its place.`
  );
}

/** The value that `x > ALL (…)` compares with. */
function extreme({ selects }: Inner, quantifier: string, comparison: string): string {
  return `${(quantifier === 'ALL') === comparison.startsWith('>') ? 'MAX' : 'MIN'}(${selects})`;
}

/** A list of rows where one value belongs, and a table where a list does. */
function rowsAdvice(stuck: Stuck): Advice | undefined {
  const { at } = stuck;
  if (word(stuck, at - 1) === 'IN' && stuck.tokens[at]?.kind === 'word') {
    const [negated, last] = word(stuck, at - 2) === 'NOT' ? [true, at - 3] : [false, at - 2];
    const operand = columnEndingAt(stuck, last) ?? 'x';
    const not = negated ? 'NOT ' : '';
    return adviceAt(
      stuck,
      at,
      `IN takes a list: ${operand} ${not}IN (1, 2, 3). Of an array column, ${not}ARRAY_CONTAINS(${written(stuck, at)}, ${operand}); of a table, ${negated ? 'LEFT JOIN it on its key WHERE its key IS NULL' : 'JOIN it on its key'}.`,
    );
  }
  if (stuck.tokens[at]?.kind === ',' && word(stuck, at - 1) !== '') {
    const close = stuck.tokens.findIndex((t, n) => n > at && t.kind === ')');
    if (
      close !== -1 &&
      (word(stuck, close + 1) === 'IN' || (word(stuck, close + 1) === 'NOT' && word(stuck, close + 2) === 'IN'))
    )
      return adviceAt(
        stuck,
        at,
        'IN compares one value: of a list of values write one comparison each, (a = 1 AND b = 2) OR (a = 3 AND b = 4); of a table, JOIN it.',
      );
  }
  return undefined;
}

function innerAt(stuck: Stuck, open: number): Inner {
  let depth = 0;
  let close = stuck.tokens.length;
  let from = -1;
  let where = -1;
  let end = -1;
  for (let i = open; i < stuck.tokens.length; i++) {
    const { kind } = stuck.tokens[i]!;
    if (kind === '(') depth++;
    else if (kind === ')' && --depth === 0) {
      close = i;
      break;
    }
    if (depth !== 1) continue;
    const found = word(stuck, i);
    if (found === 'FROM' && from === -1) from = i;
    else if (found === 'WHERE') where = i;
    else if (/^(GROUP|HAVING|ORDER|LIMIT|EMIT)$/.test(found) && end === -1) end = i;
  }
  const stop = end === -1 ? close : end;
  return {
    open,
    close,
    selects: textBetween(stuck, open + 2, from === -1 ? close : from),
    source: from === -1 ? undefined : sourceAt(stuck, from + 1),
    where: where === -1 ? undefined : textBetween(stuck, where + 1, stop),
  };
}

/** The first source of the outer query: the FROM outside all parentheses. */
function outerSource(stuck: Stuck): Named | undefined {
  let depth = 0;
  for (let i = 0; i < stuck.tokens.length; i++) {
    const { kind } = stuck.tokens[i]!;
    if (kind === '(') depth++;
    else if (kind === ')') depth--;
    else if (depth === 0 && word(stuck, i) === 'FROM') return sourceAt(stuck, i + 1);
  }
  return undefined;
}

function sourceAt(stuck: Stuck, at: number): Named | undefined {
  const name = written(stuck, at);
  if (name === '' || name === '(') return undefined;
  const next = word(stuck, at + 1) === 'AS' ? at + 2 : at + 1;
  const alias = stuck.tokens[next]?.kind === 'word' && !isReserved(word(stuck, next)) ? written(stuck, next) : name;
  return { name, alias };
}

/** `a.b` or `b` ending at a token; undefined for anything else. */
function columnEndingAt(stuck: Stuck, last: number): string | undefined {
  const kind = stuck.tokens[last]?.kind;
  if (kind === 'string' || kind === 'integer') return written(stuck, last);
  if (kind !== 'word' || isReserved(word(stuck, last))) return undefined;
  return written(stuck, last - 1) === '.'
    ? `${written(stuck, last - 2)}.${written(stuck, last)}`
    : written(stuck, last);
}

const qualified = (column: string, { alias }: Named): string => (column.includes('.') ? column : `${alias}.${column}`);

/** The two sides of a condition that consists only of `a.x = b.y`. */
function linkOf(where: string | undefined): readonly [string, string] | undefined {
  const found = /^([\w`]+\.[\w`]+)\s*=\s*([\w`]+\.[\w`]+)$/.exec(where ?? '');
  return found === null ? undefined : [found[1]!, found[2]!];
}

/** The text of the tokens from one to before another. */
function textBetween(stuck: Stuck, from: number, to: number): string {
  const first = stuck.tokens[from];
  const last = stuck.tokens[to - 1];
  return first === undefined || last === undefined || to <= from ? '' : stuck.text.slice(first.start, last.end);
}
