import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { SILENT_LOGGER } from '../../src/base/env.ts';
import { nodeEnv } from '../../src/host/node-env.ts';
import { KafkaLog } from '../../src/log/kafka/kafka-log.ts';
import { commitOffsetsOf, initProducer } from '../../src/log/kafka/transaction-requests.ts';
import { KafkaCheck, type SeenRecord } from '../support/kafka-check.ts';
import { ServerProcess, sleep } from '../support/server-process.ts';
import { describeWithServers } from '../support/servers/available.ts';
import { temporaryFolder } from '../support/servers/java.ts';
import { type KafkaServer, startKafka } from '../support/servers/kafka.ts';

/**
 * Servers on a real broker, under load, disturbed. What must hold afterwards: the stream query has written each record
 * once, and the table's last values are what a recomputation gives.
 */
const PARTITIONS = 4;
const GROUPS = 37;

describeWithServers('exactly once on Apache Kafka', () => {
  let kafka: KafkaServer;
  let check: KafkaCheck;
  let round = 0;
  let servers: ServerProcess[] = [];
  let folders: ReturnType<typeof temporaryFolder>[] = [];

  beforeAll(async () => {
    kafka = await startKafka({
      properties: {
        'group.min.session.timeout.ms': '1000',
        'transaction.abort.timed.out.transaction.cleanup.interval.ms': '1000',
        // So that offsets can be left pending as a lost marker leaves them.
        'transaction.partition.verification.enable': 'false',
      },
    });
  });
  beforeEach(() => {
    round++;
    check = new KafkaCheck(kafka.bootstrap);
  });
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.kill();
    for (const folder of folders.splice(0)) folder.remove();
    await check?.close();
  });
  afterAll(async () => {
    await kafka?.remove();
  });

  async function server(properties: Readonly<Record<string, string>> = {}, folder?: string): Promise<ServerProcess> {
    if (folder === undefined) {
      const made = temporaryFolder('server');
      folders.push(made);
      folder = made.path;
    }
    const one = await ServerProcess.create(folder, {
      'bootstrap.servers': kafka.bootstrap,
      'ksql.service.id': `round${round}_`,
      'connect.listeners': '',
      'ksql.streams.auto.offset.reset': 'earliest',
      'ksql.streams.session.timeout.ms': '3000',
      'ksql.streams.heartbeat.interval.ms': '500',
      'ksql.streams.transaction.timeout.ms': '4000',
      'ksql.query.retry.backoff.initial.ms': '300',
      ...properties,
    });
    servers.push(one);
    await one.start();
    return one;
  }

  async function declare(one: ServerProcess): Promise<void> {
    await check.createTopic(`in${round}`, PARTITIONS);
    await one.execute(`
      CREATE STREAM src (k VARCHAR KEY, id BIGINT, g BIGINT) WITH (kafka_topic='in${round}', value_format='JSON');
      CREATE STREAM copy WITH (kafka_topic='copy${round}') AS SELECT k, id, g FROM src EMIT CHANGES;
      CREATE TABLE sums WITH (kafka_topic='sums${round}') AS SELECT g, COUNT(*) AS n, SUM(id) AS s FROM src GROUP BY g EMIT CHANGES;`);
  }

  /** Waits until this many members share the partitions of the table's query. */
  async function shared(members: number): Promise<void> {
    const group = `_confluent-ksql-round${round}_query_CTAS_SUMS_1`;
    for (const deadline = Date.now() + 30_000; ; await sleep(200)) {
      const { groups } = await check.admin.describeGroups([group]);
      const found = groups[0]!;
      if (found.state === 'Stable' && found.members.length === members) {
        // An empty assignment has a version and two empty lists.
        if (found.members.every((m) => m.memberAssignment.length > 12)) return;
      }
      if (Date.now() > deadline) throw new Error(`${found.members.length} members, ${found.state}`);
    }
  }

  /** Writes `count` records over about `ms`; calls `meanwhile` when a third is written. */
  async function load(
    count: number,
    ms: number,
    meanwhile: () => Promise<void> = async () => undefined,
    firstId = 0,
  ): Promise<void> {
    const chunk = 200;
    let disturbing: Promise<void> | undefined;
    for (let id = 0; id < count; id += chunk) {
      const records = Array.from({ length: Math.min(chunk, count - id) }, (_, i) => ({
        key: `k${(firstId + id + i) % 101}`,
        value: JSON.stringify({ id: firstId + id + i, g: (firstId + id + i) % GROUPS }),
      }));
      await check.send(`in${round}`, records);
      if (disturbing === undefined && id >= count / 3) disturbing = meanwhile();
      await sleep((ms * chunk) / count);
    }
    await disturbing;
  }

  async function verify(count: number): Promise<void> {
    const copies = await check.read(`copy${round}`, (seen) => seen.length >= count, { timeoutMs: 90_000 });
    const ids = copies.map((r) => (JSON.parse(r.value!) as { ID: number }).ID);
    expect(ids.length, 'each record once').toBe(count);
    expect(new Set(ids).size).toBe(count);
    const expected = new Map<number, { n: number; s: number }>();
    for (let id = 0; id < count; id++) {
      const sum = expected.get(id % GROUPS) ?? { n: 0, s: 0 };
      expected.set(id % GROUPS, { n: sum.n + 1, s: sum.s + id });
    }
    const sums = await check.read(`sums${round}`, (seen) => agrees(latest(seen), expected), { timeoutMs: 60_000 });
    expect(latest(sums)).toEqual(expected);
  }

  function latest(seen: readonly SeenRecord[]): Map<number, { n: number; s: number }> {
    const last = new Map<number, { n: number; s: number }>();
    for (const { key, value } of seen) {
      const { N, S } = JSON.parse(value!) as { N: number; S: number };
      last.set(Number(key!.readBigInt64BE()), { n: N, s: S });
    }
    return last;
  }

  function agrees(a: ReadonlyMap<number, { n: number; s: number }>, b: typeof a): boolean {
    return [...b].every(([g, { n, s }]) => a.get(g)?.n === n && a.get(g)?.s === s);
  }

  test('one server, stopped and started again', async () => {
    const one = await server();
    await declare(one);
    await load(6000, 4000, async () => {
      await one.stop();
      await one.start();
    });
    await verify(6000);
  });

  test('one server, killed twice', async () => {
    const one = await server();
    await declare(one);
    await load(6000, 6000, async () => {
      await one.kill();
      await one.start();
      await sleep(1500);
      await one.kill();
      await one.start();
    });
    await verify(6000);
  });

  test('killed, and its state lost', async () => {
    const one = await server();
    await declare(one);
    await load(6000, 6000, async () => {
      await one.kill();
      await server();
    });
    await verify(6000);
  });

  test('a second server joins and leaves', async () => {
    const one = await server();
    await declare(one);
    await load(12_000, 20_000, async () => {
      const two = await server();
      await shared(2);
      await two.stop();
      await shared(1);
      await two.start();
      await shared(2);
    });
    await verify(12_000);
  });

  test('worker threads, killed and started with fewer', async () => {
    const one = await server({ 'ksql.streams.num.stream.threads': '3' });
    await declare(one);
    await shared(3);
    await load(8000, 8000, async () => {
      await one.kill();
      await one.start();
      await shared(3);
      await one.kill();
      await server({ 'ksql.streams.num.stream.threads': '2' });
    });
    await verify(8000);
  });

  test('two servers, one is killed', async () => {
    const one = await server();
    await declare(one);
    const two = await server();
    await shared(2);
    await load(8000, 8000, () => two.kill());
    await verify(8000);
  });

  test('a zombie: stopped until the others have its work, then woken', async () => {
    const one = await server();
    await declare(one);
    const two = await server();
    await shared(2);
    await load(12_000, 20_000, async () => {
      process.kill(two.pid!, 'SIGSTOP');
      await shared(1);
      await sleep(2000);
      process.kill(two.pid!, 'SIGCONT');
      await shared(2);
    });
    await verify(12_000);
  });

  test('the broker is restarted', async () => {
    const one = await server();
    await declare(one);
    await server();
    await shared(2);
    await load(8000, 12_000, async () => {
      await kafka.stop();
      await kafka.start();
    });
    await verify(8000);
  });

  /**
   * A broker that goes down while a transaction ends may lose its marker in the topic of offsets alone: those become
   * older than the output.
   */
  test('the group has older offsets than the output, or pending ones', async () => {
    const one = await server();
    await declare(one);
    await load(2000, 500);
    const log = new KafkaLog({ properties: { 'bootstrap.servers': kafka.bootstrap }, env: nodeEnv(SILENT_LOGGER) });
    const groups = (await log.admin.listGroups()).filter((g) => g.includes(`round${round}_query`));
    for (const group of groups)
      for (let read = 0; read < 2000; await sleep(100))
        read = (await log.admin.committedOffsets(group)).reduce((sum, c) => sum + c.offset, 0);
    await one.stop();
    const writer = await log.createWriter({});
    for (const group of groups) {
      const at = (partition: number, offset: number) => ({ topic: `in${round}`, partition, offset });
      writer.commitOffsets(
        group,
        Array.from({ length: PARTITIONS }, (_, partition) => at(partition, 7)),
      );
      await writer.commit();
      // Pending in a transaction that the coordinator of transactions knows nothing of, as after the loss of its
      // marker.
      const id = `${group}-gone`;
      const producer = await initProducer(log.cluster, id);
      await commitOffsetsOf(log.cluster, id, producer, group, [at(0, 3)], undefined);
    }
    await log.close();
    await one.start();
    await load(1000, 500, undefined, 2000);
    await verify(3000);
    expect(one.output).toContain('the offset of the consumer group is older than the state');
  });
});
