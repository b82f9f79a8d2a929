import { tableFunction } from '../api.ts';
import { arrayOf, param, T } from '../param.ts';

/** More columns would result in more than a million rows. */
const MAX_COLUMNS = 20;

/**
 * All combinations of each element and NULL, from all NULL to all elements; the last element changes fastest. An
 * element that is NULL itself has only one form.
 */
function cube(values: readonly unknown[]): unknown[][] {
  if (values.length > MAX_COLUMNS)
    throw new RangeError(`CUBE_EXPLODE takes at most ${MAX_COLUMNS} columns, got ${values.length}`);
  let rows: unknown[][] = [[]];
  for (const value of values) {
    const forms = value === null ? [null] : [null, value];
    rows = rows.flatMap((row) => forms.map((form) => [...row, form]));
  }
  return rows;
}

export const cubeExplode = tableFunction({
  name: 'CUBE_EXPLODE',
  category: 'TABLE',
  doc: 'Returns a row for each combination of the elements of an array with NULL in their place: 2^n rows for n elements that are not NULL.',
  signatures: [
    { params: [param('columns', arrayOf(T), 'The columns to combine.')], returns: arrayOf(T), evaluate: cube },
  ],
  examples: [
    {
      call: 'CUBE_EXPLODE(ARRAY[1, 2])',
      gives: [
        [null, null],
        [null, 2],
        [1, null],
        [1, 2],
      ],
    },
    {
      call: 'CUBE_EXPLODE(ARRAY[1, NULL])',
      gives: [
        [null, null],
        [1, null],
      ],
    },
  ],
});
