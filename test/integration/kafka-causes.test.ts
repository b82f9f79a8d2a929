import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSluice, type Sluice } from '../../src/main/compose.ts';
import { KafkaCheck } from '../support/kafka-check.ts';
import { describeWithServers } from '../support/servers/available.ts';
import { startConnect, type ConnectServer } from '../support/servers/connect.ts';
import { APICURIO_CONVERTER, FILE_STREAM } from '../support/servers/connect-jars.ts';
import { temporaryFolder } from '../support/servers/java.ts';
import { startKafka, type KafkaServer } from '../support/servers/kafka.ts';
import { startRegistry, type RegistryServer } from '../support/servers/registry.ts';

/*
 * What DESCRIBE CONNECTOR reports when Kafka or the schema registry prevents a connector from working, for the server's
 * own worker and for a Kafka Connect worker: the cause and the remedy.
 */
describeWithServers('causes that lie in Kafka and in the schema registry', () => {
  let kafka: KafkaServer;
  let connect: ConnectServer;
  let registry: RegistryServer;
  let sluice: Sluice;
  let check: KafkaCheck;
  /** A proxy in front of the registry, and the status with which it responds itself; 0: it forwards requests. */
  let door: Server;
  let refuses = 0;
  const folder = temporaryFolder('kafka-causes');

  beforeAll(async () => {
    [kafka, registry] = await Promise.all([
      startKafka({
        properties: {
          'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
          'allow.everyone.if.no.acl.found': 'true',
        },
      }),
      startRegistry(),
    ]);
    const target = new URL(registry.url);
    door = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        if (refuses !== 0)
          return void response
            .writeHead(refuses, { 'content-type': 'application/json' })
            .end(JSON.stringify({ error_code: refuses, message: 'User is denied operation on this server' }));
        const { host: _, ...headers } = request.headers as Record<string, string>;
        void fetch(`${target.origin}${request.url!}`, {
          method: request.method!,
          headers,
          ...(parts.length > 0 && { body: Buffer.concat(parts) }),
        }).then(async (answer) =>
          response
            .writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'application/json' })
            .end(Buffer.from(await answer.arrayBuffer())),
        );
      });
    });
    await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
    connect = await startConnect(kafka.bootstrap, { plugins: [FILE_STREAM, APICURIO_CONVERTER] });
    check = new KafkaCheck(kafka.bootstrap);
    writeFileSync(`${folder.path}/secrets.key`, randomBytes(32).toString('base64'), { mode: 0o600 });
    writeFileSync(`${folder.path}/lines`, 'one\n');
    sluice = await startSluice({
      properties: {
        listeners: 'http://127.0.0.1:0',
        'connect.listeners': '',
        'connect.allowed.paths': folder.path,
        'data.dir': `${folder.path}/data`,
        'bootstrap.servers': kafka.bootstrap,
        'ksql.schema.registry.url': at(target.pathname),
        'secrets.key.file': `${folder.path}/secrets.key`,
        'log.level': 'silent',
      },
    });
    await run(`CREATE CONNECT CLUSTER java WITH (url='${connect.url}');`);
  });
  afterAll(async () => {
    await sluice?.close();
    await check?.close();
    await connect?.remove();
    door?.closeAllConnections();
    door?.close();
    await Promise.all([registry?.stop(), kafka?.remove()]);
    folder.remove();
  });

  const at = (path: string): string => `http://127.0.0.1:${(door.address() as AddressInfo).port}${path}`;
  const run = async (text: string) => (await sluice.engine.execute(text)).at(-1) as unknown as Record<string, any>;

  interface Worker {
    readonly name: string;
    /** The clause to append to a statement. */
    readonly there: string;
    readonly avro: (side: string) => string;
  }
  const WORKERS: readonly Worker[] = [
    {
      name: 'the worker in the server',
      there: '',
      avro: (side) => `'${side}.converter'='io.confluent.connect.avro.AvroConverter'`,
    },
    {
      name: 'a Connect cluster',
      there: ' IN CLUSTER java',
      avro: (side) =>
        [
          `'${side}.converter'='io.apicurio.registry.utils.converter.AvroConverter'`,
          `'${side}.converter.apicurio.registry.url'='${at('/apis/registry/v2')}'`,
          `'${side}.converter.apicurio.registry.auto-register'='true'`,
          `'${side}.converter.apicurio.registry.as-confluent'='true'`,
          `'${side}.converter.apicurio.registry.use-id'='contentId'`,
          `'${side}.converter.apicurio.registry.headers.enabled'='false'`,
          `'${side}.converter.apicurio.registry.artifact-resolver-strategy'='io.apicurio.registry.serde.strategy.TopicIdStrategy'`,
        ].join(', '),
    },
  ];
  const string = 'org.apache.kafka.connect.storage.StringConverter';
  const text = `'key.converter'='${string}', 'value.converter'='${string}'`;
  const source = (name: string, topic: string, more: string): string =>
    `CREATE SOURCE CONNECTOR ${name} WITH ('connector.class'='FileStreamSource', 'file'='${folder.path}/lines', 'topic'='${topic}', 'sql.declare'='false', ${more})`;
  const sink = (name: string, topic: string, more: string): string =>
    `CREATE SINK CONNECTOR ${name} WITH ('connector.class'='FileStreamSink', 'file'='${folder.path}/${name}.out', 'topics'='${topic}', ${more})`;

  /** Cause, advice and remarks of DESCRIBE and SHOW, as soon as they match what is expected. */
  async function said(name: string, { there }: Worker, expected: RegExp): Promise<string> {
    const deadline = Date.now() + 60_000;
    for (;;) {
      const { description, warnings } = await run(`DESCRIBE CONNECTOR ${name}${there};`);
      const told = JSON.stringify([description.health, warnings]);
      if (expected.test(told)) {
        const listed = (await run(`SHOW CONNECTORS${there};`))['connectors'] as {
          name: string;
          cause: string | null;
        }[];
        expect(listed.find((c) => c.name === name.toUpperCase())?.cause).toBe(description.health.cause);
        return told;
      }
      if (Date.now() > deadline)
        throw new Error(`Not said: ${String(expected)} in ${told} ${JSON.stringify(description.tasks)}`);
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }

  async function deny(
    resourceType: AclResourceTypes,
    resourceName: string,
    operation: AclOperationTypes,
  ): Promise<void> {
    const acl = {
      resourceType,
      resourceName,
      resourcePatternType: ResourcePatternTypes.LITERAL,
      principal: 'User:ANONYMOUS',
      host: '*',
    };
    await check.admin.createAcls({
      acl: [
        { ...acl, operation: AclOperationTypes.ALL, permissionType: AclPermissionTypes.ALLOW },
        { ...acl, operation, permissionType: AclPermissionTypes.DENY },
      ],
    });
  }
  async function allow(resourceType: AclResourceTypes, resourceName: string): Promise<void> {
    await check.admin.deleteAcls({
      filters: [
        {
          resourceType,
          resourceName,
          resourcePatternType: ResourcePatternTypes.LITERAL,
          operation: AclOperationTypes.ANY,
          permissionType: AclPermissionTypes.ANY,
        },
      ],
    });
  }

  describe.each(WORKERS)('$name', (worker) => {
    const own = (name: string): string => `${name}_${worker.there === '' ? 'here' : 'there'}`;
    const { there } = worker;

    test('an ACL is missing to write a topic, to read one, and for the group: named, and it runs once it is there', async () => {
      const [wr, rd, gr] = [own('wr'), own('rd'), own('gr')];
      for (const topic of [wr, rd, gr]) await check.createTopic(topic, 1);
      for (const topic of [rd, gr]) await check.send(topic, [{ key: 'a', value: 'x' }]);
      await deny(AclResourceTypes.TOPIC, wr, AclOperationTypes.WRITE);
      await deny(AclResourceTypes.TOPIC, rd, AclOperationTypes.READ);
      await deny(AclResourceTypes.GROUP, `connect-${gr.toUpperCase()}`, AclOperationTypes.READ);
      await run(`${source(wr, wr, text)}${there};`);
      await run(`${sink(rd, rd, text)}${there};`);
      await run(`${sink(gr, gr, text)}${there};`);
      for (const [name, resource, operation] of [
        [wr, `topic ${wr}`, 'Write'],
        [rd, `topic ${rd}`, 'Read'],
        [gr, `group connect-${gr.toUpperCase()}`, 'Read'],
      ] as const) {
        const told = await said(name, worker, /[Nn]ot authorized|AUTHORIZATION_FAILED/);
        expect(told, told).toContain(
          `kafka-acls --add --allow-principal User:… --operation ${operation} --${resource}`,
        );
        expect(told, told).toMatch(/RESTART CONNECTOR \w+(?: IN CLUSTER JAVA)?;|tried again by itself/);
      }
      await allow(AclResourceTypes.TOPIC, wr);
      await allow(AclResourceTypes.TOPIC, rd);
      await allow(AclResourceTypes.GROUP, `connect-${gr.toUpperCase()}`);
      for (const name of [wr, rd, gr]) {
        await run(`RESTART CONNECTOR ${name}${there};`);
        await said(name, worker, /"state":"RUNNING \(1\/1/);
        await run(`DROP CONNECTOR ${name}${there};`);
      }
    }, 240_000);

    test('records are gone before a sink has read them', async () => {
      const name = own('cut');
      await check.createTopic(name, 1);
      await check.send(
        name,
        ['a', 'b', 'c'].map((value) => ({ key: 'k', value })),
      );
      const reset = there === '' ? text : `${text}, 'consumer.override.auto.offset.reset'='none'`;
      await run(`${sink(name, name, reset)} STOPPED${there};`);
      await run(`ASSERT CONNECTOR ${name} STOPPED TIMEOUT 20 SECONDS${there};`);
      const offset = `[{"partition": {"kafka_topic": "${name}", "kafka_partition": 0}, "offset": {"kafka_offset": 1}}]`;
      await run(`ALTER CONNECTOR OFFSETS OF ${name} SET '${offset}'${there};`);
      await check.admin.deleteTopicRecords({ topic: name, partitions: [{ partition: 0, offset: '2' }] });
      await run(`RESUME CONNECTOR ${name}${there};`);
      const told = await said(name, worker, /out of range|were gone before they were read/i);
      if (there === '')
        expect(told, told).toContain('records from offset 1 to 1 were gone before they were read (retention');
      else {
        expect(told, told).toMatch(/ALTER CONNECTOR OFFSETS OF \w+ SET BEGINNING IN CLUSTER JAVA;/);
        await run(`ALTER CONNECTOR OFFSETS OF ${name} SET BEGINNING${there};`);
        await said(name, worker, /"state":"RUNNING \(1\/1/);
      }
      await run(`DROP CONNECTOR ${name}${there};`);
    }, 120_000);

    test('the registry has no schema of the number, refuses one, or lets nobody in', async () => {
      const [missing, refused, shut] = [own('missing'), own('refused'), own('shut')];
      for (const topic of [missing, refused, shut]) await check.createTopic(topic, 1);
      await check.send(missing, [{ key: 'a', value: Buffer.from([0, 0, 1, 0xe2, 0x40, 2, 65]) }]);
      await run(
        `${sink(missing, missing, `'key.converter'='org.apache.kafka.connect.storage.StringConverter', ${worker.avro('value')}`)}${there};`,
      );
      const lacks = await said(missing, worker, /123456/);
      expect(lacks, lacks).toMatch(/registry has no schema|no schema of that number/i);
      await run(`DROP CONNECTOR ${missing}${there};`);

      const rest = (path: string, body: object, method: string) =>
        fetch(`${registry.url}${path}`, {
          method,
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        });
      await rest(`/subjects/${refused}-value/versions`, { schema: '{"type":"int"}' }, 'POST');
      await rest(`/config/${refused}-value`, { compatibility: 'BACKWARD' }, 'PUT');
      await run(`${source(refused, refused, worker.avro('value'))}${there};`);
      const clash = await said(refused, worker, /incompatible|Incompatible|RuleViolation|compatib/);
      expect(clash, clash).toMatch(/compatibility of subject|write to another topic/);
      await run(`DROP CONNECTOR ${refused}${there};`);

      refuses = 403;
      try {
        await run(`${source(shut, shut, worker.avro('value'))}${there};`);
        const closed = await said(shut, worker, /403|Forbidden|denied|Authorization error/);
        expect(closed, closed).toContain('schema registry does not let');
      } finally {
        refuses = 0;
      }
      await run(`RESTART CONNECTOR ${shut}${there};`);
      await said(shut, worker, /"state":"RUNNING \(1\/1/);
      await run(`DROP CONNECTOR ${shut}${there};`);
    }, 240_000);
  });

  test('the brokers are away: told at once of every connector, and all goes on where it was when they are back', async () => {
    const lines = `${folder.path}/away`;
    writeFileSync(lines, 'before\n');
    const names = WORKERS.map((worker) => {
      const side = worker.there === '' ? 'here' : 'there';
      return { worker, from: `away_from_${side}`, into: `away_into_${side}` };
    });
    const outputs = names.map(({ into }) => `${folder.path}/${into}.out`);
    const written = () => outputs.map((path) => (existsSync(path) ? readFileSync(path, 'utf8') : ''));
    for (const { worker, from, into } of names) {
      await check.createTopic(from, 1);
      await run(`${source(from, from, text).replace('/lines', '/away')}${worker.there};`);
      await run(`${sink(into, from, text)}${worker.there};`);
    }
    await expect.poll(written, { timeout: 60_000 }).toEqual(['before\n', 'before\n']);
    await kafka.stop();
    try {
      appendFileSync(lines, 'meanwhile\n');
      for (const { worker, from, into } of names)
        for (const name of [from, into]) {
          const told = await said(name, worker, /Kafka is away: Cannot reach Kafka at localhost:\d+/);
          expect(told, told).toContain('"state":"WARNING (0/1 tasks RUNNING)"');
          expect(told, told).toMatch(/bootstrap\.servers .*go on by themselves/);
        }
      // What a Connect worker itself reports, when the server can reach that worker's Kafka.
      const { clusters } = sluice.engine.services;
      await expect
        .poll(async () => await (await clusters.client('JAVA')).sickness?.(), { timeout: 120_000, interval: 1000 })
        .toMatch(/unable to handle/);
    } finally {
      await kafka.start();
    }
    for (const { worker, from, into } of names)
      for (const name of [from, into]) await said(name, worker, /"state":"RUNNING \(1\/1/);
    await expect.poll(written, { timeout: 120_000 }).toEqual(['before\nmeanwhile\n', 'before\nmeanwhile\n']);
    for (const { worker, from, into } of names)
      for (const name of [from, into]) await run(`DROP CONNECTOR ${name}${worker.there};`);
  }, 600_000);
});
