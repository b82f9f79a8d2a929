import { describe, expect, test } from 'vitest';
import { maskProperties } from '../sql/printer/mask.ts';
import { inOneLine } from './history.ts';

describe('no secret is kept', () => {
  test.each([
    ["'connection.password'='a''b', 'x'='y'", "'connection.password'='[hidden]', 'x'='y'"],
    ['connection.password=s3cret, mode=bulk', "connection.password='[hidden]', mode=bulk"],
    ['"ssl.keystore.password" = "x y"', '"ssl.keystore.password" = \'[hidden]\''],
    ["SET 'sasl.jaas.config'='org.x required password=\"p\";'", "SET 'sasl.jaas.config'='[hidden]'"],
    ["'basic.auth.user.info'='me:pw'", "'basic.auth.user.info'='[hidden]'"],
    ["url='postgres://me:pw@host/db'", "url='postgres://me:[hidden]@host/db'"],
    [
      'connection.url=jdbc:postgresql://h/db?user=a&password=pw, x=y',
      'connection.url=jdbc:postgresql://h/db?user=a&password=[hidden], x=y',
    ],
    ['aws.secret.access.key=abc', "aws.secret.access.key='[hidden]'"],
    ["'connection.password'='unfinished", "'connection.password'='[hidden]'"],
    [
      "CREATE SECRET s WITH (url='x', b=y); SELECT 'z';",
      "CREATE SECRET s WITH (url='[hidden]', b='[hidden]'); SELECT 'z';",
    ],
    ['alter secret s set ("a"="x;y"', 'alter secret s set ("a"=\'[hidden]\''],
  ])('%s', (text, masked) => {
    expect(maskProperties(text)).toBe(masked);
    expect(maskProperties(masked)).toBe(masked);
  });

  test('references to secrets are no secrets', () => {
    for (const text of ["'connection.password'='${file:/run/secrets:pw}'", "'file'='${secret:place:file}'"])
      expect(maskProperties(text)).toBe(text);
  });

  test('what looks like a password and is none stays', () => {
    expect(maskProperties("SELECT * FROM t WHERE user = 'password';")).toBe("SELECT * FROM t WHERE user = 'password';");
  });
});

describe('a statement in one line', () => {
  test.each([
    ['SELECT *\n  FROM s -- all of it\n  WHERE a = 1;', 'SELECT * FROM s WHERE a = 1;'],
    ["SELECT 'a -- b' /* no */ FROM s;", "SELECT 'a -- b' FROM s;"],
    [
      'CREATE SOURCE CONNECTOR a--b WITH ( \\\n url=http://x/y, \\\n z=1);',
      'CREATE SOURCE CONNECTOR a--b WITH ( url=http://x/y, z=1);',
    ],
    ['SHOW  STREAMS ;', 'SHOW STREAMS ;'],
  ])('%s', (text, line) => {
    expect(inOneLine(text)).toBe(line);
  });
});
