import { scryptSync } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { createServer, type Server } from 'node:http';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Need } from '../base/rights.ts';
import { createAuthenticator, type Authenticator, type Proofs } from './authenticator.ts';
import { hashPassword, isPassword, readPassword } from './passwords.ts';
import { distinguishedName, principalMapper } from './principal.ts';
import { isGranted, readRoles } from './roles.ts';
import { tokenVerifier, type TokenSettings } from './tokens.ts';
import { readUsers } from './users-file.ts';

const basic = (name: string, password: string): string =>
  `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;

let nowMs = 0;

function authenticator(users: string, more: Partial<Proofs> = {}): Authenticator {
  const read = readUsers(users, 'users');
  return createAuthenticator({
    users: () => read,
    basic: true,
    tokens: undefined,
    certificates: false,
    admitted: ['*'],
    roles: readRoles([], ['*']),
    onFault: () => undefined,
    // Attempts are far apart: the delay after wrong passwords has its own test.
    nowMs: () => (nowMs += 1e9),
    secret: 'of this test',
    ...more,
  });
}

const asker = (authorization?: string, certificateUser?: string) => ({ authorization, certificateUser, from: '::1' });

describe('passwords', () => {
  // From Jetty's documentation: "password" in each form.
  test.each(['password', 'OBF:1v2j1uum1xtv1zej1zer1xtn1uvk1v1v', 'MD5:5f4dcc3b5aa765d61d8327deb882cf99'])(
    'in the form %s',
    async (form) => {
      const stored = readPassword(form, 'users:1');
      expect(await isPassword('password', stored)).toBe(true);
      expect(await isPassword('Password', stored)).toBe(false);
    },
  );

  test('that are hashed', async () => {
    const line = await hashPassword('pass, word: ü', Buffer.from('0123456789abcdef'));
    expect(line).toMatch(/^SCRYPT:15:[\w-]+:[\w-]+$/);
    expect(await isPassword('pass, word: ü', readPassword(line, 'users:1'))).toBe(true);
    expect(await isPassword('pass, word: u', readPassword(line, 'users:1'))).toBe(false);
  });

  test.each(['CRYPT:usjRS48E8ZADM', 'SCRYPT:15:short:x', 'SCRYPT:99:c2FsdHNhbHRzYWx0:x', 'MD5:12', 'OBF:!!!!'])(
    'in a form that is not taken: %s',
    (form) => {
      expect(() => readPassword(form, '/etc/users:7')).toThrow(/^\/etc\/users:7/);
      try {
        readPassword(form, '/etc/users:7');
      } catch (error) {
        expect(String(error)).not.toContain(form.split(':')[1]);
      }
    },
  );
});

describe('files of users', () => {
  test('are Jetty’s', () => {
    const users = readUsers(
      '# people\n\n fred : OBF:1v2j1uum1xtv1zej1zer1xtn1uvk1v1v,user, admin\r\n! no\nharry: x\n',
      'u',
    );
    expect([...users.values()].map(({ name, roles }) => [name, roles])).toEqual([
      ['fred', ['user', 'admin']],
      ['harry', []],
    ]);
  });

  test.each(['fred', 'fred secret,admin', ': secret', 'a: secret\na: secret'])('with a fault: %s', (text) => {
    expect(() => readUsers(text, '/etc/users')).toThrow(/^\/etc\/users:\d/);
    expect(() => readUsers(text, '/etc/users')).not.toThrow(/secret/);
  });
});

describe('roles', () => {
  const roles = readRoles(
    [
      ['authentication.role.etl', 'read, connectors:etl-*'],
      ['authentication.role.nothing', ''],
      ['listeners', 'x'],
    ],
    ['ksql-user', 'reader'],
  );
  const may = (role: string, right: Need['right'], connector?: string): boolean =>
    isGranted(roles, [role], { right, connector });

  test('grant what they say, and no more', () => {
    expect(['see', 'read', 'write', 'connectors', 'administer'].map((r) => may('reader', r as Need['right']))).toEqual([
      true, true, false, false, false,
    ]); // prettier-ignore
    expect(may('connectors', 'read')).toBe(false);
    expect(may('admin', 'connectors', 'x')).toBe(true);
    expect(may('nothing', 'see')).toBe(false);
    expect(may('unheard-of', 'see')).toBe(false);
    // As in ksqlDB, where anyone who may use the server may do everything.
    expect(may('ksql-user', 'administer')).toBe(true);
  });

  test('grant connectors by name, whatever its case', () => {
    expect(may('etl', 'connectors', 'etl-a')).toBe(true);
    expect(may('etl', 'connectors', 'ETL-A')).toBe(true);
    expect(may('etl', 'connectors', 'other-etl-a')).toBe(false);
    expect(may('etl', 'connectors', 'other\netl-a')).toBe(false);
    expect(may('etl', 'connectors')).toBe(true);
  });

  test('grant rows by name, whatever its case, and nothing without a name', () => {
    const some = readRoles([['authentication.role.shop', 'read:SHOP_*,read:public,write:shop_tmp_*']], []);
    const can = (right: Need['right'], source?: string): boolean => isGranted(some, ['shop'], { right, source });
    expect(['SHOP_A', 'shop_a', 'PUBLIC', 'publics', 'OTHER', undefined].map((name) => can('read', name))).toEqual([
      true, true, true, false, false, false,
    ]); // prettier-ignore
    expect(['SHOP_TMP_1', 'SHOP_A', undefined].map((name) => can('write', name))).toEqual([true, false, false]);
    expect(can('see')).toBe(true);
    expect(isGranted(some, ['shop', 'reader'], { right: 'read' })).toBe(true);
  });

  test.each(['rite', 'see:x', 'read:', 'connectors:', 'read write'])('with a word that is no right: %s', (text) => {
    expect(() => readRoles([['authentication.role.a', text]], [])).toThrow(/is no right/);
  });
});

describe('names of certificates', () => {
  // The rules and names of KIP-371.
  const name = 'CN=kafka-broker1,OU=ServiceUsers,O=Unknown,L=Unknown,ST=Unknown,C=Unknown';
  test.each([
    ['DEFAULT', name, name],
    ['RULE:^CN=(.*?),OU=ServiceUsers.*$/$1/', name, 'kafka-broker1'],
    ['RULE:^CN=(.*?),OU=ServiceUsers.*$/$1/U,DEFAULT', name, 'KAFKA-BROKER1'],
    ['RULE:^CN=(.*?),OU=Admin.*$/$1/, RULE:^CN=([^,]+).*$/$1@home/L', name, 'kafka-broker1@home'],
    [String.raw`RULE:^CN=a\/b$/$0/,DEFAULT`, 'CN=other', 'CN=other'],
    ['RULE:^OU=(.*)$/$1/', name, undefined],
    // A rule matches whole names: otherwise CN=admin within another part would be sufficient.
    ['RULE:CN=([^,]+)/$1/', name, undefined],
    ['RULE:CN=admin/admin/,RULE:^.*$/nobody/', 'CN=x,OU=CN=admin', 'nobody'],
  ])('by %s', (rules, given, user) => {
    expect(principalMapper(rules, 'ssl.principal.mapping.rules')(given)).toBe(user);
  });

  test.each(['DEFAULT nonsense', 'RULE:a/b', 'RULE:(/x/'])('with rules that are none: %s', (rules) => {
    expect(() => principalMapper(rules, 'ssl.principal.mapping.rules')).toThrow(/ssl\.principal\.mapping\.rules/);
  });

  test('are read as Java’s', () => {
    expect(distinguishedName('C=DE\nO=Shop\nCN=etl')).toBe('CN=etl,O=Shop,C=DE');
  });
});

describe('who asks', () => {
  test('by password', async () => {
    const auth = authenticator(`me: s:e:cret,reader\nhashed: ${await hashPassword('long', Buffer.alloc(16, 1))},admin`);
    expect(await auth.recognize(asker())).toBe('stranger');
    for (const wrong of ['me:x', 'me:', 'x:s:e:cret', ':', 'hashed:short', 'hashed:'])
      expect(await auth.recognize(asker(`Basic ${Buffer.from(wrong).toString('base64')}`))).toBe('refused');
    for (const odd of ['', 'Basic', 'Basic ?', 'Digest abc', 'Bearer abc', 'basic'])
      expect(await auth.recognize(asker(odd))).toBe('refused');
    expect(await auth.recognize(asker(basic('me', 's:e:cret')))).toMatchObject({ name: 'me', from: '::1' });
    // The second attempt is compared with the stored digest, which matches only the right password.
    for (let i = 0; i < 2; i++)
      expect(await auth.recognize(asker(basic('hashed', 'long')))).toMatchObject({ name: 'hashed' });
    expect(await auth.recognize(asker(basic('hashed', 'wrong')))).toBe('refused');
    expect(auth.challenge).toBe('Basic realm="sluice", charset="UTF-8"');
  });

  test('is told to come back while many passwords are hashed', async () => {
    // Low-cost hashes, because their duration does not matter here.
    const salt = Buffer.alloc(16, 1);
    const hash = scryptSync('right', salt, 32, { N: 2 ** 10, r: 8, p: 1 });
    const auth = authenticator(`a: SCRYPT:10:${salt.toString('base64url')}:${hash.toString('base64url')},admin`);
    const all = await Promise.all(Array.from({ length: 30 }, (_, i) => auth.recognize(asker(basic('a', `${i}`)))));
    expect(all.filter((answer) => answer === 'busy').length).toBeGreaterThan(0);
    expect(await auth.recognize(asker(basic('a', 'right')))).toMatchObject({ name: 'a' });
  });

  test('by certificate, whose name is in the file', async () => {
    const auth = authenticator('etl: CERTIFICATE,writer', { certificates: true });
    const known = await auth.recognize(asker(undefined, 'etl'));
    expect(known).toMatchObject({ name: 'etl' });
    expect(typeof known === 'object' && 'may' in known && known.may({ right: 'write' })).toBe(true);
    const unknown = await auth.recognize(asker(undefined, 'other'));
    expect(typeof unknown === 'object' && 'may' in unknown && unknown.may({ right: 'see' })).toBe(false);
    expect(await auth.recognize(asker(basic('etl', 'CERTIFICATE')))).toBe('refused');
    // Certificates are accepted only if the settings enable them.
    expect(await authenticator('etl: CERTIFICATE,writer').recognize(asker(undefined, 'etl'))).toBe('stranger');
  });

  test('of roles that are not let in may nothing', async () => {
    const auth = authenticator('a: x,writer\nb: x,reader', { admitted: ['reader'] });
    const [a, b] = await Promise.all(['a', 'b'].map((name) => auth.recognize(asker(basic(name, 'x')))));
    expect(typeof a === 'object' && 'may' in a && a.may({ right: 'see' })).toBe(false);
    expect(typeof b === 'object' && 'may' in b && b.may({ right: 'see' })).toBe(true);
  });
});

describe('tokens', () => {
  let issuer: Server;
  let url: string;
  let ours: CryptoKey;
  let others: CryptoKey;
  let jwks: { readonly keys: readonly JWK[] };

  beforeAll(async () => {
    const pair = await generateKeyPair('RS256');
    ours = pair.privateKey;
    others = (await generateKeyPair('RS256')).privateKey;
    jwks = { keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'a', alg: 'RS256', use: 'sig' }] };
    issuer = createServer((asked, answer) => {
      const body = asked.url === '/keys' ? jwks : { issuer: url, jwks_uri: `${url}/keys` };
      answer.setHeader('content-type', 'application/json').end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(issuer.address() as { port: number }).port}`;
  });

  afterAll(() => issuer.close());

  const settings = (more: Partial<TokenSettings> = {}): TokenSettings => ({
    issuer: url,
    audiences: ['sluice'],
    keys: { text: JSON.stringify(jwks) },
    nameClaim: 'sub',
    rolesClaim: 'realm_access.roles',
    ...more,
  });

  const token = (claims: Record<string, unknown> = {}, key = ours): Promise<string> =>
    new SignJWT({ iss: url, aud: 'sluice', sub: 'ann', exp: soon(), realm_access: { roles: ['reader'] }, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'a' })
      .sign(key);
  const soon = (): number => Math.floor(Date.now() / 1000) + 60;

  test('of the issuer, for us, not over, are taken', async () => {
    const verifier = await tokenVerifier(settings());
    expect(await verifier.verify(await token())).toEqual({ name: 'ann', roles: ['reader'] });
  });

  test.each([{ text: 'file' }, { url: 'keys' }, { url: 'discovered' }])('with keys of %o', async (from) => {
    const keys = from.url === 'keys' ? { url: `${url}/keys` } : undefined;
    const verifier = await tokenVerifier(from.text === undefined ? settings({ keys }) : settings());
    expect(await verifier.verify(await token())).toMatchObject({ name: 'ann' });
  });

  test('others are not', async () => {
    const verifier = await tokenVerifier(settings());
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const body = { iss: url, aud: 'sluice', sub: 'ann', exp: soon(), realm_access: { roles: ['admin'] } };
    const wrong = {
      'of another issuer': await token({ iss: 'http://elsewhere' }),
      'for another service': await token({ aud: 'shop' }),
      'for nobody': await token({ aud: undefined }),
      'that is over': await token({ exp: soon() - 600 }),
      'without an end': await token({ exp: undefined }),
      'that is not yet': await token({ nbf: soon() + 600 }),
      'without a name': await token({ sub: '' }),
      'of another key': await token({}, others),
      'without a signature': `${part({ alg: 'none' })}.${part(body)}.`,
      'signed with the public key': await new SignJWT(body)
        .setProtectedHeader({ alg: 'HS256', kid: 'a' })
        .sign(Buffer.from(JSON.stringify(jwks.keys[0]))),
      'that is none': 'abc.def',
    };
    for (const [what, text] of Object.entries(wrong))
      expect([what, await verifier.verify(text)]).toEqual([what, undefined]);
  });

  test('have roles as words, and under names with dots', async () => {
    const words = await tokenVerifier(settings({ rolesClaim: 'scope' }));
    expect(await words.verify(await token({ scope: 'reader writer' }))).toMatchObject({ roles: ['reader', 'writer'] });
    const dotted = await tokenVerifier(settings({ rolesClaim: 'https://a.example/roles' }));
    expect(await dotted.verify(await token({ 'https://a.example/roles': ['admin', 7] }))).toMatchObject({
      roles: ['admin'],
    });
    expect(await dotted.verify(await token())).toMatchObject({ roles: [] });
  });

  test('are looked at by nobody while the issuer sends documents without an end', async () => {
    const bomb = gzipSync(Buffer.alloc(2 << 20, ' '));
    for (const large of ['/keys', '/.well-known/openid-configuration']) {
      const issuer = createServer((asked, answer) => {
        if (asked.url === large) answer.setHeader('content-encoding', 'gzip').end(bomb);
        else answer.end(JSON.stringify({ jwks_uri: `http://${asked.headers.host}/keys` }));
      });
      await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
      const { port } = issuer.address() as { port: number };
      const tokens = await tokenVerifier(settings({ issuer: `http://127.0.0.1:${port}`, keys: undefined }));
      await expect(tokens.verify(await token({}))).rejects.toThrow('more than 1048576 bytes');
      issuer.close();
    }
  });

  test('are looked at by nobody while the issuer is away', async () => {
    const faults: unknown[] = [];
    const tokens = await tokenVerifier(settings({ issuer: 'http://127.0.0.1:1', keys: undefined }));
    const auth = authenticator('', { tokens, onFault: (error) => faults.push(error) });
    expect(await auth.recognize(asker(`Bearer ${await token()}`))).toBe('busy');
    expect(faults).toHaveLength(1);
    expect(auth.challenge).toContain('Bearer realm="sluice"');
  });

  test('with a key set that is none', async () => {
    await expect(tokenVerifier(settings({ keys: { text: '{' } }))).rejects.toThrow(/authentication\.bearer\.jwks/);
  });
});
