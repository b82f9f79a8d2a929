import { expect, test } from 'vitest';
import { printLimit, waitingForMore } from './waiting.ts';
import { unfinishedText } from './unfinished.ts';

test.each([
  ['in-string', "INSERT INTO t VALUES (1, 'O'Brien', 'x');", [/\n {27}\^\n/, "'O''Brien'"]],
  ['in-string', "SELECT 1;\nSELECT 'abc FROM t;", ["SELECT 'abc FROM t;\n", "begins with 'abc is not closed"]],
  ['in-quoted-name', 'SELECT "abc FROM t;', ['^\n', 'The name that begins here is not closed: "']],
  ['unfinished', 'server localhost 99999', ['server [host:port]']],
  ['unfinished', 'outptu json', ['Did you mean output?']],
  ['unfinished', 'SELECT 1', ["does not end with ';'"]],
] as const)('%s: %s', (state, rest, told) => {
  const text = unfinishedText(state, rest);
  for (const part of told) expect(text).toMatch(part);
});

test('PRINT with a LIMIT that is not reached', () => {
  expect(printLimit('PRINT t FROM BEGINNING LIMIT 10;')).toBe(10);
  expect(printLimit('print t')).toBeUndefined();
  expect(waitingForMore("PRINT 'a topic' LIMIT 3;", 2, 3)).toBe(
    "2 of 3 records so far: PRINT waits for more of 'a topic'. Ctrl-C ends PRINT.",
  );
});
