import { expect, test } from 'vitest';
import { withoutSecrets, NO_DRAFT, type Plugin } from './drafts.ts';
import { importConnector } from './import.ts';

const JDBC = 'io.confluent.connect.jdbc.JdbcSourceConnector';
const SINK = 'io.confluent.connect.jdbc.JdbcSinkConnector';
const KNOWN: readonly Plugin[] = [
  { className: 'sluice.PostgresSource', type: 'source', shortName: 'postgres' },
  { className: JDBC, type: 'source', shortName: 'postgres' },
  { className: JDBC, type: 'source' },
  { className: SINK, type: 'sink' },
];

test('a connector of the REST API fills the form of its class, name and state as they are', () => {
  const json = { name: 'my-shop', config: { 'connector.class': JDBC, 'tasks.max': 1, mode: 'bulk' } };
  expect(importConnector(JSON.stringify({ ...json, initial_state: 'STOPPED' }), KNOWN)).toEqual({
    plugin: { className: JDBC, type: 'source' },
    draft: { ...NO_DRAFT, name: '`my-shop`', values: { 'tasks.max': '1', mode: 'bulk' }, initialState: 'STOPPED' },
  });
});

test('settings alone, simple class names, short names and classes that are not known are taken', () => {
  const of = (config: object) => importConnector(JSON.stringify(config), KNOWN);
  expect(of({ name: 'BACK', 'connector.class': 'JdbcSink', topics: 'a' })).toMatchObject({
    plugin: { className: SINK, type: 'sink' },
    draft: { name: 'BACK', values: { topics: 'a' } },
  });
  expect(of({ connector: 'postgres', tables: 'users' })).toMatchObject({ plugin: KNOWN[0]!, draft: { name: '' } });
  expect(of({ 'connector.class': 'com.example.Own' }).plugin).toEqual({ className: 'com.example.Own', type: 'source' });
});

test.each([
  ['{"name"', /^The text is not JSON: /],
  ['[1]', 'The text is no JSON object'],
  ['{"name":"x"}', '"connector.class" is missing'],
  ['{"connector":"nosuch"}', 'There is no source connector nosuch.'],
  ['{"connector.class":"x","a":{}}', 'settings are flat'],
])('%s is refused in words', (text, problem) => {
  expect(() => importConnector(text, KNOWN)).toThrow(problem);
});

test('a draft that is kept in the browser has nothing that is or may be a secret', () => {
  const values = {
    'connection.password': 'p1',
    'my.field': 'p2',
    'connection.url': 'jdbc:postgresql://h/db?user=u&password=p3',
    'table.whitelist': 'users',
  };
  expect(withoutSecrets({ ...NO_DRAFT, values, passwords: ['my.field'] }).values).toEqual({
    'table.whitelist': 'users',
  });
});
