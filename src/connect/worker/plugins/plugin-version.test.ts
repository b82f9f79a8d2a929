import { expect, test } from 'vitest';
import { Harness } from '../testing/harness.ts';
import { pluginVersionKey } from './plugin-version.ts';

const key = pluginVersionKey({
  of: 'connector',
  what: 'connector',
  version: '4.3.1',
  importance: 'LOW',
  group: 'Common',
  order: 1,
  width: 'SHORT',
  displayName: '',
});
const problem = (text: string): string | undefined => key.validator!(text, key);

test.each([
  '4.3.1',
  'latest',
  '',
  ' 4.3.1 ',
  '[4.3.1]',
  '[4.0,5.0)',
  '[4,)',
  '(,4.3.1]',
  '(4.3.0,4.3.2)',
  '[1,2),[4.3,5)',
  '4.3.1.0',
  '[4.3.1-rc1,)',
])('%s is met by 4.3.1', (text) => {
  expect(problem(text)).toBeUndefined();
});

test.each(['4.3.0', '4.3', '(4.3.1,)', '(,4.3.1)', '[1,2),[5,6)', '[4.3.2-SNAPSHOT,)', '[4.10,)', '(,4.3.1-rc1]'])(
  '%s is not',
  (text) => {
    expect(problem(text)).toContain('available versions are: [4.3.1]');
  },
);

test.each(['[1', '1,2', '(1)', '[]', '[2,1]', '[1,2,3]', '[1,2],', '[1]x'])('%s is no range', (text) => {
  expect(problem(text)).toMatch(/^Not a version/);
});

test('a configuration that asks for what is not there is refused, whatever kind of plugin it is', async () => {
  const harness = await new Harness().start();
  try {
    const config = {
      'connector.class': 'FileStreamSource',
      topic: 't',
      transforms: 'r',
      'transforms.r.type': 'org.apache.kafka.connect.transforms.RegexRouter',
      'transforms.r.regex': 'x',
      'transforms.r.replacement': 'y',
      'transforms.r.predicate': 'p',
      predicates: 'p',
      'predicates.p.type': 'org.apache.kafka.connect.transforms.predicates.RecordIsTombstone',
      'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    };
    for (const of of [
      'connector',
      'key.converter',
      'value.converter',
      'header.converter',
      'transforms.r',
      'predicates.p',
    ]) {
      const asks = (version: string): Promise<{ status: number; body: any }> =>
        harness.rest('PUT', '/connectors/c/config', { ...config, [`${of}.plugin.version`]: version });
      const refused = await asks('[99,)');
      expect([of, refused.status, refused.body.message]).toEqual([
        of,
        400,
        expect.stringContaining(`configuration ${of}.plugin.version: The plugin is not there`),
      ]);
      expect([of, (await asks('[0,)')).status]).toEqual([of, expect.toBeOneOf([200, 201])]);
    }
  } finally {
    await harness.close();
  }
});
