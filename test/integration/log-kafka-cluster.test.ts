import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { leaveGroupV5 } from '@platformatic/kafka';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isSluiceError } from '../../src/base/errors.ts';
import { Fenced, type Log, type TopicPartition } from '../../src/log/api.ts';
import { ConsumerGroup } from '../../src/log/kafka/consumer-group.ts';
import { KafkaLog } from '../../src/log/kafka/kafka-log.ts';
import { testEnv } from '../support/env.ts';
import { batchOf, readRecords, recordsOf, type TestRecord } from '../support/log-records.ts';
import { byExtent } from '../support/extent.ts';
import { describeWithServers } from '../support/servers/available.ts';
import { temporaryFolder } from '../support/servers/java.ts';
import { type KafkaServer, startKafka, startKafkaCluster } from '../support/servers/kafka.ts';
import { freePort } from '../support/free-port.ts';

const connect = (kafka: KafkaServer, more: Record<string, string> = {}): KafkaLog =>
  new KafkaLog({
    properties: { 'bootstrap.servers': kafka.bootstrap, ...more },
    env: testEnv(),
    readFile: (path) => readFileSync(path),
  });

const name = ({ topic, partition }: TopicPartition): string => `${topic}-${partition}`;

async function until(condition: () => boolean | Promise<boolean>, withinMs = 90_000): Promise<void> {
  for (const end = Date.now() + withinMs; !(await condition());) {
    if (Date.now() > end) throw new Error(`Not within ${withinMs} ms: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describeWithServers('consumer groups', () => {
  let kafka: KafkaServer;
  let log: KafkaLog;
  beforeAll(async () => {
    kafka = await startKafka({ properties: { 'group.min.session.timeout.ms': '500' } });
    log = connect(kafka);
    for (const topic of ['a', 'b']) await log.admin.createTopic({ name: topic, partitions: 4, replicas: 1 });
    await log.admin.createTopic({ name: 'c', partitions: 2, replicas: 1 });
  });
  afterAll(async () => {
    await log?.close();
    await kafka?.remove();
  });

  /** A member that logs its events; no partition may belong to two members at once. */
  const holders = new Map<string, string>();
  const member = (id: string, groupId: string, cluster = log.cluster) => {
    const events: string[] = [];
    const group = new ConsumerGroup(cluster, {
      groupId,
      topicGroups: [['a', 'b'], ['c']],
      heartbeatIntervalMs: 100,
      sessionTimeoutMs: 1500,
      rebalanceTimeoutMs: 5000,
      callbacks: {
        onAssigned: async (partitions) => {
          for (const p of partitions) {
            expect(holders.get(`${groupId}/${name(p)}`)).toBeUndefined();
            holders.set(`${groupId}/${name(p)}`, id);
          }
          events.push(`+${partitions.length}`);
        },
        onRevoked: async (partitions) => {
          // No other member may get the partitions while this one is still revoking them.
          await new Promise((resolve) => setTimeout(resolve, 300));
          for (const p of partitions) holders.delete(`${groupId}/${name(p)}`);
          events.push(`-${partitions.length}`);
        },
        onLost: async (partitions) => {
          for (const p of partitions) holders.delete(`${groupId}/${name(p)}`);
          events.push(`lost ${partitions.length}`);
        },
        onFailed: (error) => events.push(`failed ${String(error)}`),
      },
    });
    group.start();
    return { group, events };
  };

  test('members share, join and leave; joined topics stay together; nothing is with two at once', async () => {
    const one = member('one', 'g1');
    await until(() => one.group.owned.length === 10);
    const two = member('two', 'g1');
    await until(() => one.group.owned.length + two.group.owned.length === 10 && two.group.owned.length > 0);
    const three = member('three', 'g1');
    const all = [one, two, three];
    await until(
      () => all.every((m) => m.group.owned.length > 0) && all.reduce((n, m) => n + m.group.owned.length, 0) === 10,
    );
    for (const { group } of all) {
      const owned = group.owned.map(name);
      for (const p of owned) if (p.startsWith('a-')) expect(owned).toContain(p.replace('a-', 'b-'));
    }
    // Sticky: it never gave up the partitions that it keeps.
    expect(one.events[0]).toBe('+10');
    expect(one.events.filter((e) => e.startsWith('+')).length).toBe(1);
    await two.group.leave();
    await until(() => one.group.owned.length + three.group.owned.length === 10);
    expect(all.flatMap((m) => m.events).filter((e) => e.startsWith('lost') || e.startsWith('failed'))).toEqual([]);
    await Promise.all([one.group.leave(), three.group.leave()]);
    expect(await log.admin.listGroups()).toContain('g1');
  });

  test('commits go on while the group rebalances, and count', async ({ task }) => {
    // A second attempt must not wait for the members of the first.
    const group = `g3-${task.result?.retryCount ?? 0}`;
    const one = member('one', group);
    await until(() => one.group.owned.length === 10);
    const mine = one.group.member;
    const writer = await log.createWriter({ transactionalId: 'busy' });
    let n = 0;
    let stop = false;
    const committing = (async () => {
      for (; !stop; n++) {
        writer.commitOffsets(group, [{ topic: 'a', partition: 0, offset: n }], mine);
        await writer.commit();
      }
    })();
    for (let i = 0; i < 3; i++) {
      const two = member('two', group);
      await until(() => two.group.owned.length > 0);
      await two.group.leave();
      await until(() => one.group.owned.length === 10);
    }
    stop = true;
    await committing;
    expect((await log.admin.committedOffsets(group))[0]!.offset).toBe(n - 1);
    // The number depends on the machine; what counts is that records continue to arrive through several rebalances.
    expect(n).toBeGreaterThan(5);
    await one.group.leave();
    expect(() => mine.generationId).toThrow(Fenced);
    await writer.close();
  });

  test('the partitions of a member that vanishes go to the others, and its late commit is refused', async () => {
    const dying = connect(kafka);
    const one = member('one', 'g2');
    const gone = member('gone', 'g2', dying.cluster);
    await until(() => one.group.owned.length + gone.group.owned.length === 10 && gone.group.owned.length > 0);
    const late = gone.group.member;
    const lost = gone.group.owned;
    const writer = await log.createWriter({ transactionalId: 'late' });
    writer.commitOffsets('g2', [{ ...lost[0]!, offset: 0 }], late);
    await writer.commit();
    for (const p of lost) holders.delete(`g2/${name(p)}`);
    await dying.close();
    await until(() => one.group.owned.length === 10);
    writer.commitOffsets('g2', [{ ...lost[0]!, offset: 1 }], late);
    await expect(writer.commit()).rejects.toBeInstanceOf(Fenced);
    await writer.abort();
    writer.commitOffsets('g2', [{ ...lost[0]!, offset: 2 }], one.group.member);
    await writer.commit();
    expect((await log.admin.committedOffsets('g2')).find((o) => name(o) === name(lost[0]!))!.offset).toBe(2);
    await writer.close();
    await one.group.leave();
    await gone.group.leave();
  });

  test('a member that was thrown out commits nothing before it has joined again', async () => {
    const writer = await log.createWriter({ transactionalId: 'thrown-out' });
    const at = { topic: 'c', partition: 0 };
    const commit = (offset: number): Promise<unknown> => {
      writer.commitOffsets('g4', [{ ...at, offset }], group.member);
      return writer.commit().then(
        () => 'committed',
        (error: unknown) => error,
      );
    };
    let whenLost: unknown;
    const group = new ConsumerGroup(log.cluster, {
      groupId: 'g4',
      topicGroups: [['c']],
      heartbeatIntervalMs: 100,
      callbacks: {
        onAssigned: async () => undefined,
        onRevoked: async () => undefined,
        // The loss is only reported now: a commit that does not check for it must be refused.
        onLost: async () => {
          whenLost = await commit(2);
          await writer.abort();
        },
        onFailed: (error) => (whenLost = error),
      },
    });
    group.start();
    await until(() => group.isSettled);
    expect(await commit(1)).toBe('committed');
    const { memberId } = group.member;
    await log.cluster.toCoordinator(
      'group',
      'g4',
      'throw a member out',
      [leaveGroupV5],
      () => ['g4', [{ memberId, groupInstanceId: null, reason: 'test' }]],
      (r) => r.errorCode,
    );
    await until(() => whenLost !== undefined);
    expect(whenLost).toBeInstanceOf(Fenced);
    await until(() => group.isSettled);
    expect((await log.admin.committedOffsets('g4'))[0]!.offset).toBe(1);
    expect(await commit(3)).toBe('committed');
    await group.leave();
    await writer.close();
  });
});

/** A retry does not find the records of an earlier attempt. */
let attempts = 0;

/** The topic whose offsets the writers below commit. */
async function createInput(kafka: KafkaServer, replicas: number): Promise<void> {
  const log = connect(kafka);
  await log.admin.createTopic({ name: 'input', partitions: 1, replicas });
  await log.close();
}

/** Commits 0, 1, 2 ... together with its offset, until it is stopped. */
const writeSteadily = (log: Log, topic: string, id: string) => {
  let stop = false;
  let committed = 0;
  const done = (async () => {
    const writer = await log.createWriter({ transactionalId: id });
    for (; !stop; committed++) {
      writer.append(topic, committed % 2, batchOf([[`${committed}`, `${committed}`]]), true);
      writer.commitOffsets(`${id}-group`, [{ topic: 'input', partition: 0, offset: committed + 1 }]);
      await writer.commit();
    }
    await writer.close();
  })();
  return {
    count: () => committed,
    stop: async () => {
      stop = true;
      await done;
      return committed;
    },
  };
};

describeWithServers('a broker that comes and goes', () => {
  let kafka: KafkaServer;
  beforeAll(async () => {
    kafka = await startKafka();
    await createInput(kafka, 1);
  });
  afterAll(async () => {
    await kafka?.remove();
  });

  test.each(byExtent(['kill'] as const, ['stop', 'kill'] as const))(
    '%s and start: each record once, offsets with them, readers go on',
    async (how) => {
      const log = connect(kafka, { 'request.timeout.ms': '5000' });
      const topic = `out-${how}-${++attempts}`;
      await log.admin.createTopic({ name: topic, partitions: 2, replicas: 1 });
      const reader = log.createReader({});
      reader.assign([0, 1].map((partition) => ({ topic, partition, offset: 0 })));
      const seen: string[] = [];
      let reading = true;
      const readerDone = (async () => {
        // A poll fails after half a minute without the broker; the next one goes on, as a query's does.
        const read = (): Promise<TestRecord[]> =>
          readRecords(reader, 1, 500).catch((error: unknown) => {
            if (isSluiceError(error) && error.retriable) return [];
            throw error;
          });
        while (reading) seen.push(...(await read()).map((r) => r.value!));
      })();
      const writing = writeSteadily(log, topic, `w-${attempts}`);
      await until(() => writing.count() > 20);
      await kafka[how]();
      await new Promise((resolve) => setTimeout(resolve, 500));
      const before = writing.count();
      await kafka.start();
      await until(() => writing.count() > before + 20, 90_000);
      const count = await writing.stop();
      await until(() => seen.length >= count);
      reading = false;
      await readerDone;
      expect([...seen].sort((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: count }, (_, i) => `${i}`));
      expect((await log.admin.committedOffsets(`w-${attempts}-group`))[0]!.offset).toBe(count);
      await log.close();
    },
  );

  test('down at the start: the first requests wait', async () => {
    await kafka.stop();
    const log = connect(kafka);
    const creating = log.admin.createTopic({ name: 'early', partitions: 1, replicas: 1 });
    const opening = log.createWriter({ transactionalId: 'early' });
    await new Promise((resolve) => setTimeout(resolve, 500));
    await kafka.start();
    await creating;
    const writer = await opening;
    writer.append('early', 0, batchOf([['k', 'v']]), true);
    await writer.commit();
    await writer.close();
    await log.close();
  });

  test('what a writer left open is aborted by its successor', async () => {
    const log = connect(kafka);
    await log.admin.createTopic({ name: 'left-open', partitions: 1, replicas: 1 });
    const first = connect(kafka);
    const dead = await first.createWriter({ transactionalId: 'open' });
    dead.append('left-open', 0, batchOf([['k', 'never']]), true);
    await until(() => dead.pendingBytes === 0);
    await first.close();
    const heir = await log.createWriter({ transactionalId: 'open' });
    heir.append('left-open', 0, batchOf([['k', 'seen']]), true);
    await heir.commit();
    const reader = log.createReader({});
    reader.assign([{ topic: 'left-open', partition: 0, offset: 0 }]);
    expect((await readRecords(reader, 1)).map((r) => r.value)).toEqual(['seen']);
    await heir.close();
    await log.close();
  });
});

describeWithServers('a cluster whose leaders move', () => {
  let nodes: KafkaServer[];
  beforeAll(async () => {
    nodes = await startKafkaCluster(2, {
      properties: { 'broker.session.timeout.ms': '3000', 'broker.heartbeat.interval.ms': '500' },
    });
    await createInput(nodes[0]!, 2);
  });
  afterAll(async () => {
    for (const node of [...(nodes ?? [])].reverse()) await node.remove();
  });

  test.each(byExtent(['kill'] as const, ['stop', 'kill'] as const))(
    '%s one of two: each record once, and the node is used again when it is back',
    async (how) => {
      const [first, second] = nodes as [KafkaServer, KafkaServer];
      const log = connect(first, {
        'bootstrap.servers': `${second.bootstrap},${first.bootstrap}`,
        'request.timeout.ms': '5000',
      });
      const topic = `moving-${how}-${++attempts}`;
      await log.admin.createTopic({ name: topic, partitions: 2, replicas: 2 });
      const reader = log.createReader({});
      reader.assign([0, 1].map((partition) => ({ topic, partition, offset: 0 })));
      const writing = writeSteadily(log, topic, `m-${attempts}`);
      await until(() => writing.count() > 20);
      await second[how]();
      const before = writing.count();
      await until(() => writing.count() > before + 20, 60_000);
      await second.start();
      // Leadership returns to the preferred replicas, so leaders move once more.
      const between = writing.count();
      await until(() => writing.count() > between + 20, 60_000);
      const count = await writing.stop();
      const values = (await readRecords(reader, count, 15_000)).map((r) => Number(r.value));
      expect(values.sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
      expect((await log.admin.committedOffsets(`m-${attempts}-group`))[0]!.offset).toBe(count);
      await reader.close();
      await log.close();
    },
  );
});

describeWithServers('security', () => {
  const jaas = (module: string, user: string, password: string): string => {
    return `org.apache.kafka.common.security.${module} required username="${user}" password="${password}";`;
  };
  const roundTrip = async (log: Log, topic: string): Promise<void> => {
    await log.admin.createTopic({ name: topic, partitions: 1, replicas: 1 });
    const writer = await log.createWriter({ transactionalId: topic });
    writer.append(topic, 0, batchOf([['k', 'v']]), true);
    await writer.commit();
    const reader = log.createReader({});
    reader.assign([{ topic, partition: 0, offset: 0 }]);
    expect((await readRecords(reader, 1)).map((r) => r.value)).toEqual(['v']);
    await writer.close();
    await log.close();
  };

  describe('SASL_PLAINTEXT', () => {
    let kafka: KafkaServer;
    beforeAll(async () => {
      const plain = 'org.apache.kafka.common.security.plain.PlainLoginModule required user_alice="a;\\"b";';
      const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
      const oauth =
        'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="server";';
      kafka = await startKafka({
        protocol: 'SASL_PLAINTEXT',
        properties: {
          'listener.name.clients.sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
          'listener.name.clients.plain.connections.max.reauth.ms': '2000',
          'listener.name.clients.plain.sasl.jaas.config': plain.replaceAll('\\', '\\\\'),
          'listener.name.clients.scram-sha-256.sasl.jaas.config': scram,
          'listener.name.clients.scram-sha-512.sasl.jaas.config': scram,
          'listener.name.clients.oauthbearer.sasl.jaas.config': oauth,
        },
        formatArgs: [
          '--add-scram',
          'SCRAM-SHA-256=[name=bob,password=secret256]',
          '--add-scram',
          'SCRAM-SHA-512=[name=carol,password=secret512]',
        ],
      });
    });
    afterAll(async () => {
      await kafka?.remove();
    });

    test.each([
      ['PLAIN', jaas('plain.PlainLoginModule', 'alice', 'a;\\"b')],
      ['SCRAM-SHA-256', jaas('scram.ScramLoginModule', 'bob', 'secret256')],
      ['SCRAM-SHA-512', jaas('scram.ScramLoginModule', 'carol', 'secret512')],
      [
        'OAUTHBEARER',
        'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="dave";',
      ],
    ])('%s', async (mechanism, config) => {
      const log = connect(kafka, {
        'security.protocol': 'SASL_PLAINTEXT',
        'sasl.mechanism': mechanism,
        'sasl.jaas.config': config,
      });
      await roundTrip(log, `sasl-${mechanism.toLowerCase()}`);
    });

    test('a session that ends is replaced without anybody noticing', async () => {
      const config = jaas('plain.PlainLoginModule', 'alice', 'a;\\"b');
      const log = connect(kafka, {
        'security.protocol': 'SASL_PLAINTEXT',
        'sasl.mechanism': 'PLAIN',
        'sasl.jaas.config': config,
      });
      await log.admin.createTopic({ name: 'long-lived', partitions: 1, replicas: 1 });
      const writer = await log.createWriter({ transactionalId: 'long-lived' });
      const reader = log.createReader({});
      reader.assign([{ topic: 'long-lived', partition: 0, offset: 0 }]);
      const seen: (string | null)[] = [];
      let n = 0;
      for (const end = Date.now() + 6000; Date.now() < end; n++) {
        writer.append('long-lived', 0, batchOf([['k', `${n}`]]), true);
        await writer.commit();
        seen.push(...recordsOf(await reader.poll(0)).map((r) => r.value));
      }
      seen.push(...(await readRecords(reader, n - seen.length)).map((r) => r.value));
      expect(seen).toEqual(Array.from({ length: n }, (_, i) => `${i}`));
      await writer.close();
      await log.close();
    });

    test('a wrong password is an error at once', async () => {
      const config = jaas('plain.PlainLoginModule', 'alice', 'wrong');
      const log = connect(kafka, {
        'security.protocol': 'SASL_PLAINTEXT',
        'sasl.mechanism': 'PLAIN',
        'sasl.jaas.config': config,
      });
      const error: unknown = await log.admin.listTopics().catch((e: unknown) => e);
      expect(isSluiceError(error, 'LOG_UNAVAILABLE') && !error.retriable).toBe(true);
      expect(String(error)).toMatch(/authentication failed/i);
      await log.close();
    });
  });

  describe('SSL', () => {
    let kafka: KafkaServer;
    let folder: ReturnType<typeof temporaryFolder>;
    const file = (path: string): string => join(folder.path, path);
    const run = (program: string, args: readonly string[]): void => {
      const { status, stdout, stderr } = spawnSync(program, args, { cwd: folder.path, encoding: 'utf8' });
      if (status !== 0) throw new Error(stdout + stderr);
    };
    const openssl = (...args: string[]): void => run('openssl', args);
    const keytool = (...args: string[]): void => run('keytool', args);
    beforeAll(async () => {
      folder = temporaryFolder('tls');
      const key = ['-newkey', 'rsa:2048', '-nodes'];
      openssl(
        'req',
        '-x509',
        ...key,
        '-keyout',
        'server.key',
        '-out',
        'server.crt',
        '-days',
        '2',
        '-subj',
        '/CN=localhost',
        '-addext',
        'subjectAltName=DNS:localhost',
      );
      openssl(
        'req',
        '-x509',
        ...key,
        '-keyout',
        'client.key',
        '-out',
        'client.crt',
        '-days',
        '2',
        '-subj',
        '/CN=client',
      );
      openssl(
        'pkcs12',
        '-export',
        '-in',
        'server.crt',
        '-inkey',
        'server.key',
        '-out',
        'server.p12',
        '-passout',
        'pass:changeit',
      );
      openssl(
        'pkcs12',
        '-export',
        '-in',
        'client.crt',
        '-inkey',
        'client.key',
        '-out',
        'client.p12',
        '-passout',
        'pass:clientpass',
      );
      kafka = await startKafka({
        protocol: 'SSL',
        properties: {
          'ssl.keystore.type': 'PKCS12',
          'ssl.keystore.location': file('server.p12'),
          'ssl.keystore.password': 'changeit',
          'ssl.truststore.type': 'PEM',
          'ssl.truststore.location': file('client.crt'),
          'ssl.client.auth': 'required',
        },
      });
    });
    afterAll(async () => {
      await kafka?.remove();
      folder?.remove();
    });

    test('PEM files, both ways', async () => {
      const log = connect(kafka, {
        'security.protocol': 'SSL',
        'ssl.truststore.certificates': readFileSync(file('server.crt'), 'utf8'),
        'ssl.keystore.certificate.chain': readFileSync(file('client.crt'), 'utf8'),
        'ssl.keystore.key': readFileSync(file('client.key'), 'utf8'),
      });
      await roundTrip(log, 'tls-pem');
    });

    test('PKCS12 key store', async () => {
      const log = connect(kafka, {
        'security.protocol': 'SSL',
        'ssl.truststore.location': file('server.crt'),
        'ssl.keystore.location': file('client.p12'),
        'ssl.keystore.password': 'clientpass',
      });
      await roundTrip(log, 'tls-p12');
    });

    test.each([
      ['JKS', []],
      ['PKCS12', []],
      // As Java 8 wrote them: with RC2 and 3DES.
      ['PKCS12', ['-J-Dkeystore.pkcs12.legacy']],
    ])("keytool's %s key and trust stores %j", async (type, options) => {
      const id = `${type}${options.length}`.toLowerCase();
      const keys = file(`${id}-keys`);
      const trust = file(`${id}-trust`);
      const target = [...options, '-storetype', type, '-storepass', 'trustpass', '-keystore', trust];
      keytool('-importcert', '-noprompt', '-alias', 'ca', '-file', 'server.crt', ...target);
      // Only JKS supports a separate password for a key.
      const keyPassword = type === 'JKS' ? 'keypass' : 'storepass';
      const from = ['-srckeystore', 'client.p12', '-srcstorepass', 'clientpass', '-srcalias', '1'];
      const to = ['-destkeystore', keys, '-deststoretype', type, '-deststorepass', 'storepass'];
      keytool(...options, '-importkeystore', ...from, ...to, '-destkeypass', keyPassword);
      const properties = {
        'security.protocol': 'SSL',
        'ssl.truststore.type': 'JKS',
        'ssl.truststore.location': trust,
        'ssl.truststore.password': 'trustpass',
        'ssl.keystore.type': 'JKS',
        'ssl.keystore.location': keys,
        'ssl.keystore.password': 'storepass',
        'ssl.key.password': keyPassword,
      };
      await roundTrip(connect(kafka, properties), `tls-${id}`);
      expect(() => connect(kafka, { ...properties, 'ssl.truststore.password': 'keypass' })).toThrow(
        /^Invalid value for ssl.truststore.password: the password is wrong(?!.*keypass)/,
      );
    });

    test('a server that is not trusted is refused', async () => {
      const log = connect(kafka, { 'security.protocol': 'SSL' });
      await expect(log.admin.listTopics()).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE', retriable: false });
      await log.close();
    });
  });
});

test('nobody answers: the error names the address', async () => {
  const port = await freePort();
  const log = new KafkaLog({
    properties: { 'bootstrap.servers': `localhost:${port}`, 'delivery.timeout.ms': '500' },
    env: testEnv(),
  });
  await expect(log.admin.listTopics()).rejects.toMatchObject({
    code: 'LOG_UNAVAILABLE',
    retriable: true,
    message: expect.stringContaining(`localhost:${port}`),
  });
  await log.close();
});
