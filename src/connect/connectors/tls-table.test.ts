import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseMysqlUrl } from './mysql/url.ts';
import { parseConnectionUrl } from './postgres/url.ts';

/** The page that tells users what is checked: a row is one or several spellings, and what they stand for. */
const PAGE = readFileSync(new URL('../../../docs/guide/connector-tls.md', import.meta.url), 'utf8');

const SCHEMES: Readonly<Record<string, readonly string[]>> = {
  Postgres: ['postgres://h/d', 'postgresql://h/d'],
  'Postgres by JDBC': ['jdbc:postgresql://h/d'],
  MySQL: ['mysql://h/d', 'jdbc:mysql://h/d'],
  MariaDB: ['mariadb://h/d', 'jdbc:mariadb://h/d'],
};
const CHECKED: Readonly<Record<string, object>> = {
  'not encrypted': { ssl: false },
  'encrypted, nobody is checked': { ssl: { rejectUnauthorized: false, checksHost: false } },
  'who vouches': { ssl: { rejectUnauthorized: true, checksHost: false } },
  'who vouches, and the name': { ssl: { rejectUnauthorized: true, checksHost: true } },
};

const ROWS = PAGE.split('\n')
  .map((line) => line.split(' | ').map((cell) => cell.replaceAll(/^\| | \|$/g, '')))
  .filter(([to]) => to !== undefined && Object.hasOwn(SCHEMES, to))
  .flatMap(([to = '', written = '', checked = '']) => {
    const spellings = [...written.matchAll(/`([^`]+)`/g)].map(([, text]) => `?${text!}`);
    return [...(written.startsWith('nothing') ? [''] : []), ...spellings].flatMap((query) =>
      SCHEMES[to]!.map((url) => [`${url}${query}`, checked] as const),
    );
  });

test('the page has rows for every scheme and every kind of check', () => {
  expect(new Set(ROWS.map(([, checked]) => checked))).toEqual(new Set(Object.keys(CHECKED)));
  for (const urls of Object.values(SCHEMES))
    for (const url of urls) expect(ROWS.filter(([row]) => row.startsWith(url)).length).toBeGreaterThan(3);
});

test.each(ROWS)('%s: %s', (url, checked) => {
  const parse = /postgres/.test(url) ? parseConnectionUrl : parseMysqlUrl;
  expect(parse(url)).toMatchObject(CHECKED[checked]!);
});
