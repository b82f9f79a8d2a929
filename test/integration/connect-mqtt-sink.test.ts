import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { SinkSource } from '../../src/connect/client/api.ts';
import { eventually, Harness } from '../../src/connect/worker/testing/harness.ts';
import { STRING_CONVERTER } from '../support/converters.ts';
import { describeWithMosquitto } from '../support/servers/available.ts';
import { MosquittoServer, type MosquittoReader } from '../support/servers/mosquitto.ts';
import { sinkSuite } from '../support/sink-suite.ts';

describeWithMosquitto('the MQTT sink', () => {
  let server: MosquittoServer;
  let worlds = 0;
  beforeAll(async () => {
    server = await new MosquittoServer().start();
  });
  afterAll(async () => {
    await server.remove();
  });

  sinkSuite('mqtt', async () => {
    const topic = `t${++worlds}`;
    const reader = await server.reader(`${topic}/#`);
    return {
      config: {
        'connector.class': 'io.confluent.connect.mqtt.MqttSinkConnector',
        'mqtt.server.uri': server.url,
        'mqtt.topic': `${topic}/\${key}`,
        'key.converter': STRING_CONVERTER,
        'value.converter': STRING_CONVERTER,
      },
      record: (n, text) => [String(n), text],
      keeps: 'every record',
      poison: ['a+b', 'x'],
      read: async () => reader.texts,
      wrong: [
        { change: { 'mqtt.server.uri': 'mqtt://127.0.0.1:1' }, names: 'mqtt.server.uri' },
        { change: { 'mqtt.username': 'me', 'mqtt.password': 'wrong' }, names: 'mqtt.password' },
        { change: { 'mqtt.topic': 'a/#' }, names: 'mqtt.topic' },
        { change: { 'mqtt.topic': '${' }, names: 'mqtt.topic' },
        { change: { 'mqtt.qos': '3' }, names: 'mqtt.qos' },
      ],
      outage: { away: () => server.halt(), back: async () => void (await server.start()) },
      close: () => reader.close(),
    };
  });

  let harness: Harness;
  let reader: MosquittoReader | undefined;
  beforeEach(async () => {
    harness = await new Harness().start();
  });
  afterEach(async () => {
    await reader?.close();
    reader = undefined;
    await harness.close();
  });

  test.each(['0', '1', '2'])(
    'of a table, with quality %s: the last of each key is there for who comes later',
    async (qos) => {
      const source: SinkSource = {
        name: `ROOMS${qos}`,
        isTable: true,
        topic: 't',
        key: [{ name: 'ROOM', type: 'STRING' }],
        value: [{ name: 'CELSIUS', type: 'DOUBLE' }],
        keyFormat: 'KAFKA',
        valueFormat: 'JSON',
      };
      await harness.write('t', [
        ['kitchen', '{"CELSIUS":20}'],
        ['hall', '{"CELSIUS":17}'],
        ['kitchen', '{"CELSIUS":21.5}'],
        ['hall', null],
      ]);
      await harness.herder.create('s', harness.sinkConfig({ connector: 'mqtt', url: server.url, qos }, [source]));
      await harness.committed('s', 4);
      // Published after the others, so that they have arrived when it does.
      await server.publish(`rooms${qos}/end`, ['end'], { retain: true });
      reader = await server.reader(`rooms${qos}/#`);
      await eventually(() => {
        const texts = reader?.texts.toSorted((a, b) => (a < b ? -1 : 1));
        expect(texts).toEqual(['end', '{"room":"kitchen","celsius":21.5}']);
        return true;
      }, 5000);
    },
  );
});
