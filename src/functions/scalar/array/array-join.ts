import { SluiceError } from '../../../base/errors.ts';
import { displayText } from '../../../types/display.ts';
import { type ArrayType, STRING } from '../../../types/sql-type.ts';
import { type CallSite, scalarFunction } from '../../api.ts';
import { arrayOf, param, T } from '../../param.ts';

type Values = readonly unknown[];

function joiner(site: CallSite): (values: Values, delimiter: string) => string {
  const { element } = site.argTypes[0] as ArrayType;
  if (element.kind === 'ARRAY' || element.kind === 'MAP' || element.kind === 'STRUCT') {
    return () => {
      throw new SluiceError(
        'EVALUATION',
        `error: hit element of type ${element.kind} which is currently not supported`,
      );
    };
  }
  const text = displayText(element);
  return (values, delimiter) => {
    let result = '';
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (i > 0) result += delimiter;
      result += value === null ? 'null' : text(value);
    }
    return result;
  };
}

export const arrayJoin = scalarFunction({
  name: 'ARRAY_JOIN',
  weight: 6,
  category: 'ARRAY',
  doc: 'Joins the elements of an array of primitives to one text. NULL elements are written as null.',
  signatures: [
    {
      params: [param('array', arrayOf(T), 'The array.')],
      returns: STRING,
      prepare(site) {
        const join = joiner(site);
        return (values: Values) => join(values, ',');
      },
    },
    {
      params: [
        param('array', arrayOf(T), 'The array.'),
        param('delimiter', STRING, 'What stands between two elements; NULL for nothing.'),
      ],
      returns: STRING,
      nulls: 'pass',
      prepare(site) {
        const join = joiner(site);
        return (values: Values | null, delimiter: string | null) =>
          values === null ? null : join(values, delimiter ?? '');
      },
    },
  ],
  examples: [
    { call: 'ARRAY_JOIN(ARRAY[1, 23, NULL, 0])', gives: '1,23,null,0' },
    { call: "ARRAY_JOIN(ARRAY['a', 'b'], '|')", gives: 'a|b' },
    { call: "ARRAY_JOIN(ARRAY['a', 'b'], NULL)", gives: 'ab' },
  ],
});
