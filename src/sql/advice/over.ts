import { callBefore, named, word, type Stuck } from './stuck.ts';

const LEAD = 'Window functions (OVER) are not supported:';

/** What a window function is written as, by the function before OVER at `at`. */
export function overAdvice(stuck: Stuck, at: number): string {
  const { name, argument } = callBefore(stuck, at);
  const partition = stuck.tokens.findIndex((t, i) => i > at && t.kind === 'word' && t.text === 'PARTITION');
  const by = partition !== -1 && word(stuck, partition + 1) === 'BY' ? named(stuck, partition + 2, '…') : '…';
  const value = argument === '' || argument === '*' ? 'column' : argument;
  switch (name) {
    case 'COUNT':
    case 'SUM':
    case 'AVG':
    case 'MIN':
    case 'MAX':
      return `${LEAD} ${name}(${argument === '' ? '*' : argument}) with GROUP BY ${by} is the value so far, which changes with each record; WINDOW TUMBLING (SIZE 1 HOUR) before GROUP BY takes the rows of a time.`;
    case 'LAG':
    case 'LEAD':
      return `${LEAD} LATEST_BY_OFFSET(${value}, 2) with GROUP BY ${by} has the last two values of each group, the earlier one first; no row is known before it is there.`;
    case 'FIRST_VALUE':
      return `${LEAD} EARLIEST_BY_OFFSET(${value}) with GROUP BY ${by} is the first value of each group.`;
    case 'LAST_VALUE':
      return `${LEAD} LATEST_BY_OFFSET(${value}) with GROUP BY ${by} is the last value of each group.`;
    case 'ROW_NUMBER':
    case 'RANK':
    case 'DENSE_RANK':
      return `${LEAD} to keep one row of each group, LATEST_BY_OFFSET(column) or EARLIEST_BY_OFFSET(column) with GROUP BY ${by}; TOPK(column, 3) with GROUP BY has the largest values, COUNT(*) numbers the rows so far.`;
    default:
      return `${LEAD} for a sum or count so far, GROUP BY the columns of PARTITION BY, whose result changes with each record; WINDOW TUMBLING (SIZE …) with GROUP BY gathers rows of a time, LATEST_BY_OFFSET and EARLIEST_BY_OFFSET with GROUP BY take the last and first of a key, TOPK the largest.`;
  }
}
