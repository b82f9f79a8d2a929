import { expect, test } from 'vitest';
import { configOf, maskConfig, type ConfigKey } from './config-spec.ts';
import { ConnectError, DataError, traceOf } from './errors.ts';

const SPEC: readonly ConfigKey[] = [
  { name: 'db.login', type: 'PASSWORD', documentation: 'A secret by its type.', aliases: ['login'] },
  { name: 'batch', type: 'INT', default: '10', documentation: 'A number.' },
];

test('a config with a problem is not made: the first one is thrown', () => {
  expect(() => configOf(SPEC, {})).toThrow('Missing required configuration "db.login" which has no default value.');
  expect(() => configOf(SPEC, { 'db.login': 'x', batch: 'many' })).toThrow('batch');
  expect(configOf(SPEC, { 'db.login': 'x', batch: '3' })).toBeDefined();
});

test('secrets are masked by the type of their key, by any of its names, and by name where no key is known', () => {
  const shown = maskConfig(
    { 'db.login': 's1', login: 's2', 'other.password': 's3', batch: '3', url: 'postgres://u:s4@h/d' },
    SPEC,
  );
  expect(JSON.stringify(shown)).not.toMatch(/s[1-4]/);
  expect(shown['batch']).toBe('3');
  expect(shown['url']).toContain('h/d');
  expect(maskConfig({ password: 's5' }, undefined)['password']).not.toContain('s5');
});

test('a trace has the error, its causes in order, and no known secret', () => {
  const error = new ConnectError('cannot write', { cause: new DataError('row 7 of hunter2', { cause: 'a text' }) });
  const lines = traceOf(error, ['hunter2'])
    .split('\n')
    .filter((line) => !line.startsWith('\t'));
  expect(lines[0]).toBe('ConnectError: cannot write');
  expect(lines[1]).toMatch(/^Caused by: DataError: row 7 of (?!hunter2)/);
  expect(lines[2]).toBe('Caused by: a text');
});

test('a trace of errors that cause one another ends', () => {
  const first = new Error('first');
  const second = new Error('second', { cause: first });
  first.cause = second;
  expect(traceOf(first).match(/second/g)).toHaveLength(1 + (second.stack?.match(/^\s+at .*second/gm)?.length ?? 0));
});
