import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually, Harness } from '../testing/harness.ts';

/** Requests and responses are recordings of a Kafka Connect 4.3.1 worker, unless a test states otherwise. */
const FILE_SOURCE = 'org.apache.kafka.connect.file.FileStreamSourceConnector';
const FILE_SINK = 'org.apache.kafka.connect.file.FileStreamSinkConnector';
const VALIDATE_HINT =
  'You can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`';
const invalid = (...errors: string[]) => ({
  error_code: 400,
  message: `Connector configuration is invalid and contains the following ${errors.length} error(s):\n${errors.join('\n')}\n${VALIDATE_HINT}`,
});

let harness: Harness;
beforeEach(async () => {
  harness = await new Harness().start();
});
afterEach(() => harness.close());

const file = (name: string, more: object = {}) => ({
  name,
  config: { 'connector.class': FILE_SOURCE, topic: name, file: '/tmp/no-such-file', ...more },
});

describe('create', () => {
  test('answers 201 with a Location, the config with its name, and no tasks yet', async () => {
    const answer = await harness.rest('POST', '/connectors', file('c1'));
    expect(answer).toMatchObject({
      status: 201,
      headers: { Location: 'http://localhost:8083/connectors/c1', 'Content-Type': 'application/json' },
      body: { name: 'c1', config: { ...file('c1').config, name: 'c1' }, tasks: [], type: 'source' },
    });
    expect((await harness.rest('GET', '/connectors')).body).toEqual(['c1']);
  });

  test('keeps a short class name as it was given', async () => {
    const { body } = await harness.rest(
      'POST',
      '/connectors',
      file('short', { 'connector.class': 'FileStreamSource' }),
    );
    expect(body.config['connector.class']).toBe('FileStreamSource');
  });

  test.each<[string, unknown, number, unknown]>([
    [
      'missing key',
      { name: 'c1', config: { 'connector.class': FILE_SOURCE } },
      400,
      invalid('Missing required configuration "topic" which has no default value.'),
    ],
    [
      'a number out of range',
      file('c1', { 'tasks.max': -1 }),
      400,
      invalid('Invalid value -1 for configuration tasks.max: Value must be at least 1'),
    ],
    [
      'no number',
      file('c1', { 'tasks.max': 'many' }),
      400,
      invalid(
        'Invalid value many for configuration tasks.max: Not a number of type INT',
        'Invalid value null for configuration tasks.max: Value must be non-null',
      ),
    ],
    [
      'empty name',
      { name: '', config: { 'connector.class': FILE_SINK, topics: 'x', file: '/tmp/x' } },
      400,
      invalid('Invalid value  for configuration name: String may not be empty'),
    ],
    [
      'no name',
      { config: { 'connector.class': FILE_SINK, topics: 'x', file: '/tmp/x' } },
      400,
      invalid('Invalid value  for configuration name: String may not be empty'),
    ],
    [
      'empty config',
      { name: 'c1', config: {} },
      400,
      { error_code: 400, message: 'Connector config {name=c1} contains no connector type' },
    ],
    [
      'no class',
      { name: 'c1', config: { topics: 'x' } },
      400,
      { error_code: 400, message: 'Connector config {name=c1, topics=x} contains no connector type' },
    ],
    [
      'another name in the config',
      file('c1', { name: 'other' }),
      400,
      { error_code: 400, message: "Connector name configuration (other) doesn't match connector name in the URL (c1)" },
    ],
    [
      'a sink without topics',
      { name: 'c1', config: { 'connector.class': FILE_SINK, file: '/tmp/x' } },
      400,
      invalid('Must configure one of topics or topics.regex', 'Must configure one of topics or topics.regex'),
    ],
    [
      'unknown converter',
      file('c1', { 'value.converter': 'com.example.Nope' }),
      400,
      invalid(
        'Invalid value com.example.Nope for configuration value.converter: Class com.example.Nope could not be found.',
      ),
    ],
    [
      'unknown transform',
      file('c1', { transforms: 't', 'transforms.t.type': 'com.example.Nope' }),
      400,
      invalid(
        'Invalid value com.example.Nope for configuration transforms.t.type: Class com.example.Nope could not be found.',
      ),
    ],
    [
      'a missing file of secrets',
      file('c1', { topic: '${file:/tmp/stack-no-such.properties:topic}' }),
      500,
      { error_code: 500, message: 'Could not read properties from file /tmp/stack-no-such.properties' },
    ],
  ])('refuses %s', async (_, body, status, expected) => {
    expect(await harness.rest('POST', '/connectors', body)).toMatchObject({ status, body: expected });
    expect((await harness.rest('GET', '/connectors')).body).toEqual([]);
  });

  test('what POST takes, sent to PUT, is told what PUT takes, without its secrets', async () => {
    const put = async (body: unknown): Promise<unknown> =>
      (await harness.rest('PUT', '/connectors/c9/config', body)).body;
    const jackson = 'Cannot deserialize value of type `java.lang.String` from ';
    expect(await put({ name: 'c9', config: { 'connector.class': FILE_SOURCE, password: 'hush' } })).toEqual({
      error_code: 500,
      message: `${jackson}Object value (token \`JsonToken.START_OBJECT\`): config. PUT and PATCH of a connector's config take its settings alone, {"connector.class": "…", …}; name and config are what POST /connectors takes`,
    });
    expect(await put({ 'connector.class': FILE_SOURCE, topics: ['a', 'b'] })).toEqual({
      error_code: 500,
      message: `${jackson}Array value (token \`JsonToken.START_ARRAY\`): topics. A setting is a text`,
    });
  });

  test('refuses what is no request: status as recorded, words our own', async () => {
    const status = async (body: unknown, headers = {}) =>
      (await harness.rest('POST', '/connectors', body, headers)).status;
    expect(await status('{"name":"c1", ')).toBe(500);
    expect(await status({ name: 'c1' })).toBe(500);
    expect(await status({ ...file('c1'), wat: 1 })).toBe(500);
    expect(await status({ ...file('c1'), initial_state: 'ASLEEP' })).toBe(500);
    expect(await harness.rest('POST', '/connectors', file('c1'), { 'content-type': 'text/plain' })).toMatchObject({
      status: 415,
      body: { error_code: 415, message: 'HTTP 415 Unsupported Media Type' },
    });
    const zipped = await harness.rest('POST', '/connectors', file('c1'), { 'content-encoding': 'gzip' });
    expect(zipped).toMatchObject({
      status: 415,
      body: { message: 'HTTP 415 Unsupported Media Type: a body in gzip is not taken' },
    });
    for (const [name, codes] of [
      ['a\nb', '10'],
      ['a\r\nX: y', '13, 10'],
      ['a\u0000', '0'],
      ['a\u009b', '155'],
    ] as const)
      expect(await harness.rest('POST', '/connectors', { ...file('c1'), name })).toMatchObject({
        status: 400,
        body: {
          message: expect.stringContaining(
            `String may not contain control sequences but had the following ASCII chars: ${codes}`,
          ) as unknown,
        },
      });
    for (const [name, why] of [
      ['n'.repeat(250), 'The name has 250 characters: at most 249 are allowed'],
      ['a\u202eb', 'The name has the invisible character U+202E'],
      ['a\u2066b', 'The name has the invisible character U+2066'],
      ['a\ufeffb', 'The name has the invisible character U+FEFF'],
    ] as const) {
      const refused = { status: 400, body: { message: expect.stringContaining(why) as unknown } };
      expect(await harness.rest('POST', '/connectors', { ...file('c1'), name })).toMatchObject(refused);
      expect(
        await harness.rest('PUT', `/connectors/${encodeURIComponent(name)}/config`, file('c1').config),
      ).toMatchObject(refused);
    }
    // curl's default Content-Type, which users do not choose deliberately, gets a hint.
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect(await harness.rest('POST', '/connectors', file('c1'), form)).toMatchObject({
      status: 415,
      body: { message: expect.stringContaining('Content-Type: application/json') as unknown },
    });
  });

  test('says what an unknown path or connector may mean, where something is near', async () => {
    await harness.rest('POST', '/connectors', file('books'));
    const message = async (path: string) => ((await harness.rest('GET', path)).body as { message: string }).message;
    expect(await message('/connector/books')).toBe('HTTP 404 Not Found. Did you mean GET /connectors/books?');
    expect(await message('/ksql')).toMatch(/^HTTP 404 Not Found: .*SQL is at the port of listeners/);
    expect(await message('/nope')).toBe('HTTP 404 Not Found');
    expect(await message('/connectors/bookss/status')).toBe(
      'No status found for connector bookss. Did you mean books?',
    );
    expect(await message('/connectors/nope/status')).toBe('No status found for connector nope');
  });

  test('a name that is taken: 409, and nothing changes; two at once: one wins', async () => {
    const answers = await Promise.all([
      harness.rest('POST', '/connectors', file('c1')),
      harness.rest('POST', '/connectors', file('c1', { topic: 'other' })),
    ]);
    expect(answers.map((a) => a.status).sort((a, b) => a - b)).toEqual([201, 409]);
    expect(answers.find((a) => a.status === 409)!.body).toEqual({
      error_code: 409,
      message: 'Connector c1 already exists',
    });
  });

  test('initial_state STOPPED: no tasks until it is resumed', async () => {
    await harness.rest('POST', '/connectors', { ...file('asleep'), initial_state: 'STOPPED' });
    await eventually(() => harness.herder.status('asleep').connector.state === 'STOPPED');
    expect((await harness.rest('GET', '/connectors/asleep/status')).body).toEqual({
      name: 'asleep',
      connector: { state: 'STOPPED', worker_id: 'localhost:8083', version: '4.3.1' },
      tasks: [],
      type: 'source',
    });
    expect((await harness.rest('PUT', '/connectors/asleep/resume')).status).toBe(202);
    await eventually(() => harness.herder.status('asleep').tasks.length === 1);
  });
});

