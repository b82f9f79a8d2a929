import { expect, test } from 'vitest';
import { parseKeys } from '../api/config-spec.ts';
import { targetOf } from './http/target.ts';
import { urlProblem } from './clickhouse/url.ts';
import { parseUrls } from './elasticsearch/urls.ts';
import { parseAddresses } from './mqtt/address.ts';
import { parseAddress } from './redis/address.ts';
import { CONNECTORS } from './registry.ts';

/**
 * Settings whose values become part of a line of a protocol: users, tokens, keys, headers and client names. Databases
 * accept any password, and a record's header (`external.version.header`) may have any name.
 */
const LINES =
  /(?:^|\.)(?:user(?:name)?|token|session\.token|authorization|client\.(?:id|secret)|access\.key(?:\.id)?|api\.key\.(?:value|name)|(?<!version\.)header)$/;

const lines = await Promise.all(
  CONNECTORS.map(async (plugin) => [plugin.name, plugin.config.filter(({ name }) => LINES.test(name))] as const),
);

test.each(lines.filter(([, keys]) => keys.length > 0))('%s: no login holds a line break', (_name, keys) => {
  for (const key of keys)
    for (const value of ['x\r\nX-Evil: 1', 'x\nmore', 'x\u0000more']) {
      const { errors } = parseKeys([key], { [key.name]: value })[0]!;
      expect([key.name, errors]).toEqual([key.name, [expect.stringContaining(key.name)]]);
      if (key.type === 'PASSWORD') expect(errors.join()).not.toContain('more');
    }
});

test('these are the connectors that have such settings', () => {
  expect(lines.filter(([, keys]) => keys.length > 0).map(([name]) => name)).toEqual(
    expect.arrayContaining([
      'http',
      'elasticsearch',
      'clickhouse',
      'mqtt',
      'redis',
      's3-sink',
      'webhook',
      'postgres-source',
    ]),
  );
});

const AT: readonly (readonly [string, string, (url: string) => unknown])[] = [
  ['HTTP', 'https', targetOf],
  ['ClickHouse', 'https', urlProblem],
  ['Elasticsearch', 'https', (url) => parseUrls([url])],
  ['MQTT', 'mqtts', (url) => parseAddresses([url])],
  ['Redis', 'rediss', parseAddress],
];

test.each(AT)('%s: no login in a URL holds one either, or a broken escape', (_name, scheme, parse) => {
  for (const login of ['a%0d%0ab:c', 'a:c%0a', 'a%00:c', 'a%zz:c', 'a:%ff']) {
    const problem = parse(`${scheme}://${login}@host`);
    expect([login, problem]).toEqual([login, expect.stringMatching(/login|hexadecimal/)]);
    expect(problem).not.toContain(login);
  }
  expect(parse(`${scheme}://a%25:c@host`)).not.toEqual(expect.any(String));
});
