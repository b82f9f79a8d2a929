import { expect, test } from 'vitest';
import { parseStatement } from '../parse.ts';
import { maskStatement, maskUnparsed } from './mask.ts';

const masked = (text: string): string => maskStatement(parseStatement(text), text);

test('rows of INSERT VALUES', () => {
  expect(masked("INSERT INTO test (k, `v`) VALUES ('secret', 10);")).toBe(
    "INSERT INTO `TEST` (`K`, `v`) VALUES ('[value]', '[value]');",
  );
  expect(masked('INSERT INTO test VALUES (1);')).toBe("INSERT INTO `TEST` VALUES ('[value]');");
});

test('values of connectors, save the harmless', () => {
  expect(
    masked(
      "CREATE SOURCE CONNECTOR my-c WITH (connector.class=x.Y, tasks.max=1, connection.password=secret, 'user'='u');",
    ),
  ).toBe(
    "CREATE SOURCE CONNECTOR my-c WITH ('connector.class'=x.Y, 'tasks.max'=1, 'connection.password'='[string]', 'user'='[string]');",
  );
  expect(masked('ALTER CONNECTOR c SET (connection.password=secret);')).not.toContain('secret');
});

test('what EXPLAIN asks about is masked as the statement itself', () => {
  expect(masked("EXPLAIN CREATE SINK CONNECTOR c WITH (connector=x, a='secret');")).toBe(
    "EXPLAIN CREATE SINK CONNECTOR c WITH ('connector'=x, 'a'='[string]');",
  );
  expect(maskUnparsed("EXPLAIN CREATE SINK CONNECTOR c WITH (a='secret")).not.toContain('secret');
});

test('other statements are as written', () => {
  expect(masked('select  a from s;')).toBe('select  a from s;');
});

test('what does not parse is cut', () => {
  expect(maskUnparsed("CREATE SINK CONNECTOR c WITH (a='secret")).toBe('CREATE SINK CONNECTOR c WITH (...);');
  expect(maskUnparsed("alter connector c set (a='secret'")).toBe('alter connector c set (...);');
  expect(maskUnparsed('INSERT INTO s VALUES (1 2);')).toBe('INSERT INTO s VALUES (...);');
  expect(maskUnparsed('SELECT connector FROM values (x);')).toBe('SELECT connector FROM values (x);');
});
