import { expect, test } from 'vitest';
import { frameworkSettings } from './framework-settings.ts';

const JSON_CONVERTER = 'org.apache.kafka.connect.json.JsonConverter';

test("what a connector does not say has Kafka Connect's defaults", () => {
  expect(frameworkSettings({ 'connector.class': 'X' }, {})).toEqual({
    connectorClass: 'X',
    tasksMax: 1,
    isTasksMaxEnforced: true,
    errors: {
      isTolerant: false,
      retryTimeoutMs: 0,
      retryDelayMaxMs: 60_000,
      isLogged: false,
      isPlaceLogged: false,
      deadLetters: undefined,
    },
    converters: {
      key: { className: JSON_CONVERTER, settings: {} },
      value: { className: JSON_CONVERTER, settings: {} },
      header: { className: 'org.apache.kafka.connect.storage.SimpleHeaderConverter', settings: {} },
    },
    transforms: [],
    predicates: [],
    reads: { topics: [], regex: undefined },
    offsetReset: 'earliest',
  });
});

test('errors, dead letters and what is read', () => {
  const settings = frameworkSettings(
    {
      'connector.class': 'X',
      'errors.tolerance': ' all',
      'errors.retry.timeout': '-1',
      'errors.retry.delay.max.ms': '5',
      'errors.log.enable': 'TRUE',
      'errors.deadletterqueue.topic.name': ' dead ',
      'errors.deadletterqueue.context.headers.enable': 'true',
      topics: 'a, b,',
      'consumer.override.auto.offset.reset': 'latest',
    },
    {},
  );
  expect(settings.errors).toEqual({
    isTolerant: true,
    retryTimeoutMs: -1,
    retryDelayMaxMs: 5,
    isLogged: true,
    isPlaceLogged: false,
    deadLetters: { topic: 'dead', replicas: 3, hasContextHeaders: true },
  });
  expect([settings.reads, settings.offsetReset]).toEqual([{ topics: ['a', 'b'], regex: undefined }, 'latest']);
});

test('a converter that is named has the settings beside its name, one that is inherited the worker’s', () => {
  const worker = { 'key.converter': 'K', 'key.converter.x': 'w', 'value.converter': 'V', 'value.converter.x': 'w' };
  const own = { 'connector.class': 'X', 'key.converter.x': 'o', 'value.converter': 'O', 'value.converter.y': 'o' };
  expect(frameworkSettings(own, worker).converters).toMatchObject({
    key: { className: 'K', settings: { x: 'w' } },
    value: { className: 'O', settings: { y: 'o' } },
  });
});

test('transforms and predicates, in their order', () => {
  const { transforms, predicates } = frameworkSettings(
    {
      'connector.class': 'X',
      transforms: 't, u',
      'transforms.t.type': 'T',
      'transforms.t.predicate': 'p',
      'transforms.t.negate': 'true',
      'transforms.u.type': 'U',
      predicates: 'p',
      'predicates.p.type': 'P',
      'predicates.p.pattern': 'a.*',
    },
    {},
  );
  expect(transforms).toMatchObject([
    { alias: 't', className: 'T', predicate: 'p', isNegated: true },
    { alias: 'u', className: 'U', predicate: undefined, isNegated: false },
  ]);
  expect(predicates).toMatchObject([{ alias: 'p', className: 'P', settings: { type: 'P', pattern: 'a.*' } }]);
});
