import { expect, expectTypeOf, test } from 'vitest';
import { Config } from './config.ts';
import { configKeys } from './key.ts';
import { parseKeys } from './parse.ts';

const KEYS = configKeys({
  url: { name: 'url', type: 'STRING', documentation: 'Required.' },
  mode: { name: 'mode', type: 'STRING', default: 'slow', allowed: ['slow', 'fast'], documentation: '' },
  most: { name: 'most', type: 'INT', default: null, documentation: '', aliases: ['max'] },
  big: { name: 'big', type: 'LONG', default: '9223372036854775807', documentation: '' },
  flag: { name: 'flag', type: 'BOOLEAN', default: 'true', documentation: '' },
  names: { name: 'names', type: 'LIST', default: null, documentation: '' },
});

test('a key gives a value of its type: as it was given, or the default of the table', () => {
  const config = Config.of({ url: ' u ', max: '7', flag: 'FALSE', names: 'a , b,' });
  expectTypeOf(config.get(KEYS.mode)).toEqualTypeOf<'slow' | 'fast'>();
  expectTypeOf(config.get(KEYS.most)).toEqualTypeOf<number | undefined>();
  expectTypeOf(config.get(KEYS.names)).toEqualTypeOf<readonly string[]>();
  expect(config.get(KEYS.url)).toBe('u');
  expect(config.get(KEYS.mode)).toBe('slow');
  expect(config.get(KEYS.most)).toBe(7);
  expect(config.get(KEYS.big)).toBe(2 ** 63);
  expect(config.get(KEYS.flag)).toBe(false);
  expect(config.get(KEYS.names)).toEqual(['a', 'b']);
  expect([config.isSet(KEYS.most), config.isSet(KEYS.mode)]).toEqual([true, false]);
});

test('what has no value is undefined, an empty list, or an error where it is required', () => {
  const config = Config.of({ most: ' ' });
  expect(config.get(KEYS.most)).toBeUndefined();
  expect(config.get(KEYS.names)).toEqual([]);
  expect(() => config.get(KEYS.url)).toThrow('Missing required configuration "url" which has no default value.');
  expect(() => config.require(KEYS.most)).toThrow('Missing required configuration "most"');
});

test('a text that does not fit is an error that names key and text', () => {
  expect(() => Config.of({ most: 'x' }).get(KEYS.most)).toThrow(
    'Invalid value x for configuration most: Not a number of type INT',
  );
});

test('overrides replace, and null takes away; a spelling makes two names one', () => {
  const config = Config.of({ 'p.most': '1' }, (name) => name.replace(/^p\./, ''));
  expect(config.get(KEYS.most)).toBe(1);
  expect(config.with({ most: '2' }).get(KEYS.most)).toBe(2);
  expect(config.with({ 'p.most': null }).get(KEYS.most)).toBeUndefined();
  expect(config.get(KEYS.most)).toBe(1);
});

test('the values that a key takes are checked without a validator of its own', () => {
  const { errors } = parseKeys([KEYS.mode], { mode: 'fats' })[0]!;
  expect(errors).toEqual([
    'Invalid value fats for configuration mode: String must be one of: slow, fast. Did you mean fast?',
  ]);
});
