import { map, STRING } from '../../../types/sql-type.ts';
import { scalarFunction } from '../../api.ts';
import { param } from '../../param.ts';

function splitToMap(input: string, entryDelimiter: string, kvDelimiter: string): Map<string, string> | null {
  if (entryDelimiter === '' || kvDelimiter === '') return null;
  const result = new Map<string, string>();
  for (const entry of input.split(entryDelimiter)) {
    const parts = entry.split(kvDelimiter);
    if (parts.length > 1) result.set(parts[0]!, parts[1]!);
  }
  return result;
}

export const splitToMapFunction = scalarFunction({
  name: 'SPLIT_TO_MAP',
  weight: 15,
  category: 'MAP',
  doc:
    'Splits a text into entries, and each entry into a key and a value. Entries without a value are left out; of equal ' +
    'keys the last one wins. An empty delimiter gives NULL.',
  signatures: [
    {
      params: [
        param('input', STRING, 'The text.'),
        param('entryDelimiter', STRING, 'What separates entries.'),
        param('kvDelimiter', STRING, 'What separates the key from the value.'),
      ],
      returns: map(STRING, STRING),
      evaluate: splitToMap,
    },
  ],
  examples: [
    { call: "SPLIT_TO_MAP('apple:=green/cherry:=red', '/', ':=')", gives: { apple: 'green', cherry: 'red' } },
    { call: "SPLIT_TO_MAP('a:b', '', ':')", gives: null },
  ],
});
