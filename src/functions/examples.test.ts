import { UNLIMITED } from '../base/budget/work.ts';
import { describe, expect, test } from 'vitest';
import { checkCall, checkExpression } from '../expr/check/check.ts';
import { EMPTY_SCOPE } from '../expr/check/scope.ts';
import { compileValue } from '../expr/compile/compile.ts';
import type { FunctionCall } from '../sql/ast/expressions.ts';
import { parseExpression } from '../sql/parse.ts';
import { encodeBase64 } from '../types/base64.ts';
import { formatDecimal } from '../types/decimal.ts';
import type { SqlType } from '../types/sql-type.ts';
import { formatDateText, formatTimestampText, formatTimeText } from '../types/time-text.ts';
import type { FunctionDefinition, FunctionEnv, SignatureBase } from './api.ts';
import { BUILT_IN, BUILT_IN_REGISTRY } from './built-in.ts';

const ENV: FunctionEnv = {
  nowMs: () => 1526075913000,
  random: () => 0.5,
  uuid: () => '00000000-0000-4000-8000-000000000000',
  work: UNLIMITED,
};

/** A value in the notation of the examples. */
function show(type: SqlType, value: any): unknown {
  if (value === null) return null;
  switch (type.kind) {
    case 'DECIMAL':
      return formatDecimal(value, type.scale);
    case 'BIGINT':
      return typeof value === 'bigint' ? value.toString() : value;
    case 'BYTES':
      return encodeBase64(value);
    case 'DATE':
      return formatDateText(value);
    case 'TIME':
      return formatTimeText(value);
    case 'TIMESTAMP':
      return formatTimestampText(value);
    case 'ARRAY':
      return value.map((item: unknown) => show(type.element, item));
    case 'MAP':
      return Object.fromEntries(
        [...value].map(([k, v]: [unknown, unknown]) => [show(type.key, k), show(type.value, v)]),
      );
    case 'STRUCT':
      return Object.fromEntries(type.fields.map((f, i) => [f.name, show(f.type, value[i])]));
    default:
      return value;
  }
}

function evaluate(definition: FunctionDefinition, call: string): unknown {
  const env = { functions: BUILT_IN_REGISTRY, functionEnv: ENV };
  const parsed = parseExpression(call);
  if (definition.kind !== 'TABLE') {
    const typed = checkExpression(parsed, EMPTY_SCOPE, BUILT_IN_REGISTRY);
    return show(typed.type, compileValue(typed, env)([]));
  }
  const checked = checkCall(parsed as FunctionCall, EMPTY_SCOPE, BUILT_IN_REGISTRY);
  const args = checked.args.map((arg) => compileValue(arg as Parameters<typeof compileValue>[0], env)([]));
  const signature = definition.signatures[checked.resolved.signature]!;
  const rows = signature.evaluate!(...args) ?? [];
  return rows.map((row) => show(checked.resolved.returnType, row));
}

describe.each(BUILT_IN.map((definition) => [definition.name, definition] as const))('%s', (name, definition) => {
  test('is documented', () => {
    expect(definition.name).toBe(name.toUpperCase());
    expect(definition.doc).toMatch(/^[A-Z].*\.$/s);
    expect(definition.category).not.toBe('');
    expect(definition.signatures.length).toBeGreaterThan(0);
    for (const signature of definition.signatures as readonly SignatureBase[]) {
      for (const param of signature.params) expect(param.doc, `${name}: ${param.name}`).toMatch(/\.$/);
      const names = signature.params.map((param) => param.name);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  test('has examples, and they hold', () => {
    const examples = definition.examples ?? [];
    if (definition.kind !== 'AGGREGATE' && !['RANDOM', 'UUID'].includes(name))
      expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      expect({ call: example.call, gives: evaluate(definition, example.call) }).toEqual(example);
    }
  });
});

test('functions of the clock, of chance and of the world read what they are handed', () => {
  const run = (call: string) => evaluate(BUILT_IN_REGISTRY.find('RANDOM')!, call);
  expect(run('RANDOM()')).toBe(0.5);
  expect(run('UUID()')).toBe('00000000-0000-4000-8000-000000000000');
  expect(run('UNIX_TIMESTAMP()')).toBe(1526075913000);
  expect(run('UNIX_DATE()')).toBe(17662);
});