test('initial_state PAUSED: begins nothing and has no tasks until it is resumed', async () => {
  await harness.rest('POST', '/connectors', { ...file('held'), initial_state: 'PAUSED' });
  await eventually(() => harness.herder.status('held').connector.state === 'PAUSED');
  await harness.rest('PUT', '/connectors/held/pause');
  await harness.rest('POST', '/connectors/held/restart?includeTasks=true');
  await eventually(() => harness.herder.status('held').connector.state === 'PAUSED');
  expect((await harness.rest('GET', '/connectors?expand=info&expand=status')).body).toMatchObject({
    held: { info: { tasks: [] }, status: { tasks: [] } },
  });
  await harness.rest('PUT', '/connectors/held/resume');
  await eventually(() => harness.herder.status('held').tasks[0]?.state === 'RUNNING');
});

describe('a running connector', () => {
  beforeEach(async () => {
    await harness.rest('POST', '/connectors', file('c1'));
    await eventually(() => harness.herder.status('c1').tasks[0]?.state === 'RUNNING');
  });

  test('info, config, status, tasks', async () => {
    const config = { ...file('c1').config, name: 'c1' };
    const info = { name: 'c1', config, tasks: [{ connector: 'c1', task: 0 }], type: 'source' };
    const status = {
      name: 'c1',
      connector: { state: 'RUNNING', worker_id: 'localhost:8083', version: '4.3.1' },
      tasks: [{ id: 0, state: 'RUNNING', worker_id: 'localhost:8083', version: '4.3.1' }],
      type: 'source',
    };
    expect((await harness.rest('GET', '/connectors/c1')).body).toEqual(info);
    expect((await harness.rest('GET', '/connectors/c1/config')).body).toEqual(config);
    expect((await harness.rest('GET', '/connectors/c1/status')).body).toEqual(status);
    expect((await harness.rest('GET', '/connectors/c1/tasks')).body).toMatchObject([
      { id: { connector: 'c1', task: 0 }, config },
    ]);
    expect((await harness.rest('GET', '/connectors/c1/tasks/0/status')).body).toEqual(status.tasks[0]);
    expect((await harness.rest('GET', '/connectors?expand=info&expand=status')).body).toEqual({ c1: { info, status } });
    expect((await harness.rest('GET', '/connectors?expand=wat')).body).toEqual({ c1: {} });
  });

  test('pause, resume, stop, restart and delete answer as Connect does', async () => {
    const call = async (method: string, path: string) => {
      const { status, body } = await harness.rest(method, `/connectors/c1${path}`);
      return [status, body];
    };
    expect(await call('PUT', '/pause')).toEqual([202, null]);
    expect(await call('PUT', '/pause')).toEqual([202, null]);
    expect(await call('PUT', '/resume')).toEqual([202, null]);
    expect(await call('POST', '/restart')).toEqual([204, null]);
    expect(await call('POST', '/tasks/0/restart')).toEqual([204, null]);
    await eventually(() => harness.herder.status('c1').connector.state === 'RUNNING');
    expect(await call('POST', '/restart?includeTasks=True&onlyFailed=false')).toMatchObject([
      202,
      { connector: { state: 'RESTARTING' }, tasks: [{ id: 0, state: 'RESTARTING' }] },
    ]);
    await eventually(() => {
      const { connector, tasks } = harness.herder.status('c1');
      return connector.state === 'RUNNING' && tasks[0]?.state === 'RUNNING';
    });
    expect(await call('POST', '/restart?includeTasks=true&onlyFailed=true')).toMatchObject([
      202,
      { connector: { state: 'RUNNING' }, tasks: [{ state: 'RUNNING' }] },
    ]);
    expect(await call('PUT', '/stop')).toEqual([204, null]);
    expect(await call('GET', '')).toMatchObject([200, { tasks: [] }]);
    expect(await call('PUT', '/topics/reset')).toEqual([202, null]);
    expect(await call('DELETE', '')).toEqual([204, null]);
    expect(await call('DELETE', '')).toEqual([404, { error_code: 404, message: 'Connector c1 not found' }]);
  });

  test('PUT and PATCH of the config', async () => {
    const changed = { ...file('c1').config, topic: 'other' };
    expect(await harness.rest('PUT', '/connectors/c1/config', changed)).toMatchObject({
      status: 200,
      body: { config: { ...changed, name: 'c1' }, tasks: [{ connector: 'c1', task: 0 }] },
    });
    expect(await harness.rest('PATCH', '/connectors/c1/config', { 'batch.size': 7, file: null })).toMatchObject({
      status: 200,
      body: { config: { 'batch.size': '7', topic: 'other' } },
    });
    expect((await harness.rest('GET', '/connectors/c1/config')).body).not.toHaveProperty('file');
    expect(await harness.rest('PUT', '/connectors/fresh/config', file('fresh').config)).toMatchObject({
      status: 201,
      headers: { Location: 'http://localhost:8083/connectors/fresh' },
      body: { name: 'fresh', tasks: [] },
    });
    expect(await harness.rest('PUT', '/connectors/c1/config', { 'connector.class': FILE_SOURCE })).toMatchObject({
      status: 400,
      body: invalid('Missing required configuration "topic" which has no default value.'),
    });
  });

  test('offsets change only while stopped', async () => {
    const offsets = { offsets: [{ partition: { filename: '/tmp/no-such-file' }, offset: { position: 2 } }] };
    const refused = {
      error_code: 400,
      message:
        'Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the specified connector by issuing a ' +
        "'PUT' request to the '/connectors/c1/stop' endpoint",
    };
    expect(await harness.rest('PATCH', '/connectors/c1/offsets', offsets)).toMatchObject({
      status: 400,
      body: refused,
    });
    expect(await harness.rest('DELETE', '/connectors/c1/offsets')).toMatchObject({ status: 400, body: refused });
    await harness.rest('PUT', '/connectors/c1/stop');
    expect(await harness.rest('PATCH', '/connectors/c1/offsets', {})).toMatchObject({
      status: 400,
      body: { message: 'Partitions / offsets need to be provided for an alter offsets request' },
    });
    for (const junk of [
      [null],
      [{}],
      [{ partition: {} }],
      [{ partition: 'x', offset: null }],
      [{ partition: {}, offset: 1 }],
    ]) {
      expect(await harness.rest('PATCH', '/connectors/c1/offsets', { offsets: junk })).toMatchObject({
        status: 400,
        body: { message: expect.stringContaining('Each entry of "offsets" must be') },
      });
    }
    expect((await harness.rest('PATCH', '/connectors/c1/offsets', { offsets: {} })).status).toBe(400);
    expect((await harness.rest('PATCH', '/connectors/c1/offsets', offsets)).body).toEqual({
      message: 'The offsets for this connector have been altered successfully',
    });
    expect((await harness.rest('GET', '/connectors/c1/offsets')).body).toEqual(offsets);
    expect((await harness.rest('DELETE', '/connectors/c1/offsets')).body).toEqual({
      message: 'The offsets for this connector have been reset successfully',
    });
  });
});

