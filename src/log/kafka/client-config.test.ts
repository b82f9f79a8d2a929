import { describe, expect, test } from 'vitest';
import { clientConfigOf } from './client-config.ts';
import { parseJaas } from './jaas.ts';

const BASE = { 'bootstrap.servers': 'a:9092' };

describe('clientConfigOf', () => {
  test('reads addresses, also with a protocol and IPv6', () => {
    expect(clientConfigOf({ 'bootstrap.servers': 'a:9092, PLAINTEXT://b:1,[::1]:3' }).bootstrap).toEqual([
      { host: 'a', port: 9092 },
      { host: 'b', port: 1 },
      { host: '::1', port: 3 },
    ]);
  });

  test.each([
    [{}, /Invalid value for bootstrap.servers: no broker/],
    [{ 'bootstrap.servers': 'localhost' }, /'localhost' is not host:port/],
    [{ ...BASE, 'security.protocol': 'TLS' }, /Invalid value for security.protocol: 'TLS'/],
    [{ ...BASE, 'security.protocol': 'SASL_SSL' }, /Invalid value for sasl.mechanism: 'GSSAPI'/],
    [
      { ...BASE, 'security.protocol': 'SASL_SSL', 'sasl.mechanism': 'PLAIN' },
      /Invalid value for sasl.jaas.config: username and password/,
    ],
    [{ ...BASE, 'request.timeout.ms': 'soon' }, /Invalid value for request.timeout.ms: 'soon' is not a number/],
    [
      { ...BASE, 'security.protocol': 'SSL', 'ssl.truststore.location': '/x.jks' },
      /Invalid value for ssl.truststore.location: cannot read '\/x.jks'/,
    ],
    [{ ...BASE, 'security.protocol': 'SSL', 'ssl.truststore.certificates': 'nonsense' }, /no PEM certificate/],
  ])('refuses %o', (properties, message) => {
    expect(() => clientConfigOf(properties as Record<string, string>)).toThrow(message);
  });

  test('a secret is in no message', () => {
    const jaas = 'x.PlainLoginModule required username="u" password="s3cret"';
    const properties = {
      ...BASE,
      'security.protocol': 'SASL_SSL',
      'sasl.mechanism': 'PLAIN',
      'sasl.jaas.config': jaas,
    };
    expect(() => clientConfigOf(properties)).toThrow(/^(?!.*s3cret)/s);
  });

  test('OAUTHBEARER fetches its token anew for each connection', async () => {
    const asked: unknown[] = [];
    const config = clientConfigOf(
      {
        ...BASE,
        'security.protocol': 'SASL_SSL',
        'sasl.mechanism': 'OAUTHBEARER',
        'sasl.oauthbearer.token.endpoint.url': 'https://idp/token',
        'sasl.jaas.config': 'x.OAuthBearerLoginModule required clientId="id" clientSecret="secret" scope="kafka";',
      },
      {
        fetchToken: async (...args) => {
          asked.push(args);
          return 'token';
        },
      },
    );
    expect(await (config.sasl!.token as () => Promise<string>)()).toBe('token');
    expect(asked).toEqual([['https://idp/token', 'id', 'secret', 'kafka']]);
  });

  test('an empty endpoint identification algorithm turns the check of the host name off', () => {
    const config = clientConfigOf({ ...BASE, 'security.protocol': 'SSL', 'ssl.endpoint.identification.algorithm': '' });
    expect(config.tls!.checkServerIdentity!('any', {} as never)).toBeUndefined();
  });
});

describe('parseJaas', () => {
  test('reads quoted, escaped and bare options', () => {
    expect(parseJaas(`org.x.Module required username="al\\"ice" password='p;w' serviceName=kafka;`)).toEqual({
      username: 'al"ice',
      password: 'p;w',
      serviceName: 'kafka',
    });
    expect(parseJaas('  ')).toEqual({});
  });

  test('refuses what Kafka refuses', () => {
    expect(() => parseJaas('username="a"')).toThrow(/login module/);
    expect(() => parseJaas('x.Module required username="a"')).toThrow(/semicolon/);
  });
});
