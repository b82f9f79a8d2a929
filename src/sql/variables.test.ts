import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseStatement, parseStatements } from './parse.ts';
import { formatStatement } from './printer/statement.ts';
import { escapeVariables, substitute } from './variables.ts';

const variables = new Map([
  ['FORMAT', 'AVRO'],
  ['REPLICAS', '3'],
  ['NAME', 'orders'],
  ['QUOTED', "'it''s'"],
  ['TICKED', '`Exact`'],
  ['MINUS', '-1.5'],
  ['EVIL', 'a; DROP STREAM b'],
]);

const replaced = (text: string): string => formatStatement(parseStatement(text, { variables }));

describe('substitution', () => {
  test('in strings, as names and as literals', () => {
    expect(replaced("CREATE STREAM ${name} (a INT) WITH (value_format='${format}', replicas=${Replicas});")).toBe(
      "CREATE STREAM ORDERS (A INTEGER) WITH (VALUE_FORMAT='AVRO', REPLICAS=3)",
    );
    expect(replaced('SELECT ${ticked}, ${quoted}, ${minus}, ${name}.${ticked} FROM ${name};')).toBe(
      "SELECT\n  `Exact`,\n  'it''s',\n  -1.5,\n  ORDERS.`Exact`\nFROM ORDERS",
    );
  });

  test('inside of a string any value is text, and quotes it has end nothing', () => {
    expect(parseStatement("SET 'a'='${evil} ${quoted}';", { variables })).toMatchObject({
      value: "a; DROP STREAM b 'it''s'",
    });
  });

  test('outside of strings a value must be one name or one literal', () => {
    expect(() => replaced('SELECT ${evil} FROM s;')).toThrow(
      "Variable 'evil' cannot stand here: its value is neither one name nor one literal. Got: 'a; DROP STREAM b'",
    );
  });

  test('two dollars escape; the unknown stays in strings and fails elsewhere, with a suggestion', () => {
    expect(parseStatement("SET 'a'='$${name} ${unknown} ${file:/x:y}';", { variables })).toMatchObject({
      value: '${name} ${unknown} ${file:/x:y}',
    });
    expect(() => replaced('SELECT ${nmae} FROM s;')).toThrow("Variable 'nmae' is not defined.");
    try {
      replaced('SELECT ${nmae} FROM s;');
    } catch (error) {
      expect(error).toMatchObject({ hint: 'Did you mean NAME?' });
    }
  });

  test('a DEFINE takes effect for what follows it in the script, an UNDEFINE ends it', () => {
    const parsed = parseStatements(
      "DEFINE x='a'; SET 'k'='${x}'; DEFINE X = 'b'; SELECT ${x} FROM s; UNDEFINE x; SET 'k'='${x}';",
    );
    expect(parsed.map((p) => p.statement)).toMatchObject([
      {},
      { value: 'a' },
      {},
      { select: [{ expression: { name: 'B' } }] },
      {},
      { value: '${x}' },
    ]);
    expect(parsed[1]!.text).toBe("SET 'k'='${x}';");
  });

  test('topics keep the case of the value', () => {
    expect(parseStatement('PRINT ${t};', { variables: new Map([['T', 'myTopic']]) })).toMatchObject({
      topic: 'myTopic',
    });
  });
});

test('escaping is undone by substitution, whatever is defined', () => {
  const odd = fc
    .array(fc.constantFrom('$', '{', '}', 'a', '${a}', '$${a}', "'", ' '), { maxLength: 12 })
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(odd, (text) => {
      expect(substitute(escapeVariables(text), new Map([['A', 'replaced']]))).toBe(text);
    }),
  );
});
