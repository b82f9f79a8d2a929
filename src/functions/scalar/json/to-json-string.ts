import { must } from '../../../base/assert.ts';
import { jsonRenderer } from '../../../types/json-value.ts';
import { STRING } from '../../../types/sql-type.ts';
import { scalarFunction } from '../../api.ts';
import { param, T } from '../../param.ts';

export const toJsonString = scalarFunction({
  name: 'TO_JSON_STRING',
  weight: 7,
  category: 'JSON',
  doc: 'Returns a value of any type as JSON text; NULL as null.',
  signatures: [
    {
      params: [param('val', T, 'The value.')],
      nulls: 'pass',
      returns: STRING,
      prepare: (site) => jsonRenderer(must(site.argTypes[0], 'arg type')),
    },
  ],
  examples: [
    { call: 'TO_JSON_STRING(15.3)', gives: '15.3' },
    { call: "TO_JSON_STRING('abc')", gives: '"abc"' },
    { call: 'TO_JSON_STRING(NULL)', gives: 'null' },
    { call: "TO_JSON_STRING(STRUCT(id := 1, name := 'A'))", gives: '{"ID":1,"NAME":"A"}' },
    { call: "TO_JSON_STRING(MAP('c' := 2, 'd' := 4))", gives: '{"c":2,"d":4}' },
    { call: 'TO_JSON_STRING(ARRAY[1, NULL])', gives: '[1,null]' },
  ],
});
