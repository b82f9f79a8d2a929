import { UNLIMITED } from '../base/budget/work.ts';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { INTEGER, DOUBLE, STRING, type SqlType } from '../types/sql-type.ts';
import type { AggregateFunction, CallSite, ScalarFunction, TableFunction } from './api.ts';
import { BUILT_IN_REGISTRY } from './built-in.ts';
import { resolveSignature } from './resolve.ts';
import { loadUserFunctions } from './user-functions.ts';

/** The guide's examples are code, which the test extracts from the page and runs. */
const page = readFileSync(new URL('../../docs/guide/functions.md', import.meta.url), 'utf8');
const source = [...page.matchAll(/```js\n([\s\S]*?)```/g)].map((match) => match[1]).join('\n');
const exports: unknown = await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(source)}`);
const { registry, loaded, problems } = loadUserFunctions(BUILT_IN_REGISTRY, [{ path: 'ext/shop.mjs', exports }]);

function site(name: string, args: readonly SqlType[]): { site: CallSite; signature: number } {
  const resolved = resolveSignature(registry.find(name)!, args);
  return {
    signature: resolved.signature,
    site: {
      argTypes: resolved.argTypes,
      returnType: resolved.returnType,
      constants: [],
      env: { nowMs: () => 0, random: () => 0, uuid: () => '', work: UNLIMITED },
    },
  };
}

test('all load', () => {
  expect(problems).toEqual([]);
  expect(loaded.map((definition) => definition.name).sort()).toEqual(['PICK', 'SPREAD', 'WITH_VAT', 'WORDS']);
});

test('the scalar functions compute', () => {
  const call = (name: string, types: readonly SqlType[], ...args: unknown[]) => {
    const found = site(name, types);
    return (registry.find(name) as ScalarFunction).signatures[found.signature]!.prepare!(found.site)(...args);
  };
  expect(call('WITH_VAT', [DOUBLE, STRING], 100, 'DE')).toBe(119);
  expect(call('PICK', [INTEGER, STRING, STRING], 2, 'a', 'b')).toBe('b');
  expect(call('PICK', [INTEGER, STRING, STRING], 3, 'a', 'b')).toBeNull();
});

test('the aggregate adds, takes back and merges', () => {
  const found = site('SPREAD', [DOUBLE]);
  const spread = (registry.find('SPREAD') as AggregateFunction).signatures[found.signature]!.create(found.site);
  let values = spread.initialize();
  expect(spread.result(values)).toBeNull();
  for (const x of [1, null, 9, 4]) values = spread.add(values, [x]);
  expect(spread.result(values)).toBe(8);
  values = spread.undo!(values, [9]);
  expect(spread.result(values)).toBe(3);
  expect(spread.result(spread.merge!(values, spread.add(spread.initialize(), [11])))).toBe(10);
});

test('the table function gives rows', () => {
  const found = site('WORDS', [STRING]);
  const words = (registry.find('WORDS') as TableFunction).signatures[found.signature]!.prepare!(found.site);
  expect(words(' a  bc ')).toEqual(['a', 'bc']);
});
