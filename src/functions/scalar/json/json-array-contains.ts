import { must } from '../../../base/assert.ts';
import { compareDecimal, parseDecimal } from '../../../types/decimal.ts';
import { parseInt64 } from '../../../types/int64.ts';
import { type Json, JsonNumber } from '../../../types/json-text.ts';
import { BOOLEAN, STRING, type SqlType } from '../../../types/sql-type.ts';
import { scalarFunction } from '../../api.ts';
import { param, T } from '../../param.ts';
import { documentOrNone, isArray } from './documents.ts';

/** Whether a JSON value equals a SQL value: of the same kind, and numbers by value. */
function matcher(type: SqlType): (json: Json, value: any) => boolean {
  switch (type.kind) {
    case 'INTEGER':
    case 'BIGINT':
      return (json, value: number | bigint) => json instanceof JsonNumber && parseInt64(json.text) === value;
    case 'DOUBLE':
      return (json, value: number) => json instanceof JsonNumber && Number(json.text) === value;
    case 'DECIMAL': {
      const { scale } = type;
      return (json, value: bigint) => {
        const number = json instanceof JsonNumber ? parseDecimal(json.text) : undefined;
        return number !== undefined && compareDecimal(number.unscaled, number.scale, value, scale) === 0;
      };
    }
    case 'STRING':
    case 'BOOLEAN':
      return (json, value: string | boolean) => json === value;
    default:
      return () => false;
  }
}

export const jsonArrayContains = scalarFunction({
  name: 'JSON_ARRAY_CONTAINS',
  category: 'JSON',
  doc: 'Returns whether the array that a JSON text is has an element that equals a value; NULL looks for null. False when the text is no JSON array.',
  signatures: [
    {
      params: [param('jsonArray', STRING, 'The JSON text.'), param('val', T, 'The value to look for.')],
      nulls: 'pass',
      returns: BOOLEAN,
      prepare(site) {
        const matches = matcher(must(site.argTypes[1], 'arg type'));
        return (text: string | null, value: unknown) => {
          if (text === null) return false;
          const json = documentOrNone(text, site.env.work);
          return isArray(json) && json.some((item) => (value === null ? item === null : matches(item, value)));
        };
      },
    },
  ],
  examples: [
    { call: "JSON_ARRAY_CONTAINS('[1, 2, 3]', 3)", gives: true },
    { call: `JSON_ARRAY_CONTAINS('["Red", "Green"]', 'Pink')`, gives: false },
    { call: "JSON_ARRAY_CONTAINS('[1, null]', NULL)", gives: true },
    { call: "JSON_ARRAY_CONTAINS('{}', 1)", gives: false },
  ],
});
