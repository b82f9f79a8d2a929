import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { growthByFour } from '../../../test/support/cpu.ts';
import { hideSecrets, hidingLogger, secretsOf } from './hide.ts';
import { maskSettings, maskText, maskValue } from './mask.ts';
import { isSecretName } from './names.ts';
import { SILENT_LOGGER } from '../env.ts';

describe('names of secrets', () => {
  test.each([
    'password', 'PASSWORD', 'database.password', 'sslpassword', 'pwd', 'db.pwd', 'pass', 'ssl.key.passphrase', 'client_secret',
    'clientSecret', 'aws.secret.access.key', 'aws.access.key.id', 'awsAccessKeyId', 'token', 'access_token', 'oauthToken', 'api.key',
    'x-api-key', 'X-Key', 'X-Shop-Key', 'transforms.a.apiKey', 'ssl.keystore.key', 'private-key', 'sasl.jaas.config', 'basic.auth.user.info', 'auth.header',
    'http.headers.authorization', 'Authorization', 'gcs.credentials.json', 'azure.account.key', 'AccountKey', 'SharedAccessKey',
    'keyfile', 'sig', 'confluent.topic.sasl.jaas.config', 'password.1',
  ])('%s', (name) => expect(isSecretName(name)).toBe(true)); // prettier-ignore
  test.each([
    'bypass.cache', 'compass', 'key.converter', 'message.key.columns', 'pk.fields', 'user', 'database.user', 'author', 'authors.table',
    'sasl.oauthbearer.token.endpoint.url', 'sasl.mechanism', 'auth.type', 'basic.auth.credentials.source', 'ssl.keystore.location',
    'token.ttl.ms', 'monkey', 'topic.prefix', 'passthrough', 'partition.key', 'xkey', '', '.',
  ])('not %s', (name) => expect(isSecretName(name)).toBe(false)); // prettier-ignore
});

describe('a value without the secrets it carries', () => {
  test.each([
    ['jdbc:postgresql://u:s@db/x?user=u&password=p&ssl=true', 'jdbc:postgresql://u:[hidden]@db/x?user=u&password=[hidden]&ssl=true'],
    ['postgres://u:p@ss@h1:5432,h2:5433/db', 'postgres://u:[hidden]@h1:5432,h2:5433/db'],
    ['postgres://u:p/a?b#c@h/db', 'postgres://u:[hidden]@h/db'],
    // A URL without its slashes, or without its scheme.
    ['postgres:neu@localhost:25432/library', 'postgres:[hidden]@localhost:25432/library'],
    ['jdbc:postgresql:/postgres:neu@localhost/library', 'jdbc:postgresql:/[hidden]@localhost/library'],
    ['mysql:u:p@ss@h/db', 'mysql:[hidden]@h/db'],
    ['u:p@ss@h:5432/db', 'u:[hidden]@h:5432/db'],
    ['redis://:p@h:6379', 'redis://:[hidden]@h:6379'],
    ['http://h:8080/x?mail=a@b.c', 'http://h:8080/x?mail=a@b.c'],
    ['http://a:x@h1,http://b:y@h2', 'http://a:[hidden]@h1,http://b:[hidden]@h2'],
    ['jdbc:sqlserver://h:1433;user=u;pwd={a;b};encrypt=true', 'jdbc:sqlserver://h:1433;user=u;pwd=[hidden];encrypt=true'],
    ['jdbc:sqlserver://h;password=two words;encrypt=true', 'jdbc:sqlserver://h;password=[hidden];encrypt=true'],
    ['jdbc:oracle:thin:scott/tiger@//h:1521/x', 'jdbc:oracle:thin:scott/[hidden]@//h:1521/x'],
    ['https://h/x?sslpassword=a&token=b', 'https://h/x?sslpassword=[hidden]&token=[hidden]'],
    ['DefaultEndpointsProtocol=https;AccountName=n;AccountKey=a+b==;E=x', 'DefaultEndpointsProtocol=https;AccountName=n;AccountKey=[hidden];E=x'],
    ['org.x.Plain required username="u" password="p,;\\"q" x="y";', 'org.x.Plain required username="u" password="[hidden]" x="y";'],
    ['{"user":"u","password":"p\\"q","n":{"api_key":12}}', '{"user":"u","password":"[hidden]","n":{"api_key":[hidden]}}'],
    ['"{\\"password\\":\\"p\\",\\"a\\":\\"b\\"}"', '"{\\"password\\":\\"[hidden]\\",\\"a\\":\\"b\\"}"'],
    ['[{"name":"Authorization","value":"Bearer x1"},{"name":"A","value":"b"}]', '[{"name":"Authorization","value":"Bearer [hidden]"},{"name":"A","value":"b"}]'],
    ['Authorization:Bearer abc, X-Api-Key: k|Accept: text/plain', 'Authorization:Bearer [hidden], X-Api-Key: [hidden]|Accept: text/plain'],
    ['https://h/x?key=QS&a=b', 'https://h/x?key=[hidden]&a=b'],
    ['https://h/x?a=b&api_key=1&apikey=2&access_token=3&sig=4&X-Amz-Signature=5', 'https://h/x?a=b&api_key=[hidden]&apikey=[hidden]&access_token=[hidden]&sig=[hidden]&X-Amz-Signature=[hidden]'],
    ['https://h/api/f?code=abc==&appid=9&app_key=8&auth=7', 'https://h/api/f?code=[hidden]&appid=[hidden]&app_key=[hidden]&auth=[hidden]'],
    ['https://h/x?key=${env:K}&sort=key&keys=2&postcode=1', 'https://h/x?key=${env:K}&sort=key&keys=2&postcode=1'],
    ['key=id;code=5', 'key=id;code=5'],
    ['https://h/x#access_token=c', 'https://h/x#access_token=[hidden]'],
    ['host=h password=p dbname=x', 'host=h password=[hidden] dbname=x'],
    ['postgres://u:${file:/run/x:pw}@h/db?password=${env:PW}', 'postgres://u:${file:/run/x:pw}@h/db?password=${env:PW}'],
    ['${secret:place:folder}/out.txt', '${secret:place:folder}/out.txt'],
    ['${secret:place:folder}/out.txt?password=hush', '${secret:place:folder}/out.txt?password=[hidden]'],
    ['-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----', '-----BEGIN PRIVATE KEY-----\n[hidden]-----END PRIVATE KEY-----'],
    ['SELECT id, name FROM t WHERE a = 1 AND u LIKE \'a:b\'', 'SELECT id, name FROM t WHERE a = 1 AND u LIKE \'a:b\''],
  ])('%s', (value, shown) => {
    expect(maskValue(value)).toBe(shown);
    expect(maskValue(shown)).toBe(shown);
  }); // prettier-ignore

  test('a sentence keeps its words', () => {
    for (const text of [
      'Validation error: connection.password: Invalid value [hidden] for configuration connection.password: password authentication failed for user "me"',
      'Unexpected token: ;',
      'Basic authentication is required',
      'Login failed; token expired',
    ])
      expect(maskText(text)).toBe(text);
    expect(maskText('Invalid value jdbc:x://h;pwd=s for configuration url: no')).toBe(
      'Invalid value jdbc:x://h;pwd=[hidden] for configuration url: no',
    );
  });
});

