import { expect, test } from 'vitest';
import { serverUrl } from './address.ts';

test.each([
  ['http://h:1', 'http://h:1'],
  ['https://h/path', 'https://h/path'],
  ['localhost:8088', 'http://localhost:8088'],
  ['localhost:80', 'http://localhost:80'],
  ['db.example.com', 'http://db.example.com:8088'],
  ['127.0.0.1:18088', 'http://127.0.0.1:18088'],
  ['[::1]:9', 'http://[::1]:9'],
  ['user:pass@h:8088', 'http://user:pass@h:8088'],
])('%s', (written, url) => {
  expect(serverUrl(written)).toBe(url);
});

test.each(['', 'ftp://h', 'a b', 'http://'])('%s is no address', (written) => {
  expect(() => serverUrl(written)).toThrow('Not the address of a server');
});
