import { must } from '../../base/assert.ts';
import { compareValues, identityKey } from '../../types/compare.ts';
import {
  array,
  BIGINT,
  BYTES,
  DATE,
  DOUBLE,
  INTEGER,
  STRING,
  type SqlType,
  struct,
  TIME,
  TIMESTAMP,
} from '../../types/sql-type.ts';
import {
  type AggregateFunction,
  aggregateFunction,
  type AggregateSignature,
  type Aggregator,
  type CallSite,
} from '../api.ts';
import { ANY, ANY_DECIMAL, param } from '../param.ts';
import { countArgument } from './limits.ts';

type List = readonly unknown[];

const SORTABLE = [INTEGER, BIGINT, DOUBLE, ANY_DECIMAL, STRING, DATE, TIME, TIMESTAMP, BYTES];
const K = param('k', INTEGER, 'How many values to return; a literal.');

/**
 * Keeps the k greatest items in descending order; equal items keep their order of arrival. `itemOf` creates the item
 * from a row's arguments, `sortOf` returns the value by which an item is ordered.
 */
function keepingGreatest(
  site: CallSite,
  element: SqlType,
  distinct: boolean,
  itemOf: (args: List) => unknown,
  sortOf: (item: unknown) => unknown,
): Aggregator<List> {
  const count = countArgument(site.constants[site.argTypes.length - 1], 'k');
  const compare = compareValues(site.argTypes[0]!);
  const key = identityKey(site.argTypes[0]!);
  const insert = (list: List, item: unknown): List => {
    const value = sortOf(item);
    let at = list.length;
    while (at > 0 && compare(value, sortOf(list[at - 1])) > 0) at--;
    if (at >= count) return list;
    if (distinct && at > 0 && key(sortOf(list[at - 1])) === key(value)) return list;
    const result = list.toSpliced(at, 0, item);
    return result.length > count ? result.slice(0, count) : result;
  };
  return {
    intermediate: array(element),
    initialize: () => [],
    add: (list, args) => (args[0] === null ? list : insert(list, itemOf(args))),
    merge: (a, b) => b.reduce<List>(insert, a),
    result: (list) => list,
  };
}

const plain = (distinct: boolean): AggregateSignature[] =>
  SORTABLE.map((type) => ({
    params: [param('val', type, 'The column.'), K],
    literals: 1,
    returns: (types) => array(must(types[0], 'type')),
    create: (site) =>
      keepingGreatest(
        site,
        must(site.argTypes[0], 'arg type'),
        distinct,
        (args) => args[0],
        (item) => item,
      ),
  }));

/** `STRUCT<sort_col, col0, col1, ...>` of all arguments except the last, which is k. */
const rowType = (types: readonly SqlType[]): SqlType =>
  struct(types.slice(0, -1).map((type, i) => ({ name: i === 0 ? 'sort_col' : `col${i - 1}`, type })));

const withColumns: AggregateSignature[] = SORTABLE.map((type) => ({
  params: [param('sortCol', type, 'The column to order by.'), param('otherCols', ANY, 'Columns to return with it.'), K],
  variadic: 1,
  literals: 1,
  returns: (types) => array(rowType(types)),
  create: (site) =>
    keepingGreatest(
      site,
      rowType(site.argTypes),
      false,
      (args) => args.slice(0, site.argTypes.length - 1),
      (item) => (item as List)[0],
    ),
}));

function topkFunction(name: string, doc: string, signatures: readonly AggregateSignature[]): AggregateFunction {
  return aggregateFunction({ name, category: 'AGGREGATE', doc, signatures });
}

export const topk = topkFunction(
  'TOPK',
  'Returns the k greatest values of a column in descending order. With more columns it returns structs of the greatest ' +
    'values (sort_col) and the other columns of their rows (col0, col1, ...). Rows with NULL in the first column do not count.',
  [...plain(false), ...withColumns],
);

export const topkDistinct = topkFunction(
  'TOPKDISTINCT',
  'Returns the k greatest distinct values of a column in descending order. NULLs do not count.',
  plain(true),
);
