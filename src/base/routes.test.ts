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
  expect(routes.find('PUT', '/a')).toEqual({ kind: 'OTHER_METHOD' });
  expect(routes.find('HEAD', '/a/x')).toEqual({ kind: 'OTHER_METHOD' });
  for (const path of ['/b', '/a/x/b', '/a//b/y', '//a']) expect(routes.find('GET', path)).toEqual({ kind: 'UNKNOWN' });
});