describe('settings', () => {
  test('by type, else by name, else what the value carries', () => {
    const types: Record<string, string> = {
      pin: 'PASSWORD',
      'token.size': 'INT',
      'use.password': 'BOOLEAN',
      password: 'STRING',
    };
    const settings = {
      pin: '1', 'token.size': '2', 'use.password': 'true', password: 'p', 'auth.header': 'h', 'bypass.cache': 'x', ref: '${env:X}', token: '${env:T}',
    }; // prettier-ignore
    expect(maskSettings(settings, (name) => types[name])).toEqual({
      ...settings, pin: '[hidden]', password: '[hidden]', 'auth.header': '[hidden]',
    }); // prettier-ignore
  });
});

describe('known secrets', () => {
  test('a secret that a text may contain by chance is hidden where it is given as one, and told by no gap', () => {
    expect(hideSecrets('jdbc:postgresql://h/postgres: password "postgres" of postgres_1', ['postgres'])).toBe(
      'jdbc:postgresql://h/postgres: password "[hidden]" of postgres_1',
    );
    for (const [secret, sentence] of [
      ['other', 'Call getNextException to see other errors in the batch.'],
      ['orders', 'relation "orders" does not exist'],
      ['5432', 'connect ECONNREFUSED 127.0.0.1:5432'],
      ['a1', 'task a1 of 3'],
      ['too', 'value too long for type character varying(6)'],
    ] as const)
      expect(hideSecrets(sentence, [secret])).toBe(sentence);
    for (const given of [
      'the password is: X!',
      "token 'X' has expired",
      'password=X&a=b',
      '{"password":"X","a":1}',
      'postgres://u:X@h/d',
      'Invalid value X for configuration pin: too short',
      'Authorization: X',
    ])
      for (const secret of ['other', '1234', 'a1', 'a+b', 'ö'])
        expect(hideSecrets(given.replace('X', secret), [secret])).toBe(given.replace('X', '[hidden]'));
    expect(hideSecrets('postgres://h is away', ['postgres'])).toBe('postgres://h is away');
    expect(hideSecrets('xs3cretx a%2Fb+c', ['s3cret', 'a/b+c'])).toBe('x[hidden]x a%2Fb+c');
    expect(hideSecrets('a%2Fb%2Bc', ['a/b+c'])).toBe('[hidden]');
  });
  test('the parts of a hidden value', () => {
    expect(secretsOf({ 'basic.auth.user.info': 'me:word', 'auth.header': 'Bearer t0ken' })).toEqual([
      'Bearer t0ken', 'me:word', 't0ken', 'word',
    ]); // prettier-ignore
  });
  test('a password that is the name of the user or the database as well hides neither, but in its place', () => {
    for (const settings of [
      { 'connection.url': 'postgres://postgres:postgres@localhost:5432/postgres' },
      {
        'connection.url': 'jdbc:postgresql://localhost/postgres',
        'connection.user': 'u',
        'connection.password': 'postgres',
      },
      { 'connection.url': 'jdbc:postgresql://h/x', 'connection.user': 'postgres', 'connection.password': 'postgres' },
    ]) {
      const hide = (text: string) => hideSecrets(text, secretsOf(settings));
      expect(hide('jdbc:postgresql://localhost/postgres is away')).toBe('jdbc:postgresql://localhost/postgres is away');
      expect(hide('postgres://postgres:postgres@h/postgres')).toBe('postgres://postgres:[hidden]@h/postgres');
      expect(hide('x?user=postgres&password=postgres')).toBe('x?user=postgres&password=[hidden]');
    }
  });
  test('a password that stands in clear inside of another name, or as a scheme, is hidden all the same', () => {
    const settings = { 'connection.password': 'orders7', topics: 'orders7-eu,eu.orders7,orders7_1' };
    expect(hideSecrets('orders7?', secretsOf(settings))).toBe('[hidden]?');
    expect(secretsOf({ url: 'postgres://u:postgres@h/x' })).toEqual(['postgres']);
    expect(secretsOf({ url: 'postgres://u:hidden@h/x' })).toEqual(['hidden']);
  });
  test('what stood behind a reference is hidden wherever it stands', () => {
    const resolved = { 'connection.user': 's3cret', 'connection.password': 's3cret', topics: 'a' };
    expect(secretsOf(resolved, undefined, ['s3cret'])).toEqual(['s3cret']);
    const behind = { 'connection.url': 'jdbc:x://h/word', 'connection.password': 'word' };
    expect(secretsOf(behind, undefined, ['jdbc:x://h/word'])).toContain('word');
  });
  test('a log tells none', () => {
    const lines: string[] = [];
    const to = { ...SILENT_LOGGER, warn: (m: string, f?: object) => void lines.push(m + JSON.stringify(f)) };
    hidingLogger({ ...to, child: () => to }, () => ['hunter2'])
      .child({})
      .warn('no hunter2', { why: 'hunter2', n: 1 });
    expect(lines).toEqual(['no [hidden]{"why":"[hidden]","n":1}']);
  });
});

