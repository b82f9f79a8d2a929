import { expect, test } from 'vitest';
import type { Catalog } from '../../catalog/catalog.ts';
import { placeholderNotes } from './placeholder-notes.ts';
import { transformNotes } from './transform-fields.ts';

const column = (name: string, role: string) => ({ name, role, type: { kind: 'STRING' } });

/** Table BY_CUSTOMER with the key CUSTOMER and the value columns N and TOTAL. */
const CATALOG = {
  sourcesOfTopic: (topic: string) =>
    topic === 'BY_CUSTOMER'
      ? [
          {
            name: 'BY_CUSTOMER',
            kind: 'TABLE',
            schema: { key: [column('CUSTOMER', 'KEY')], value: [column('N', 'VALUE'), column('TOTAL', 'VALUE')] },
            topic: {
              name: topic,
              keyFormat: { format: 'KAFKA' },
              valueFormat: { format: 'JSON' },
              keyFeatures: [],
              valueFeatures: [],
            },
          },
        ]
      : [],
} as unknown as Catalog;

const SINK = { topics: 'BY_CUSTOMER', 'value.converter.names.case': 'lower', 'record.key.columns': 'true' };

test.each([
  ['http://h/c/{customer}', ['{customer}, which is sent as it stands', 'http://h/c/${key}']],
  ['http://h/c/:customer', [':customer', 'http://h/c/${key}']],
  ['http://h/c/$total', ['$total', 'http://h/c/${total}']],
  ['http://h/c/{{ total }}', ['{{ total }}', 'http://h/c/${total}']],
  ['http://h/c/{custmer}', ['{custmer}', '${key}, ${n}, ${total}']],
  ['http://h/c/${customer}', ['names ${customer}', 'It is written ${key}']],
  ['http://h/c/${totl}', ['names ${totl}', 'Did you mean total?']],
])('%s', (url, names) => {
  const notes = placeholderNotes({ ...SINK, 'http.api.url': url }, CATALOG, { url });
  expect(notes).toHaveLength(1);
  expect(notes[0]).toMatch(/^url /);
  expect(names.filter((name) => !notes[0]!.includes(name))).toEqual([]);
});

test.each([
  'http://h:8080/c/${key}/${total}/${topic}?a=%20b',
  'http://h/c/${key.customer}',
  'http://user:customer@h/c',
  'http://h/c/customer',
])('%s is as it should be', (url) => {
  expect(placeholderNotes({ ...SINK, 'http.api.url': url }, CATALOG, { url })).toEqual([]);
});

const notesOf = (type: string, settings: Readonly<Record<string, string>>, more = {}): readonly string[] =>
  transformNotes(
    'OUT',
    {
      ...SINK,
      transforms: 'a',
      'transforms.a.type': `org.apache.kafka.connect.transforms.${type}`,
      ...Object.fromEntries(Object.entries(settings).map(([key, value]) => [`transforms.a.${key}`, value])),
      ...more,
    },
    CATALOG,
  );

const WRONG: readonly {
  readonly type: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly names: readonly string[];
}[] = [
  {
    type: 'ReplaceField$Value',
    settings: { blacklist: 'totl' },
    names: ['has no effect. Did you mean total?', "'transforms.a.blacklist'='total'"],
  },
  {
    type: 'ReplaceField$Value',
    settings: { renames: 'totl:t,n:m' },
    names: ['has no effect', "'transforms.a.renames'='total:t,n:m'"],
  },
  {
    type: 'MaskField$Value',
    settings: { fields: 'customer' },
    names: ['the task fails', "'transforms.a.type'='org.apache.kafka.connect.transforms.MaskField$Key'"],
  },
  {
    type: 'TimestampConverter$Value',
    settings: { field: 'totals' },
    names: ['the task fails', "'transforms.a.field'='total'"],
  },
  {
    type: 'ValueToKey',
    settings: { fields: 'n,zzz' },
    names: ['Their fields are n, total', "'transforms.a.fields'='…'"],
  },
  { type: 'ExtractField$Key', settings: { field: 'total' }, names: ['a field of the value', "ExtractField$Value'"] },
  {
    type: 'Cast$Value',
    settings: { spec: 'tota:int32' },
    names: ['the task fails', "'transforms.a.spec'='total:int32'"],
  },
  {
    type: 'TimestampConverter$Value',
    settings: { field: 'total', format: 'YYYY-MM-dd' },
    names: ['yyyy-MM-dd', 'YYYY-MM-dd'],
  },
];

test.each(WRONG)('$type with $settings', ({ type, settings, names }) => {
  const notes = notesOf(type, settings);
  expect(notes).toHaveLength(1);
  expect(names.filter((name) => !notes[0]!.includes(name))).toEqual([]);
});

test('fields are followed through the chain, as far as it is known', () => {
  const chain = (second: string, field: string) =>
    notesOf(
      'ReplaceField$Value',
      { renames: 'total:sum' },
      {
        transforms: 'a,b',
        'transforms.b.type': `org.apache.kafka.connect.transforms.${second}`,
        'transforms.b.field': field,
      },
    );
  expect(chain('ExtractField$Value', 'sum')).toEqual([]);
  expect(chain('ExtractField$Value', 'total')).toHaveLength(1);
  const unknown = notesOf('Own$Value', {}, { 'transforms.a.type': 'x.Own$Value' });
  expect(unknown).toEqual([]);
  expect(notesOf('MaskField$Value', { fields: 'n,TOTAL' })).toEqual([]);
  expect(notesOf('ReplaceField$Value', { exclude: 'zzz' }, { topics: 'nobody-knows' })).toEqual([]);
});
