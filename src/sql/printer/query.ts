import { assertNever } from '../../base/assert.ts';
import type { AliasedSource, Duration, Join, Query, SelectItem, SortItem, Window } from '../ast/query.ts';
import { formatExpression } from './expressions.ts';
import { formatIdentifier, formatName } from './names.ts';

/** A query in ksqlDB's layout: one column per line, one clause per line, no semicolon. */
export function formatQuery(query: Query): string {
  const lines = [
    query.distinct ? 'SELECT DISTINCT' : 'SELECT',
    query.select.map((item) => `  ${formatItem(item)}`).join(',\n'),
    `FROM ${formatSource(query.from.source)}`,
    ...query.from.joins.map(formatJoin),
  ];
  if (query.window !== null) lines.push(`WINDOW ${formatWindow(query.window)}`);
  if (query.where !== null) lines.push(`WHERE ${formatExpression(query.where)}`);
  if (query.partitionBy.length > 0)
    lines.push(`PARTITION BY ${query.partitionBy.map((e) => formatExpression(e)).join(', ')}`);
  if (query.groupBy.length > 0) lines.push(`GROUP BY ${query.groupBy.map((e) => formatExpression(e)).join(', ')}`);
  if (query.having !== null) lines.push(`HAVING ${formatExpression(query.having)}`);
  if (query.orderBy.length > 0) lines.push(`ORDER BY ${query.orderBy.map(formatSortItem).join(', ')}`);
  if (query.emit !== null) lines.push(`EMIT ${query.emit}`);
  if (query.limit !== null) lines.push(`LIMIT ${query.limit}`);
  return lines.join('\n');
}

export function formatSortItem(item: SortItem): string {
  const nulls = item.nulls === null ? '' : ` NULLS ${item.nulls}`;
  return `${formatExpression(item.expression)}${item.descending ? ' DESC' : ''}${nulls}`;
}

function formatItem(item: SelectItem): string {
  switch (item.kind) {
    case 'AllColumns':
      return item.qualifier === null ? '*' : `${formatName(item.qualifier)}.*`;
    case 'StructAll':
      return `${parenthesised(formatExpression(item.base))}->*`;
    case 'SingleColumn': {
      const text = formatExpression(item.expression);
      return item.alias === null ? text : `${text} ${formatIdentifier(item.alias)}`;
    }
    default:
      return assertNever(item);
  }
}

/** Adds parentheses around an operand with a sign, which binds less tightly than `->`, unless it is a number. */
function parenthesised(text: string): string {
  return /^[-+][^0-9]/.test(text) ? `(${text})` : text;
}

function formatSource(source: AliasedSource): string {
  const name = formatIdentifier(source.name);
  return source.alias === null ? name : `${name} ${formatIdentifier(source.alias)}`;
}

const JOIN_WORDS: Readonly<Record<Join['type'], string>> = {
  INNER: 'INNER JOIN',
  LEFT: 'LEFT OUTER JOIN',
  RIGHT: 'RIGHT OUTER JOIN',
  OUTER: 'FULL OUTER JOIN',
};

function formatJoin(join: Join): string {
  const parts = [JOIN_WORDS[join.type], formatSource(join.source)];
  if (join.within !== null) {
    const before = formatDuration(join.within.before);
    const after = formatDuration(join.within.after);
    parts.push(`WITHIN ${before === after ? before : `(${before}, ${after})`}`);
    if (join.within.grace !== null) parts.push(`GRACE PERIOD ${formatDuration(join.within.grace)}`);
  }
  parts.push(`ON (${formatExpression(join.on)})`);
  return parts.join(' ');
}

/** `TUMBLING ( SIZE 30 SECONDS )`. */
export function formatWindow(window: Window): string {
  const rest: string[] = [];
  if (window.retention !== null) rest.push(`RETENTION ${formatDuration(window.retention)}`);
  if (window.grace !== null) rest.push(`GRACE PERIOD ${formatDuration(window.grace)}`);
  switch (window.kind) {
    case 'TumblingWindow':
      return `TUMBLING ( ${[`SIZE ${formatDuration(window.size)}`, ...rest].join(', ')} )`;
    case 'HoppingWindow':
      return `HOPPING ( ${[`SIZE ${formatDuration(window.size)}`, `ADVANCE BY ${formatDuration(window.advance)}`, ...rest].join(', ')} )`;
    case 'SessionWindow':
      return `SESSION ( ${[formatDuration(window.gap), ...rest].join(', ')} )`;
    default:
      return assertNever(window);
  }
}

export function formatDuration(duration: Duration): string {
  return `${duration.value} ${duration.unit}`;
}
