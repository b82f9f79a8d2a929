import { expect, test } from 'vitest';
import type { Source } from '../../catalog/source.ts';
import type { TopicSchema } from '../../connect/client/api.ts';
import { INTEGER, STRING } from '../../types/sql-type.ts';
import type { Services } from '../services.ts';
import { driftNotes } from './drift.ts';

/** Services with a connector that writes id, name and age to a topic whose table was declared with id and name. */
function servicesWith(): Services {
  const source: Source = {
    kind: 'TABLE',
    name: 'SHOP_USERS',
    schema: {
      key: [{ name: 'ID', type: INTEGER, role: 'KEY' }],
      value: [{ name: 'NAME', type: STRING, role: 'VALUE' }],
    },
    topic: {
      name: 'users',
      keyFormat: { format: 'KAFKA', properties: {} },
      valueFormat: { format: 'JSON', properties: {} },
      keyFeatures: [],
      valueFeatures: [],
    },
    isSource: false,
    isCasTarget: false,
    sql: '',
    createdBy: 'SHOP',
  };
  const known: TopicSchema = {
    topic: 'users',
    connector: 'SHOP',
    key: [{ name: 'id', type: 'INTEGER' }],
    value: [
      { name: 'name', type: 'STRING' },
      { name: 'age', type: 'INTEGER' },
    ],
    keyFormat: 'KAFKA',
    valueFormat: 'JSON',
    isTable: true,
  };
  const services: unknown = {
    catalog: { current: { sources: new Map([['SHOP_USERS', source]]), queries: new Map() } },
    connect: { embedded: { topicSchema: () => known } },
  };
  return services as Services;
}

test.each([
  ['a connector that captures changes adds it by itself', { mode: 'cdc' }],
  ['also where the policy is written', { mode: 'cdc', 'schema.change.policy': 'EVOLVE' }],
])('a new column: %s', (_, config) => {
  const notes = driftNotes('SHOP', config, servicesWith());
  expect(notes[0]).toBe(
    "Topic users has `AGE` besides: SHOP_USERS gets new columns by itself ('schema.change.policy'='evolve')",
  );
  // Earlier rows are not read again automatically.
  expect(notes[1]).toContain('Rows that were there before `AGE` have NULL there');
  expect(notes.join()).not.toContain('CREATE OR REPLACE');
});

test.each([
  ['one that polls', { mode: 'timestamp' }],
  ['one whose policy is another', { mode: 'cdc', 'schema.change.policy': 'fail' }],
])('a new column of %s waits for a statement', (_, config) => {
  expect(driftNotes('SHOP', config, servicesWith())[0]).toBe(
    "Topic users has `AGE` besides: SHOP_USERS stands as it was declared. CREATE OR REPLACE TABLE SHOP_USERS WITH (KAFKA_TOPIC='users'); takes new columns in",
  );
});
