import { rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { RegistrySchema } from '../../src/formats/api.ts';
import { MemorySchemaRegistry } from '../../src/formats/schema-registry/memory-registry.ts';
import { createRegistryHandler } from '../../src/formats/schema-registry/rest.ts';
import { startSluice, type Sluice } from '../../src/main/compose.ts';
import { KafkaCheck } from '../support/kafka-check.ts';
import { sleep } from '../support/server-process.ts';
import { describeWithServers } from '../support/servers/available.ts';
import { temporaryFolder } from '../support/servers/java.ts';
import { type KafkaServer, startKafka } from '../support/servers/kafka.ts';

/** The behaviour of a proxy in front of a registry. */
type Door = 'open' | 'no answer' | '404 of a proxy';

/** A registry behind a proxy. */
class DoorRegistry {
  readonly registry = new MemorySchemaRegistry();
  readonly asked: string[] = [];
  door: Door = 'open';
  readonly #server: Server;

  private constructor() {
    const handle = createRegistryHandler(this.registry);
    this.#server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const path = request.url!;
        this.asked.push(path);
        if (this.door === 'no answer') return void request.socket.destroy();
        if (this.door !== 'open') return void response.writeHead(404).end('<html>no such upstream</html>');
        const text = Buffer.concat(parts).toString();
        void handle(request.method!, path, text === '' ? undefined : JSON.parse(text)).then((answer) =>
          response.writeHead(answer.status).end(JSON.stringify(answer.body)),
        );
      });
    });
  }

  static async start(): Promise<DoorRegistry> {
    const made = new DoorRegistry();
    await new Promise<void>((resolve) => made.#server.listen(0, '127.0.0.1', resolve));
    return made;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** The schema of a record with one INTEGER column, under the name that another writer gave it. */
const written = (name: string): RegistrySchema => ({
  schemaType: 'AVRO',
  schema: JSON.stringify({ type: 'record', name, fields: [{ name: 'V', type: 'int' }] }),
});

/** Confluent's wire format; `v` from 0 to 63. */
function record(id: number, v: number): Buffer {
  const bytes = Buffer.from([0, 0, 0, 0, 0, v * 2]);
  bytes.writeInt32BE(id, 1);
  return bytes;
}

describeWithServers('records on Apache Kafka that need more than themselves to be read', () => {
  let kafka: KafkaServer;
  let check: KafkaCheck;
  let schemas: DoorRegistry;
  let round = 0;
  let folder: ReturnType<typeof temporaryFolder>;
  let sluice: Sluice;

  beforeAll(async () => {
    kafka = await startKafka();
  });
  beforeEach(async () => {
    round++;
    folder = temporaryFolder('schemas');
    check = new KafkaCheck(kafka.bootstrap);
    schemas = await DoorRegistry.start();
    sluice = await start();
    await check.createTopic(`in${round}`, 2);
  });
  afterEach(async () => {
    await sluice.close();
    await schemas.close();
    folder.remove();
    await check.close();
  });
  afterAll(async () => {
    await kafka?.remove();
  });

  const start = (more: Record<string, string> = {}): Promise<Sluice> =>
    startSluice({
      properties: {
        'bootstrap.servers': kafka.bootstrap,
        'data.dir': folder.path,
        'ksql.service.id': `sc${round}_`,
        listeners: 'http://127.0.0.1:0',
        'connect.listeners': '',
        'log.level': 'silent',
        'ksql.schema.registry.url': schemas.url,
        'ksql.streams.auto.offset.reset': 'earliest',
        'ksql.query.retry.backoff.initial.ms': '200',
        'ksql.logging.processing.topic.auto.create': 'true',
        'ksql.logging.processing.topic.name': `log${round}`,
        ...more,
      },
    });

  async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
    for (const deadline = Date.now() + 90_000; !(await holds()); await sleep(50))
      if (Date.now() > deadline) throw new Error('It did not come true in time');
  }

  const status = (id: string) => sluice.engine.services.queries.status(id)!;
  const valuesOf = async (topic: string, count: number): Promise<unknown[]> =>
    (await check.read(topic, (seen) => seen.length >= count, { settleMs: 200 }))
      .map((r) => JSON.parse(r.value!) as { readonly V: number })
      .toSorted((a, b) => a.V - b.V);

  const COPY = (): string => `
    CREATE STREAM src (k VARCHAR KEY, v INT) WITH (kafka_topic='in${round}', value_format='AVRO');
    CREATE STREAM copy WITH (kafka_topic='copy${round}', value_format='JSON') AS SELECT k, v FROM src;`;

  test('a registry that is away stops what needs it, with the reason, and nothing else; no record is missing after', async () => {
    await check.createTopic(`plain${round}`, 1);
    await sluice.engine.execute(`${COPY()}
      CREATE STREAM plain (k VARCHAR KEY, v INT) WITH (kafka_topic='plain${round}', value_format='JSON');
      CREATE STREAM other WITH (kafka_topic='other${round}') AS SELECT k, v FROM plain;`);
    for (const [i, door] of (['no answer', '404 of a proxy'] as const).entries()) {
      const id = await schemas.registry.register(`elsewhere${i}`, written(`Writer${i}`));
      schemas.door = door;
      await check.send(`in${round}`, [{ key: 'a', value: record(id, i) }]);
      await until(() => status('CSAS_COPY_0').status === 'ERROR');
      expect(status('CSAS_COPY_0').errors.at(-1)!.errorMessage).toContain('does not answer');
      await check.send(`plain${round}`, [{ key: 'a', value: `{"v":${i}}` }]);
      await sluice.engine.execute(
        `CREATE STREAM later${i} (k VARCHAR KEY, v INT) WITH (kafka_topic='plain${round}', value_format='JSON');`,
      );
      await until(() => status('CSAS_OTHER_1').recordsOut === i + 1);
      expect(status('CSAS_OTHER_1').status).toBe('RUNNING');
      expect(status('CSAS_COPY_0').status).toBe('ERROR');
      schemas.door = 'open';
      await until(() => status('CSAS_COPY_0').status === 'RUNNING');
    }
    expect(await valuesOf(`copy${round}`, 2)).toEqual([{ V: 0 }, { V: 1 }]);
    expect(await valuesOf(`other${round}`, 2)).toEqual([{ V: 0 }, { V: 1 }]);
  });

  test('a schema that comes after its record is waited for, in its partition alone; by a setting not without end', async () => {
    await sluice.engine.execute(COPY());
    const id = (await schemas.registry.register('elsewhere', written('A'))) + 1;
    await check.send(`in${round}`, [{ key: 'a', value: record(id, 1), partition: 0 }]);
    await until(() => schemas.asked.filter((path) => path.startsWith(`/schemas/ids/${id}`)).length >= 2);
    expect(await schemas.registry.register('another', written('B'))).toBe(id);
    expect(await valuesOf(`copy${round}`, 1)).toEqual([{ V: 1 }]);
    await check.send(`in${round}`, [
      { key: 'b', value: record(id, 2), partition: 0 },
      { key: 'b', value: record(4711, 3), partition: 0 },
      { key: 'c', value: record(id, 4), partition: 0 },
    ]);
    await until(() => status('CSAS_COPY_0').status === 'ERROR');
    const where = `Waiting for schema 4711, which the schema registry does not have, of topic=in${round}, partition=0, offset=2`;
    expect(status('CSAS_COPY_0').errors.at(-1)!.errorMessage).toContain(where);
    await check.send(`in${round}`, [{ key: 'd', value: record(id, 5), partition: 1 }]);
    expect(await valuesOf(`copy${round}`, 3)).toEqual([{ V: 1 }, { V: 2 }, { V: 5 }]);
    const told = await check.read(`log${round}`, (seen) => seen.some((r) => r.value!.includes('4711')));
    expect(told.map((r) => r.value).join('\n')).toContain(where);
    expect(status('CSAS_COPY_0').status).toBe('ERROR');
    // The schema does not exist in any registry.
    await sluice.close();
    sluice = await start({ 'ksql.query.missing.schema.wait.ms': '500' });
    expect(await valuesOf(`copy${round}`, 4)).toEqual([{ V: 1 }, { V: 2 }, { V: 4 }, { V: 5 }]);
    const given = await check.read(`log${round}`, (seen) => seen.some((r) => r.value!.includes('has no schema')));
    expect(given.map((r) => r.value).join('\n')).toContain('The schema registry has no schema with id 4711');
    await until(() => status('CSAS_COPY_0').status === 'RUNNING');
  });

  test('Debezium’s placeholder is the value of before, which a server that lost its state restores', async () => {
    const event = (op: string, name: string, text: string): string =>
      JSON.stringify({ before: null, after: { name, text }, source: {}, op, ts_ms: 1 });
    await sluice.engine.execute(`
      CREATE TABLE docs (k VARCHAR PRIMARY KEY, name VARCHAR, text VARCHAR)
        WITH (kafka_topic='in${round}', value_format='CONNECT_JSON');
      CREATE TABLE copy WITH (kafka_topic='copy${round}', value_format='JSON') AS SELECT k, name, text FROM docs;`);
    await check.send(`in${round}`, [{ key: 'a', value: event('c', 'one', 'long text') }]);
    expect(await valuesOf(`copy${round}`, 1)).toEqual([{ NAME: 'one', TEXT: 'long text' }]);
    await sluice.close();
    rmSync(folder.path, { recursive: true });
    sluice = await start();
    await check.send(`in${round}`, [
      { key: 'a', value: event('u', 'two', '__debezium_unavailable_value') },
      { key: 'b', value: event('u', 'new', '__debezium_unavailable_value') },
    ]);
    expect((await valuesOf(`copy${round}`, 3)).slice(1)).toEqual([
      { NAME: 'two', TEXT: 'long text' },
      { NAME: 'new', TEXT: null },
    ]);
    const told = await check.read(`log${round}`, (seen) => seen.length > 0);
    expect(told.map((r) => r.value).join('\n')).toContain('Column TEXT: the database did not send');
  });
});
