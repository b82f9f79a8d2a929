import { must } from '../../base/assert.ts';
import { compareValues } from '../../types/compare.ts';
import { BIGINT, BYTES, DATE, DOUBLE, INTEGER, STRING, type SqlType, TIME, TIMESTAMP } from '../../types/sql-type.ts';
import { type AggregateFunction, aggregateFunction, type Aggregator } from '../api.ts';
import { ANY_DECIMAL, param } from '../param.ts';

/** There is no undo, because the second smallest (or largest) value is unknown. */
function extremum(type: SqlType, sign: 1 | -1): Aggregator<unknown> {
  const compare = compareValues(type);
  const pick = (a: unknown, b: unknown): unknown => {
    if (b === null) return a;
    return a === null || sign * compare(b, a) > 0 ? b : a;
  };
  return {
    intermediate: type,
    initialize: () => null,
    add: (best, args) => pick(best, args[0]),
    merge: pick,
    result: (best) => best,
  };
}

function extremumFunction(name: string, word: string, sign: 1 | -1): AggregateFunction {
  return aggregateFunction({
    name,
    category: 'AGGREGATE',
    doc: `Returns the ${word} value of a column. NULLs do not count.`,
    signatures: [INTEGER, BIGINT, DOUBLE, ANY_DECIMAL, STRING, DATE, TIME, TIMESTAMP, BYTES].map((type) => ({
      params: [param('val', type, 'The column.')],
      returns: type.kind === 'ANY_DECIMAL' ? (types) => must(types[0], 'type') : type,
      isMergedExactly: true,
      create: (site) => extremum(must(site.argTypes[0], 'arg type'), sign),
    })),
  });
}

export const max = extremumFunction('MAX', 'greatest', 1);
export const min = extremumFunction('MIN', 'smallest', -1);
