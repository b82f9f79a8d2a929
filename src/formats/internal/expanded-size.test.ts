import { expect, test } from 'vitest';
import type { FormatDefinition } from '../api.ts';
import { avro } from '../avro/definition.ts';
import { jsonSr } from '../json-sr/definition.ts';
import { protobuf } from '../protobuf/definition.ts';

const LEVELS = Array.from({ length: 11 }, (_, i) => i + 1);
const FIELDS = [...'abcdefghij'];

const json = {
  $ref: '#/definitions/T11',
  definitions: Object.fromEntries([
    ['T0', { type: 'string' }],
    ...LEVELS.map((n) => [
      `T${n}`,
      {
        type: 'object',
        properties: Object.fromEntries(FIELDS.map((f) => [f, { $ref: `#/definitions/T${n - 1}` }])),
      },
    ]),
  ]),
};
/** Avro's types are declared where they are first used. */
const record = (n: number): unknown =>
  n === 0
    ? 'string'
    : {
        type: 'record',
        name: `T${n}`,
        fields: FIELDS.map((name, i) => ({ name, type: i === 0 ? record(n - 1) : n === 1 ? 'string' : `T${n - 1}` })),
      };
const proto = [
  'syntax = "proto3";',
  `message T11 { ${FIELDS.map((f, i) => `T10 ${f} = ${i + 1};`).join(' ')} }`,
  ...LEVELS.slice(0, -1).map(
    (n) =>
      `message T${n} { ${FIELDS.map((f, i) => `${n === 1 ? 'string' : `T${n - 1}`} ${f} = ${i + 1};`).join(' ')} }`,
  ),
].join('\n');

test.each<[FormatDefinition, string]>([
  [jsonSr, JSON.stringify(json)],
  [avro, JSON.stringify(record(11))],
  [protobuf, proto],
])('types that refer to types ten times over, level by level, are refused ($0.name)', (format, schema) => {
  expect(() =>
    format.columnsOf!(
      { schemaType: format.name, schema } as Parameters<NonNullable<FormatDefinition['columnsOf']>>[0],
      { isKey: false, info: { format: format.name, properties: {} }, features: [] },
    ),
  ).toThrow('more than 20000 types when its references are followed');
});