test('a sink has no offsets in partitions that do not exist', async () => {
  await harness.write('t', [[null, '1']]);
  const config = { 'connector.class': FILE_SINK, topics: 't', file: '/dev/null' };
  await harness.rest('POST', '/connectors', { name: 'out', config, initial_state: 'STOPPED' });
  await eventually(() => harness.herder.status('out').connector.state === 'STOPPED');
  const patch = (topic: string, partition: number) =>
    harness.rest('PATCH', '/connectors/out/offsets', {
      offsets: [{ partition: { kafka_topic: topic, kafka_partition: partition }, offset: { kafka_offset: 0 } }],
    });
  expect((await patch('nope', 0)).body).toEqual({ error_code: 400, message: 'There is no topic nope' });
  expect((await patch('t', 1)).body.message).toBe('Topic t has no partition 1: it has 1, counted from 0');
  expect((await patch('t', 0)).status).toBe(200);
});

test('the schema of a topic that a connector has written', async () => {
  const config = {
    'connector.class': 'io.confluent.kafka.connect.datagen.DatagenConnector',
    'kafka.topic': 'pageviews',
    quickstart: 'pageviews',
    iterations: '1',
  };
  await harness.rest('POST', '/connectors', { name: 'views', config });
  const { body } = await eventually(async () => {
    const answer = await harness.rest('GET', '/connectors/views/topics/pageviews/schema');
    return answer.status === 200 && answer;
  });
  expect(body).toMatchObject({
    topic: 'pageviews',
    connector: 'views',
    key: [{ name: 'viewtime', type: 'BIGINT' }],
    valueFormat: 'JSON',
  });
  expect((await harness.rest('GET', '/connectors/views/topics/other/schema')).status).toBe(404);
  expect((await harness.rest('GET', '/connectors/nope/topics/pageviews/schema')).body.message).toBe(
    'Connector nope not found',
  );
});

