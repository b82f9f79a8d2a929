import { expect, test } from 'vitest';
import { foreignPage, type Caller } from './foreign-pages.ts';

const SITE = { names: ['db.example'], cors: { origins: ['https://app.example'], methods: [], headers: [] } };
const ask = (caller: Partial<Caller>): string | undefined =>
  foreignPage(
    {
      method: 'POST',
      origin: undefined,
      host: 'localhost:8088',
      fetchSite: undefined,
      fetchMode: undefined,
      ...caller,
    },
    SITE,
  );

test.each<[string, Partial<Caller>]>([
  ['a client that is no browser', {}],
  ['one without a Host', { host: undefined }],
  ['by address', { host: '192.168.1.5:8088' }],
  ['by an address of version 6', { host: '[::1]:8088' }],
  ['by the name of a container', { host: 'sluice:8088' }],
  ['by its name', { host: 'DB.example' }],
  ['our own page', { origin: 'http://localhost:8088', fetchSite: 'same-origin' }],
  ['our own page on the default port', { origin: 'http://db.example', host: 'db.example:80' }],
  ['our own page behind TLS', { origin: 'https://db.example', host: 'db.example' }],
  ['a page that CORS names', { origin: 'https://app.example', fetchSite: 'cross-site' }],
  ['an address that was typed', { method: 'GET', fetchSite: 'none', fetchMode: 'navigate' }],
  ['a link that was followed', { method: 'GET', fetchSite: 'cross-site', fetchMode: 'navigate' }],
])('goes on: %s', (_name, caller) => {
  expect(ask(caller)).toBeUndefined();
});

test.each<[string, Partial<Caller>]>([
  ['a page of another site', { origin: 'https://evil.example' }],
  ['a page of another port', { origin: 'http://localhost:3000' }],
  ['a page without an origin of its own', { origin: 'null' }],
  ['a script of another site without Origin', { method: 'GET', fetchSite: 'cross-site', fetchMode: 'no-cors' }],
  ['a script of another port', { method: 'GET', fetchSite: 'same-site', fetchMode: 'no-cors' }],
  ['a form that another site sends', { fetchSite: 'cross-site', fetchMode: 'navigate' }],
  ['a name that was pointed here', { host: 'evil.example:8088', origin: 'http://evil.example:8088' }],
  ['a name that looks like ours', { host: 'localhost.evil.example' }],
  ['a Host that is none', { host: 'a b:1:2' }],
])('is refused: %s', (_name, caller) => {
  expect(ask(caller)).toBeTypeOf('string');
});
