import { expect, test } from 'vitest';
import { Routes } from './routes.ts';

const routes = new Routes([
  { method: 'GET', path: '/' },
  { method: 'GET', path: '/a' },
  { method: 'POST', path: '/a/:one' },
  { method: 'GET', path: '/a/:one/b/:two' },
]);

test('the route of a method and a path, with the segments that names stand for', () => {
  expect(routes.find('GET', '/')).toMatchObject({ kind: 'FOUND', route: { path: '/' } });
  expect(routes.find('GET', '/a//')).toMatchObject({ route: { path: '/a' }, values: [] });
  expect(routes.find('GET', '/a/x%20%2F/b/ä')).toMatchObject({
    values: ['x /', 'ä'],
    params: { one: 'x /', two: 'ä' },
  });
  expect(routes.find('POST', '/a/%zz')).toMatchObject({ values: ['%zz'] });
  expect(routes.find('HEAD', '/a')).toMatchObject({ route: { method: 'GET' } });
});

test('a path of other methods, and one that is nowhere', () => {
  expect(routes.find('PUT', '/a')).toEqual({ kind: 'OTHER_METHOD', methods: ['GET'] });
  expect(routes.find('HEAD', '/a/x')).toEqual({ kind: 'OTHER_METHOD', methods: ['POST'] });
  for (const path of ['/b', '/a/x/b', '/a//b/y', '//a']) expect(routes.find('GET', path).kind).toBe('UNKNOWN');
});

test('of a path that is nowhere, the one that is written nearly so, or its end', () => {
  const table = new Routes([
    { method: 'GET', path: '/' },
    { method: 'POST', path: '/ksql' },
    { method: 'GET', path: '/names' },
    { method: 'POST', path: '/names' },
    { method: 'DELETE', path: '/names/:name/parts' },
    { method: 'GET', path: '/names/:name/parts' },
  ]);
  const near = (method: string, path: string) => table.find(method, path);
  expect(near('POST', '/kslq')).toEqual({ kind: 'UNKNOWN', near: 'POST /ksql' });
  expect(near('GET', '/v1/ksql')).toMatchObject({ near: 'POST /ksql' });
  expect(near('POST', '/name')).toMatchObject({ near: 'POST /names' });
  expect(near('DELETE', '/names/A%20b/part')).toMatchObject({ near: 'DELETE /names/A%20b/parts' });
  expect(near('PUT', '/name/a/parts')).toMatchObject({ near: 'DELETE /names/a/parts' });
  expect(near('GET', '/wholly-other')).toMatchObject({ near: undefined });
});