describe('unknown', () => {
  test.each<[string, string, unknown]>([
    ['GET', '/connectors/nope', 'Connector nope not found'],
    ['GET', '/connectors/nope/config', 'Connector nope not found'],
    ['GET', '/connectors/nope/tasks', 'Connector nope not found'],
    ['GET', '/connectors/nope/offsets', 'Connector nope not found'],
    ['DELETE', '/connectors/nope', 'Connector nope not found'],
    ['PUT', '/connectors/nope/pause', 'Unknown connector nope'],
    ['PUT', '/connectors/nope/resume', 'Unknown connector nope'],
    ['PUT', '/connectors/nope/stop', 'Unknown connector nope'],
    ['POST', '/connectors/nope/restart', 'Unknown connector: nope'],
    ['POST', '/connectors/nope/tasks/0/restart', 'Unknown connector: nope'],
    ['GET', '/connectors/nope/status', 'No status found for connector nope'],
    ['GET', '/connectors/nope/tasks/0/status', 'No status found for task nope-0'],
    ['GET', '/connector-plugins/com.example.NoSuchConnector/config', 'Unknown plugin com.example.NoSuchConnector.'],
    ['GET', '/nope', 'HTTP 404 Not Found'],
  ])('%s %s', async (method, path, message) => {
    expect(await harness.rest(method, path)).toMatchObject({ status: 404, body: { error_code: 404, message } });
  });

  test('topics of an unknown connector are none; a wrong method is 405', async () => {
    expect(await harness.rest('GET', '/connectors/nope/topics')).toMatchObject({
      status: 200,
      body: { nope: { topics: [] } },
    });
    expect(await harness.rest('PATCH', '/connectors', {})).toMatchObject({
      status: 405,
      body: { error_code: 405, message: 'HTTP 405 Method Not Allowed' },
    });
    for (const [method, way] of [
      ['PUT', 'PUT /connectors/nope/config changes its settings'],
      ['PATCH', 'PATCH /connectors/nope/config changes its settings'],
      ['POST', 'POST /connectors makes a connector'],
    ] as const)
      expect(await harness.rest(method, '/connectors/nope', {})).toMatchObject({
        status: 405,
        body: { message: `HTTP 405 Method Not Allowed. ${way}` },
      });
  });
});

