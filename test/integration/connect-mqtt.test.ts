import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { eventually, Harness } from '../../src/connect/worker/testing/harness.ts';
import { BYTES_CONVERTER, STRING_CONVERTER } from '../support/converters.ts';
import { withServerProcess } from '../support/server-process.ts';
import { describeWithMosquitto } from '../support/servers/available.ts';
import { MosquittoServer } from '../support/servers/mosquitto.ts';

const CLASS = 'io.confluent.connect.mqtt.MqttSourceConnector';

describeWithMosquitto('the MQTT source', () => {
  let server: MosquittoServer;
  let harness: Harness;
  let names = 0;
  beforeAll(async () => {
    server = await new MosquittoServer().start();
  });
  afterAll(async () => {
    await server.remove();
  });
  beforeEach(async () => {
    harness = await new Harness().start();
    names++;
  });
  afterEach(async () => {
    await harness.close();
  });

  /** Each connector has its own session and topics. */
  const config = (more: Record<string, string> = {}): Record<string, string> => ({
    'connector.class': CLASS,
    'mqtt.server.uri': server.url,
    'mqtt.topics': `t${names}/#`,
    'mqtt.client.id': `client-${names}`,
    'kafka.topic': 'out',
    'key.converter': STRING_CONVERTER,
    'value.converter': BYTES_CONVERTER,
    ...more,
  });
  const publish = (level: string, texts: readonly string[], more = {}) =>
    server.publish(`t${names}/${level}`, texts, more);
  const values = async () => (await harness.read('out')).map((record) => record.value);
  const holds = (expected: readonly string[]) =>
    eventually(async () => {
      const task = harness.herder.status('m').tasks[0];
      if (task?.state === 'FAILED') throw new Error(task.trace);
      expect(await values()).toEqual(expected);
      return true;
    });
  /** Waits until the server has our subscription: we receive what is published from then on. */
  const subscribed = () =>
    eventually(async () => (await harness.herder.offsets('m'))[0]?.offset?.['filters'] !== undefined);
  const create = async (more: Record<string, string> = {}) => {
    await harness.herder.create('m', config(more));
    await subscribed();
  };

  test.each(['0', '1', '2'])('messages of quality %s, in order, under their topics', async (qos) => {
    await create({ 'mqtt.qos': qos });
    const many = Array.from({ length: 300 }, (_, i) => `m${i}`);
    await publish('a/b', many, { qos: Number(qos) });
    await holds(many);
    const [first] = await harness.read('out');
    expect(String(first?.key)).toBe(`t${names}/a/b`);
    expect(first?.headers).toMatchObject({ 'mqtt.qos': qos, 'mqtt.retained': 'false' });
  });

  test.each(['1', '2'])(
    'what comes while the worker is away, of quality %s: once it is back, each once',
    async (qos) => {
      await create({ 'mqtt.qos': qos });
      await publish('x', ['a'], { qos: Number(qos) });
      await holds(['a']);
      await harness.herder.close();
      await publish('x', ['b', 'c'], { qos: Number(qos) });
      await harness.start();
      await holds(['a', 'b', 'c']);
    },
  );

  test('what the server retains comes once, and not again after a restart', async () => {
    await publish('x', ['kept'], { retain: true });
    await create();
    await holds(['kept']);
    await harness.herder.close();
    await harness.start();
    await publish('x', ['next']);
    await holds(['kept', 'next']);
    expect((await harness.read('out'))[0]?.headers['mqtt.retained']).toBe('true');
  });

  test('topics that are taken out are read no more, those put in are', async () => {
    await create({ 'mqtt.topics': `t${names}/a,t${names}/b` });
    await publish('a', ['1']);
    await holds(['1']);
    await harness.herder.putConfig('m', config({ 'mqtt.topics': `t${names}/b,t${names}/c` }));
    await eventually(async () => String((await harness.herder.offsets('m'))[0]?.offset?.['filters']).endsWith('/c'));
    await publish('a', ['2']);
    await publish('c', ['3']);
    await holds(['1', '3']);
  });

  test('a shared subscription has several tasks, which share its messages', async () => {
    await create({ 'mqtt.topics': `$share/g${names}/t${names}/#`, 'tasks.max': '2' });
    await eventually(async () => (await harness.herder.offsets('m')).length === 2);
    const many = Array.from({ length: 50 }, (_, i) => `m${i}`);
    await publish('x', many);
    await eventually(async () => {
      expect((await values()).map(String).toSorted()).toEqual(many.toSorted());
      return true;
    });
  });

  test('a message that is not as the settings say: the others are written', async () => {
    await create({ 'message.format': 'json', 'value.converter': STRING_CONVERTER, 'errors.tolerance': 'all' });
    await publish('x', ['{"a":1}', 'no json', '{"a":2}']);
    await holds(['{"a":1}', '{"a":2}']);
  });

  test('a server that is away is told, and read on when it is back; nothing is lost', async () => {
    await create();
    await publish('x', ['a']);
    await holds(['a']);
    await server.halt();
    await eventually(() => harness.herder.status('m').tasks[0]?.trace !== undefined);
    await server.start();
    await publish('x', ['b']);
    await holds(['a', 'b']);
    await eventually(() => harness.herder.status('m').tasks[0]?.state === 'RUNNING');
  });

  test('what is wrong is said at creation, at its setting', async () => {
    for (const [change, name] of [
      [{ 'mqtt.server.uri': 'mqtt://127.0.0.1:1' }, 'mqtt.server.uri'],
      [{ 'mqtt.server.uri': 'http://localhost' }, 'mqtt.server.uri'],
      [{ 'mqtt.username': 'me', 'mqtt.password': 'wrong' }, 'mqtt.password'],
      [{ 'mqtt.topics': 'a/#/b' }, 'mqtt.topics'],
      [{ 'mqtt.topics': '' }, 'mqtt.topics'],
      [{ 'mqtt.qos': '3' }, 'mqtt.qos'],
      [{ columns: 'a INT' }, 'columns'],
      [{ 'connect.mqtt.kcql': 'INSERT INTO a SELECT b FROM c' }, 'connect.mqtt.kcql'],
    ] as const) {
      const infos = await harness.herder.settings.validate({ ...config(change as Record<string, string>), name: 'm' });
      const wrong = infos.configs.filter((c) => c.value.errors.length > 0).map((c) => c.value.name);
      expect(wrong, JSON.stringify(change)).toContain(name);
    }
  });

  test("Lenses' settings, and a session that ends with the offsets", async () => {
    await harness.herder.create('m', {
      'connector.class': 'com.datamountaineer.streamreactor.connect.mqtt.source.MqttSourceConnector',
      'connect.mqtt.hosts': server.address.replace('mqtt:', 'tcp:'),
      'connect.mqtt.username': 'me',
      'connect.mqtt.password': `se'cr"et`,
      'connect.mqtt.client.id': `client-${names}`,
      'connect.mqtt.service.quality': '1',
      'connect.mqtt.connection.timeout': '1000',
      'connect.mqtt.kcql': `INSERT INTO out SELECT * FROM t${names}/+`,
      'key.converter': STRING_CONVERTER,
      'value.converter': BYTES_CONVERTER,
    });
    await subscribed();
    await publish('x', ['a']);
    await holds(['a']);
    await harness.herder.setTarget('m', 'STOPPED');
    await publish('x', ['lost with the session']);
    await harness.herder.deleteOffsets('m');
    await harness.herder.setTarget('m', 'RUNNING');
    await subscribed();
    await publish('x', ['b']);
    await holds(['a', 'b']);
  });

  test('kill -9 of Sluice under load: of quality 2 each once, of quality 1 none lost', async () => {
    await withServerProcess(async (sluice) => {
      const source = (qos: number): string =>
        `CREATE SOURCE CONNECTOR q${qos} WITH (connector='mqtt', url='${server.url.replaceAll("'", "''")}', topics='load/#', topic='q${qos}', qos=${qos}, format='json', columns='n INT');`;
      await sluice.execute(source(1) + source(2), { 'auto.offset.reset': 'earliest' });
      const count = async (name: string): Promise<readonly [all: number, different: number]> => {
        const rows = await sluice.rows(`SELECT n FROM ${name};`).catch(() => []);
        return [rows.length, new Set(rows.map(String)).size];
      };
      await eventually(async () => {
        await server.publish('load/ready', ['{"n":-1}'], { qos: 2 });
        return (await count('q1'))[0] > 0 && (await count('q2'))[0] > 0;
      });
      const before = [(await count('q1'))[0], (await count('q2'))[0]] as const;
      const EACH = 200;
      for (let round = 0; round < 2; round++) {
        const texts = Array.from({ length: EACH }, (_, i) => `{"n":${round * EACH + i}}`);
        const publishing = server.publish('load/x', texts, { qos: 2 });
        const seen = (await count('q2'))[0];
        await eventually(async () => (await count('q2'))[0] > seen + 40);
        await sluice.kill();
        await sluice.start();
        await publishing;
      }
      await eventually(async () => {
        const [all, different] = await count('q2');
        expect([all - before[1], different]).toEqual([2 * EACH, 2 * EACH + 1]);
        const [atLeast, differentOnes] = await count('q1');
        expect(differentOnes).toBe(2 * EACH + 1);
        expect(atLeast - before[0]).toBeGreaterThanOrEqual(2 * EACH);
        return true;
      }, 90_000);
    });
  }, 300_000);
});
