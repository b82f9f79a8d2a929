import { describe, expect, test } from 'vitest';
import { fixedZone, UTC } from '../../../types/zone.ts';
import { isForMysql } from './entry.ts';
import { MYSQL_ERRORS } from './errors.ts';
import { mysqlSource } from './source-plugin.ts';
import { CLOUD_WORDS } from './cloud-words.ts';
import { daysOfText, instantText, microsOfText, microsOfTime, textOfMicros } from './times.ts';
import { MYSQL_FILES } from './url-tls.ts';
import { mysqlSystem, parseMysqlUrl, type MysqlTarget } from './url.ts';

describe('URLs', () => {
  test.each([
    [
      'jdbc:mysql://db:3307/shop?user=me&password=p%20w',
      { host: 'db', port: 3307, database: 'shop', user: 'me', password: 'p w' },
    ],
    ['jdbc:mariadb://db/shop', { host: 'db', port: 3306, user: undefined, ssl: false, booleans: true }],
    [
      'mysql://me:s%40fe@[::1]/shop?sslMode=VERIFY_CA',
      { host: '::1', password: 's@fe', ssl: { rejectUnauthorized: true, checksHost: false } },
    ],
    [
      'jdbc:mysql://a:1,b:2/shop?useSSL=true&tinyInt1isBit=false',
      { host: 'a', port: 1, ssl: { rejectUnauthorized: false }, booleans: false },
    ],
    ['jdbc:mysql:replication://a,b/shop?zeroDateTimeBehavior=convertToNull', { host: 'a', zeroDatesAreNull: true }],
  ])('%s', (url, expected) => expect(parseMysqlUrl(url)).toMatchObject(expected));

  const NO_TLS = { ssl: false };
  const ENCRYPTED = { ssl: { rejectUnauthorized: false, checksHost: false } };
  const VOUCHED = { ssl: { rejectUnauthorized: true, checksHost: false } };
  const NAMED = { ssl: { rejectUnauthorized: true, checksHost: true } };
  test.each([
    ['sslMode=DISABLED', NO_TLS],
    ['ssl-mode=PREFERRED', NO_TLS],
    ['useSSL=false', NO_TLS],
    ['tls=false', NO_TLS],
    ['ssl-mode=REQUIRED', ENCRYPTED],
    ['sslMode=trust', ENCRYPTED],
    ['requireSSL=true', ENCRYPTED],
    ['ssl=true', ENCRYPTED],
    ['tls=skip-verify', ENCRYPTED],
    ['sslaccept=accept_invalid_certs', ENCRYPTED],
    ['useSSL=true&trustServerCertificate=true', ENCRYPTED],
    ['ssl-mode=VERIFY_CA', VOUCHED],
    ['sslMode=verify-ca', VOUCHED],
    ['useSSL=true&verifyServerCertificate=true', VOUCHED],
    ['ssl_verify_cert=true', VOUCHED],
    ['ssl_verify_identity=true&disableSslHostnameVerification=true', VOUCHED],
    ['ssl_mode=VERIFY_IDENTITY', NAMED],
    ['sslMode=verify-full', NAMED],
    ['tls=true', NAMED],
    ['sslaccept=strict', NAMED],
    ['ssl_verify_identity=true', NAMED],
    ...['ssl-ca', 'ssl_ca', 'sslCa', 'sslca', 'sslrootcert', 'serverSslCert'].map(
      (name) => [`${name}=%2Fca.pem`, { ssl: { ...VOUCHED.ssl, rootCert: '/ca.pem' } }] as const,
    ),
    ['sslMode=REQUIRED&ssl-ca=/ca.pem', { ssl: { ...VOUCHED.ssl, rootCert: '/ca.pem' } }],
    ['sslMode=VERIFY_IDENTITY&ssl-ca=/ca.pem', { ssl: { ...NAMED.ssl, rootCert: '/ca.pem' } }],
    [
      'ssl-cert=/c.pem&ssl-key=/k.pem&sslpassword=x',
      { ssl: { ...ENCRYPTED.ssl, cert: '/c.pem', key: '/k.pem', passphrase: 'x' } },
    ],
    ['ssl=true&enabledTLSProtocols=TLSv1.3', { ssl: { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' } }],
    ['ssl=true&tls-versions=TLSv1.1,TLSv1.2', { ssl: { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } }],
  ] as const)('TLS: %s', (query, expected) => expect(parseMysqlUrl(`mysql://h/d?${query}`)).toMatchObject(expected));

  test.each([
    ['sslMode=VERIFY', 'sslMode=VERIFY of the URL: it is one of DISABLED, '],
    ['tls=custom', 'tls=custom of the URL: it is one of true, skip-verify'],
    ['ssl={"ca":"x"}', 'it is true or false'],
    ['ssl-capath=/certs', 'ssl-capath of the URL has no effect here: TLS is said by sslMode, ssl-ca, '],
    ['ssl-crl=/crl', 'ssl-crl of the URL has no effect'],
    ['trustCertificateKeyStoreUrl=file:/x.jks', 'trustCertificateKeyStoreUrl of the URL has no effect'],
    ['trustStore=/x.jks', 'trustStore of the URL has no effect'],
    ['sslmde=REQUIRED', 'sslmde of the URL has no effect'],
    ['ssl-cipher=AES', 'ssl-cipher of the URL has no effect'],
    ['sslMode=DISABLED&ssl-ca=/ca.pem', 'ssl-ca of the URL has no effect without TLS: sslMode=DISABLED asks for none'],
    ['useSSL=false&sslrootcert=/ca.pem', 'sslrootcert of the URL has no effect without TLS: useSSL=false asks'],
    ['ssl-cert=/c.pem', 'ssl-cert without ssl-key'],
    ['ssl-ca=/a.pem&sslrootcert=/b.pem', 'ssl-ca and sslrootcert, which are one'],
    ['sslMode=DISABLED&ssl-mode=VERIFY_CA', 'sslMode and ssl-mode, which are one'],
    ['ssl=true&tlsVersions=TLSv1', "'TLSv1' names neither TLSv1.2 nor TLSv1.3"],
  ])('TLS that would be silence: %s', (query, reason) =>
    expect(parseMysqlUrl(`mysql://h/d?${query}`)).toContain(reason),
  );

  test('a name is compared where there is one', () => {
    expect(parseMysqlUrl('mysql://10.0.0.1/d?sslMode=VERIFY_IDENTITY')).toContain('10.0.0.1 is none: write the name');
  });

  test('the files of a URL are found and put back, however they are spelt', () => {
    const [ca, cert] = MYSQL_FILES;
    const url = 'mysql://h/d?sslMode=VERIFY_CA&ssl%2Dca=%2Fa%20b.pem&ssl_cert=/c.pem&ssl_key=/k.pem';
    expect([ca!.path(url), cert!.path(url), ca!.path('mysql://h/d')]).toEqual(['/a b.pem', '/c.pem', undefined]);
    expect(parseMysqlUrl(ca!.put('/real/ca.pem', url))).toMatchObject({
      ssl: { rootCert: '/real/ca.pem', cert: '/c.pem' },
    });
  });

  test('that are none', () => {
    expect(parseMysqlUrl('jdbc:postgresql://x/y')).toMatch(/Not a MySQL URL/);
    const slashless = parseMysqlUrl('mysql:me:pass7@localhost:3306/x');
    expect(slashless).toBe(
      'The URL lacks // behind its scheme: it begins with mysql://, and the login, @ and localhost:3306/x follow',
    );
    expect(parseMysqlUrl('mysql://localhost')).toMatch(/names no database/);
    expect(parseMysqlUrl('mysql://localhost:99999/x')).toMatch(/65535/);
  });

  test('a place has one name, and its connector', () => {
    const system = (url: string) => mysqlSystem(parseMysqlUrl(url) as MysqlTarget);
    expect(system('jdbc:mariadb://127.0.0.1/shop')).toBe(system('mysql://me:x@LOCALHOST:3306/shop'));
    expect(isForMysql({ 'connection.url': ' jdbc:MySQL://x/y' })).toBe(true);
    expect(isForMysql({ 'connection.url': 'jdbc:postgresql://x/mysql' })).toBe(false);
  });

  test("in the words of Confluent's cloud", () => {
    expect(
      CLOUD_WORDS.translate({
        'connection.host': 'h',
        'db.name': 'd',
        'ssl.mode': 'require',
        'output.data.format': 'JSON',
        mode: 'bulk',
      }),
    ).toEqual({
      'connection.url': 'jdbc:mysql://h:3306/d?sslMode=require',
      'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
      'value.converter.schemas.enable': 'false',
      mode: 'bulk',
    });
  });
});

describe('times', () => {
  test('texts of the server, and back', () => {
    const micros = microsOfText('2024-01-31 10:00:00.123456', UTC)!;
    expect(micros).toBe(Date.UTC(2024, 0, 31, 10) * 1000 + 123_456);
    expect(textOfMicros(micros, UTC)).toBe('2024-01-31 10:00:00.123456');
    expect(microsOfText('1969-12-31 23:59:59.999999', UTC)).toBe(-1);
    expect(textOfMicros(-1, UTC)).toBe('1969-12-31 23:59:59.999999');
    const east = fixedZone('+05:30', 330);
    expect(microsOfText('1970-01-01 05:30:00', east)).toBe(0);
    expect(textOfMicros(0, east)).toBe('1970-01-01 05:30:00.000000');
    expect(instantText(0, east)).toBe('1970-01-01 05:30:00.000');
  });
  test.each(['0000-00-00', '2024-00-10', '2024-02-30', '0000-00-00 00:00:00'])('%s is no date', (text) => {
    expect(microsOfText(text, UTC)).toBeUndefined();
    expect(daysOfText(text)).toBeUndefined();
  });
  test('of TIME', () => {
    expect(microsOfTime('12:30:00.5')).toBe(45_000_500_000);
    expect(microsOfTime('-838:59:59')).toBe(-3_020_399_000_000);
  });
  test('modes by timestamp need a fixed distance from UTC', () => {
    const problems = (zone: string, mode = 'timestamp') =>
      mysqlSource.check!({
        mode,
        'timestamp.column.name': 'at',
        'connection.url': 'mysql://x/y',
        'db.timezone': zone,
      }).map((p) => p.key);
    expect(problems('Europe/Berlin')).toContain('db.timezone');
    expect(problems('+01:00')).not.toContain('db.timezone');
    expect(problems('Europe/Berlin', 'bulk')).not.toContain('db.timezone');
  });
});

describe('errors', () => {
  const of = (errno: number, sqlState: string) => Object.assign(new Error('x'), { errno, sqlState });
  test('what they mean', () => {
    expect(MYSQL_ERRORS.isTransient(of(1213, '40001'))).toBe(true);
    expect(MYSQL_ERRORS.isTransient(Object.assign(new Error('x'), { code: 'ECONNREFUSED', errno: -111 }))).toBe(true);
    expect(MYSQL_ERRORS.isTransient(of(1045, '28000'))).toBe(false);
    expect(MYSQL_ERRORS.isRecordError(of(1406, '22001'))).toBe(true);
    expect(MYSQL_ERRORS.isRecordError(of(1364, 'HY000'))).toBe(true);
    expect(MYSQL_ERRORS.isRecordError(of(1265, '01000'))).toBe(true);
    expect(MYSQL_ERRORS.isRecordError(of(1644, '45000'))).toBe(true);
    expect(MYSQL_ERRORS.isRecordError(of(1526, 'HY000'))).toBe(true);
    expect(MYSQL_ERRORS.isRecordError(of(1146, '42S02'))).toBe(false);
    expect(MYSQL_ERRORS.isDuplicate(of(1050, '42S01'))).toBe(true);
    expect(MYSQL_ERRORS.isMissingTable(of(1146, '42S02'))).toBe(true);
  });
});