describe('plugins', () => {
  test('are listed with the class names of the Java connectors they stand in for', async () => {
    const { body } = await harness.rest('GET', '/connector-plugins');
    expect(body).toContainEqual({ class: FILE_SOURCE, type: 'source', version: '4.3.1' });
    expect(body.map((p: { class: string }) => p.class)).toEqual(
      expect.arrayContaining([
        'io.confluent.connect.jdbc.JdbcSourceConnector',
        'io.aiven.connect.jdbc.JdbcSinkConnector',
        'io.confluent.kafka.connect.datagen.DatagenConnector',
      ]),
    );
    expect(
      new Set(
        (await harness.rest('GET', '/connector-plugins?connectorsOnly=false')).body.map(
          (p: { type: string }) => p.type,
        ),
      ),
    ).toEqual(new Set(['source', 'sink', 'transformation', 'predicate', 'converter', 'header_converter']));
  });

  test('validate has Connect’s shape, groups and order', async () => {
    const { status, body } = await harness.rest('PUT', `/connector-plugins/${FILE_SOURCE}/config/validate`, {
      ...file('c1').config,
      name: 'c1',
      topic: 'x',
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ name: FILE_SOURCE, error_count: 0 });
    expect(body.groups.slice(0, 6)).toEqual([
      'Common',
      'Transforms',
      'Predicates',
      'Error Handling',
      'Topic Creation',
      'Exactly Once Support',
    ]);
    const { definition, value } = body.configs.find((c: { value: { name: string } }) => c.value.name === 'tasks.max');
    expect(definition).toEqual({
      name: 'tasks.max',
      type: 'INT',
      required: false,
      default_value: '1',
      importance: 'HIGH',
      documentation: expect.any(String),
      group: 'Common',
      width: 'SHORT',
      display_name: 'Tasks max',
      dependents: [],
      order: 4,
      order_in_group: 4,
    });
    expect(value).toEqual({ name: 'tasks.max', value: '1', recommended_values: [], errors: [], visible: true });
  });

  test('validate accepts the short name, and refuses another class than the path’s', async () => {
    expect(
      (await harness.rest('PUT', '/connector-plugins/FileStreamSourceConnector/config/validate', file('c').config))
        .status,
    ).toBe(200);
    expect(
      await harness.rest('PUT', `/connector-plugins/${FILE_SOURCE}/config/validate`, { 'connector.class': FILE_SINK }),
    ).toMatchObject({
      status: 400,
      body: {
        error_code: 400,
        message: `Included connector type ${FILE_SINK} does not match request type ${FILE_SOURCE}`,
      },
    });
  });
});

describe('worker', () => {
  test('root, health, loggers', async () => {
    expect((await harness.rest('GET', '/')).body).toEqual({
      version: '4.3.1',
      commit: 'sluice',
      kafka_cluster_id: 'sluice',
    });
    expect((await harness.rest('GET', '/health')).body).toEqual({
      status: 'healthy',
      message: 'Worker has completed startup and is ready to handle requests.',
    });
    expect((await harness.rest('GET', '/admin/loggers')).body).toEqual({
      root: { level: 'INFO', last_modified: null },
    });
    expect((await harness.rest('GET', '/admin/loggers/nope')).status).toBe(404);
    expect((await harness.rest('PUT', '/admin/loggers/root', { level: 'debug' })).body).toEqual(['root']);
    expect((await harness.rest('PUT', '/admin/loggers/root?scope=cluster', { level: 'INFO' })).status).toBe(204);
    expect(await harness.rest('PUT', '/admin/loggers/root', { level: 'LOUD' })).toMatchObject({
      status: 404,
      body: { message: "invalid log level 'LOUD'." },
    });
    expect((await harness.rest('PUT', '/admin/loggers/root', {})).status).toBe(400);
  });
});
