import { describe, expect, test } from 'vitest';
import { PlanWorld } from '../testing/world.ts';

const create = (properties: string): string => `CREATE STREAM s (id INT KEY, v INT) WITH (${properties});`;

describe('values are read in the type of their property', () => {
  test('a number may stand in quotes', () => {
    for (const three of ['3', "'3'"]) {
      const plan = new PlanWorld().run(create(`kafka_topic='missing_s', value_format='JSON', partitions=${three}`));
      expect(plan.topics).toMatchObject([{ partitions: 3 }]);
    }
  });

  test('names ignore case, the topic keeps it', () => {
    const world = new PlanWorld();
    world.run(create(`KAFKA_topic='Topic', Value_Format='json'`));
    expect(world.catalog.source('S')!.topic.name).toBe('Topic');
  });
});

describe('refused, at the property', () => {
  const cases: [string, string][] = [
    [`kafka_topic='s', value_format='JSON', partitions='two'`, 'PARTITIONS'],
    [`kafka_topic='s', value_format='JSON', partitions=0`, 'artitions'],
    [`kafka_topic='s', value_format='JSON', no_such=1`, 'NO_SCHEMA|no_such|NO_SUCH'],
    [`kafka_topic='s', value_format='JSON', window_type='TUMBLING'`, 'WINDOW_SIZE'],
    [`kafka_topic='s', value_format='JSON', window_type='SESSION', window_size='1 HOUR'`, 'WINDOW_SIZE|session'],
    [`kafka_topic='s', value_format='JSON', value_delimiter='ab'`, 'delimiter|DELIMITER'],
    [`kafka_topic='s', format='JSON', key_format='KAFKA'`, 'FORMAT'],
    [`kafka_topic='s', value_format='JSON', timestamp='nothing'`, 'NOTHING'],
    [`value_format='JSON'`, 'KAFKA_TOPIC'],
  ];
  test.each(cases)('%s', (properties, word) => {
    const error = new PlanWorld().refusal((w) => w.run(create(properties)));
    expect(error.message).toMatch(new RegExp(word));
  });
});
