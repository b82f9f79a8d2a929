import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { requestUrl } from './request-target.ts';

describe('the path of a request target', () => {
  test.each([
    ['/info', '/info', ''],
    ['/info?a=1', '/info', '?a=1'],
    ['/ksql/../info', '/info', ''],
    ['/ksql/%2e%2e/info', '/info', ''],
    ['//', '//', ''],
    ['//:x', '//:x', ''],
    ['//info', '//info', ''],
    ['http://elsewhere:8088/info?b', '/info', '?b'],
    ['HTTP://elsewhere', '/', ''],
    ['http://elsewhere?b', '/', '?b'],
    ['http://:x/info', '/info', ''],
  ])('%s', (target, pathname, search) => {
    const url = requestUrl(target);
    expect([url?.pathname, url?.search]).toEqual([pathname, search]);
  });

  test('a plain path is what a URL makes of it', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\/[\w/.%-]{0,12}$/), (path) => {
        const [ours, whole] = [requestUrl(path)!, new URL(`http://localhost${path}`)];
        expect([ours.pathname, ours.search, [...ours.searchParams]]).toEqual([whole.pathname, whole.search, []]);
      }),
    );
  });

  test.each([undefined, '', '*', 'host:80', 'info'])('%s names none', (target) => {
    expect(requestUrl(target)).toBeUndefined();
  });

  test('no text throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.webPath(), fc.webUrl()), (text) => {
        requestUrl(text);
        expect(requestUrl(`/${text}`)).toBeDefined();
      }),
    );
  });
});
