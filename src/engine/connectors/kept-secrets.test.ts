import { describe, expect, test } from 'vitest';
import { withKeptSecrets, withSecretsInPlace } from './kept-secrets.ts';

const CURRENT = {
  'connector.class': 'a.B',
  'connection.url': 'jdbc:x://u:in-url@db/x',
  'connection.password': 'pw',
  topics: 't',
};
const MASKED = { ...CURRENT, 'connection.url': 'jdbc:x://u:[hidden]@db/x', 'connection.password': '[hidden]' };
const altered = (changes: object) => withSecretsInPlace(CURRENT, MASKED, { ...CURRENT, ...changes });

describe('secrets that a cluster gives in clear', () => {
  test('stay while the place does, and [hidden] is their value', () => {
    expect(altered({ topics: 'u' })).toEqual({ config: { ...CURRENT, topics: 'u' }, problems: [] });
    expect(altered(MASKED)).toEqual({ config: CURRENT, problems: [] });
    expect(altered({ 'connection.password': 'new' }).config).toMatchObject({ 'connection.password': 'new' });
  });

  test.each([
    ['another host', { 'connection.url': 'jdbc:x://evil/x' }, /^connection\.password.*connection\.url stays/],
    ['another class', { 'connector.class': 'e.Vil' }, /connector\.class stays/],
    ['a proxy', { 'proxy.host': 'evil' }, /proxy\.host stays/],
    ['a new URL with the old one hidden', { 'connection.url': 'jdbc:x://u:[hidden]@evil/x' }, /connection\.password/],
  ])('do not go to %s', (_, changes, problem) => {
    expect(altered(changes).problems.join('\n')).toMatch(problem);
  });

  test('go nowhere when all of them are given anew', () => {
    expect(altered({ 'connection.url': 'jdbc:x://other/x', 'connection.password': 'other' }).problems).toEqual([]);
  });
});

describe('secrets of a connector that is made anew', () => {
  const { 'connection.password': _, ...unnamed } = CURRENT;
  const written = { ...unnamed, 'connection.url': 'jdbc:x://u@db/x' };
  const anew = (changes: object, base: object = written) =>
    withKeptSecrets({ ...base, ...changes } as typeof CURRENT, CURRENT, MASKED, false);

  test('are the stored ones where none is named, or [hidden] stands there', () => {
    expect(anew({})).toEqual({ config: CURRENT, problems: [] });
    expect(anew({ 'connection.password': '[hidden]' })).toEqual({ config: CURRENT, problems: [] });
    expect(anew({}, MASKED)).toEqual({ config: CURRENT, problems: [] });
  });

  test.each([
    ['another host', { 'connection.url': 'jdbc:x://evil/x' }],
    ['another class', { 'connector.class': 'e.Vil' }],
    ['a proxy', { 'proxy.host': 'evil' }],
  ])('are not given to %s, named or not', (_name, changes) => {
    expect(anew(changes).config).not.toHaveProperty(['connection.password']);
    const { problems } = anew({ ...changes, 'connection.password': '[hidden]' });
    expect(problems.join('\n')).toMatch(/^connection\.password.*only while .* as before/);
  });
});
