import { expect, test } from 'vitest';
import { postgresSink } from './sink-plugin.ts';

const source = { topic: 'T', name: 'VIEWS', hasKey: true, isTable: true };

test('a sink over a source writes the table of its name, or the one that the user names', () => {
  expect(postgresSink.sourcesDefaults!([source], {})).toMatchObject({ 'topics.to.tables.mapping': 'T:views' });
  expect(postgresSink.sourcesDefaults!([source], { 'table.name.format': 'other' })).not.toHaveProperty([
    'topics.to.tables.mapping',
  ]);
});
