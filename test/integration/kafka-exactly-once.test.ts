import { readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { SILENT_LOGGER } from '../../src/base/env.ts';
import { nodeEnv } from '../../src/host/node-env.ts';
import { KafkaLog } from '../../src/log/kafka/kafka-log.ts';
import {
  ATTRIBUTES_AT,
  CONTROL_FLAG,
  HEADER_BYTES,
  LENGTH_AT,
  PREFIX_BYTES,
} from '../../src/log/record-batch/layout.ts';
import { variant } from '../support/extent.ts';
import { KafkaCheck, type SeenRecord } from '../support/kafka-check.ts';
import { ServerProcess, sleep } from '../support/server-process.ts';
import { describeWithServers } from '../support/servers/available.ts';
import { temporaryFolder } from '../support/servers/java.ts';
import { type KafkaServer, startKafka } from '../support/servers/kafka.ts';

/**
 * Servers on a real broker, under load and with failures. Afterwards, the stream query must have written each record
 * once, and the table's last values must equal a recomputation.
 */
const PARTITIONS = 4;
const GROUPS = 37;
/** A busy machine may cause time-outs, so these are retried. A record that was written twice is an error at once. */
const retry = { count: 1, condition: /^(?!written twice)/ };

describeWithServers('exactly once on Apache Kafka', { retry }, () => {
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
    for (const deadline = Date.now() + 90_000; ; await sleep(100)) {
      const { groups } = await check.admin.describeGroups([group]);
      const found = groups[0]!;
      if (found.state === 'Stable' && found.members.length === members) {
        // An empty assignment consists of a version and two empty lists.
        if (found.members.every((m) => m.memberAssignment.length > 12)) return;
      }
      if (Date.now() > deadline) throw new Error(`${found.members.length} members, ${found.state}`);
    }
  }

  /** Writes `count` records over about `ms` milliseconds; calls `meanwhile` when a third has been written. */
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
    expect(ids.length - new Set(ids).size, 'written twice').toBe(0);
    expect(ids.length, 'each record once').toBe(count);
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

  variant('one server, stopped and started again', async () => {
    const one = await server();
    await declare(one);
    await load(6000, 4000, async () => {
      await one.stop();
      await one.start();
    });
    await verify(6000);
  });

  variant('one server, killed twice', async () => {
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

  variant('two servers, one is killed', async () => {
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
   * A broker that fails while transactions end may lose the end of the log of offsets, but nothing of the output: the
   * offsets are then older than the output, and those whose marker is lost stay pending.
   */
  test('the broker has lost the last offsets and markers of the groups', async () => {
    const one = await server();
    await declare(one);
    await load(3000, 3000);
    const log = new KafkaLog({ properties: { 'bootstrap.servers': kafka.bootstrap }, env: nodeEnv(SILENT_LOGGER) });
    const groups = (await log.admin.listGroups()).filter((g) => g.includes(`round${round}_query`));
    for (const group of groups)
      for (let read = 0; read < 3000; await sleep(100))
        read = (await log.admin.committedOffsets(group)).reduce((sum, c) => sum + c.offset, 0);
    await log.close();
    await one.stop();
    await kafka.stop();
    cutBeforeMarker(join(kafka.dataFolder, '__consumer_offsets-0'), 7);
    // The broker recovers its logs, as after a crash.
    rmSync(join(kafka.dataFolder, '.kafka_cleanshutdown'), { force: true });
    await kafka.start();
    await one.start();
    await load(1000, 500, undefined, 3000);
    await verify(4000);
    expect(one.output).toContain('the offset of the consumer group is older than the state');
    expect(one.output).toContain('offsets of a transaction that is over are pending; ending them');
  });
});

/** Truncates a partition with a single segment before its `nth` transaction marker, counted from the end. */
function cutBeforeMarker(folder: string, nth: number): void {
  const names = readdirSync(folder);
  const file = join(
    folder,
    names.find((name) => name.endsWith('.log'))!,
  );
  const bytes = readFileSync(file);
  const markers: number[] = [];
  for (let at = 0; at + HEADER_BYTES <= bytes.length; at += PREFIX_BYTES + bytes.readInt32BE(at + LENGTH_AT)) {
    if ((bytes.readInt16BE(at + ATTRIBUTES_AT) & CONTROL_FLAG) !== 0) markers.push(at);
  }
  expect(markers.length).toBeGreaterThan(nth);
  truncateSync(file, markers.at(-nth));
  // Indexes and snapshots cover the former segment; the broker rebuilds them.
  for (const name of names) if (/\.(index|timeindex|txnindex|snapshot)$/.test(name)) rmSync(join(folder, name));
}