/** Forms of secrets in settings: the name of a setting and its value. */
const FORMS: readonly ((secret: string) => readonly [string, string])[] = [
  (s) => ['database.password', s],
  (s) => ['value.converter.schema.registry.basic.auth.user.info', `me:${s}`],
  (s) => ['http.auth.header', `Bearer ${s}`],
  (s) => ['aws.access.key.id', s],
  (s) => ['connection.url', `jdbc:postgresql://u:${s}@h:1/x`],
  (s) => ['connection.url', `jdbc:x://h/x?a=b&sslpassword=${encodeURIComponent(s)}&c=d`],
  (s) => ['connection.url', `jdbc:sqlserver://h;pwd=${s};x=y`],
  (s) => ['uri', `https://h/?access_token=${encodeURIComponent(s)}`],
  (s) => ['http.api.url', `https://h/?a=b&key=${encodeURIComponent(s)}&c=d`],
  (s) => ['http.api.url', `https://h/?code=${encodeURIComponent(s)}`],
  (s) => ['http.api.url', `https://h/?api_key=${encodeURIComponent(s)}`],
  (s) => ['http.api.url', `https://h/?a=b&sig=${encodeURIComponent(s)}`],
  (s) => ['consumer.override.sasl', `x.Plain required username="u" password="${s}";`],
  (s) => ['options', JSON.stringify({ a: 'b', client_secret: s, c: 1 })],
  (s) => ['options', JSON.stringify({ inner: JSON.stringify({ apiKey: s }) })],
  (s) => ['http.headers', `Accept: x|Authorization: Basic ${s}|X-A: b`],
  (s) => ['http.headers', `X-Auth-Token:${s},X-A:b`],
  (s) => ['properties', `security=x,password=${s}`],
];

test('a planted secret is shown nowhere, in whatever form it stands', () => {
  const secret = fc.stringMatching(/^[A-Za-z0-9!$*+._~-]{6,20}Q7$/);
  fc.assert(
    fc.property(secret, fc.constantFrom(...FORMS), (planted, form) => {
      const [name, value] = form(planted);
      const shown = maskSettings({ [name]: value });
      expect(JSON.stringify(shown)).not.toContain(planted);
      expect(maskSettings(shown)).toEqual(shown);
      const known = secretsOf({ [name]: value });
      for (const said of [value, planted, encodeURIComponent(planted), JSON.stringify({ x: value })])
        expect(hideSecrets(`Refused: ${said} (no)`, known)).not.toContain(planted);
    }),
    { numRuns: 1500 },
  );
});

test('the time that a long text takes grows with its length alone', () => {
  for (const unit of [' ', 'a ', '; ', ';a ', '\\', '\\"', '"a":', '://a:', 'a=', 'password=', '"', "'"]) {
    const mask = (length: number): void => {
      const text = unit.repeat(length / unit.length);
      maskText(text);
      maskValue(text);
    };
    expect(growthByFour(mask, 20_000, 10), unit).toBeLessThan(10);
  }
});
