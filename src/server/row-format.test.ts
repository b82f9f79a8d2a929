import { expect, test } from 'vitest';
import { corsHeaders } from './cors.ts';
import { negotiate } from './row-format.ts';

test.each([
  [undefined, 'delimited'],
  ['', 'delimited'],
  ['*/*', 'delimited'],
  ['application/json, text/plain, */*', 'json'],
  ['application/json;q=0.5, application/vnd.ksql.v1+json', 'streamed'],
  ['application/json;q=0.5,application/vnd.ksqlapi.delimited.v1;q=0.8', 'delimited'],
  ['application/vnd.ksql.v1+protobuf; q=0.9, application/json; Q=1.0', 'json'],
  ['application/json;q=0, */*;q=0.1', 'delimited'],
  ['application/json;q=0', undefined],
  ['application/json;charset=utf-8;q=0.3, text/html', 'json'],
  ['application/json;q=nonsense', 'json'],
  ['text/html', undefined],
  [';;,q', undefined],
])('Accept: %s', (accept, kind) => {
  expect(negotiate(accept)).toBe(kind);
});

test('with * there are no credentials, unless the origin is named too', () => {
  const cors = { origins: ['*'], methods: ['GET'], headers: [] };
  expect(corsHeaders(cors, 'https://a')).toEqual({
    vary: 'Origin',
    'access-control-allow-origin': '*',
    'access-control-allow-methods': 'GET',
    'access-control-allow-headers': '',
  });
  expect(corsHeaders({ ...cors, origins: ['*', 'https://a'] }, 'https://a')).toMatchObject({
    'access-control-allow-origin': 'https://a',
    'access-control-allow-credentials': 'true',
  });
  expect(corsHeaders({ ...cors, origins: [] }, 'https://a')).toEqual({});
});
