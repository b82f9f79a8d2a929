import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:http2';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { EmbeddedLog } from '../../src/log/embedded/embedded-log.ts';
import { LmdbStore } from '../../src/store/lmdb-store.ts';
import { testEnv } from '../support/env.ts';
import { recordsOf } from '../support/log-records.ts';
import { ServerProcess, sleep } from '../support/server-process.ts';

const CLIENTS = 3;
const KILLS = 3;

/**
 * Sends rows without waiting for their acknowledgements until the server is gone; resolves to the number of
 * acknowledged rows.
 */
async function insertUntilKilled(
  url: string,
  client: number,
  first: number,
  onAck: (acked: number) => void,
): Promise<number> {
  const session = connect(url);
  session.on('error', () => undefined);
  const stream = session.request({ ':method': 'POST', ':path': '/inserts-stream' });
  stream.on('error', () => undefined);
  let acked = 0;
  let rest = '';
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop()!;
    for (const line of lines) if ((JSON.parse(line) as { status: string }).status === 'ok') acked++;
    onAck(acked);
  });
  const gone = once(stream, 'close').catch(() => undefined);
  let isGone = false as boolean;
  void gone.then(() => (isGone = true));
  stream.write('{"target":"rows"}\n');
  for (let n = first; !isGone;) {
    let text = '';
    for (let i = 0; i < 50; i++, n++) text += `{"id":"${client}-${n}","note":"${'x'.repeat(n % 50)}"}\n`;
    if (!stream.write(text)) await Promise.race([once(stream, 'drain').catch(() => undefined), gone]);
    else await sleep(0);
  }
  session.destroy();
  return acked;
}

/** The number of occurrences of each id in the topic. */
async function stored(folder: string): Promise<Map<string, number>> {
  const log = new EmbeddedLog({ store: new LmdbStore({ path: path.join(folder, 'log') }), env: testEnv() });
  const counts = new Map<string, number>();
  const reader = log.createReader({});
  const end = await log.admin.latestOffset({ topic: 'rows', partition: 0 });
  reader.assign([{ topic: 'rows', partition: 0, offset: 0 }]);
  while (reader.position({ topic: 'rows', partition: 0 }) < end)
    for (const { key } of recordsOf(await reader.poll(0))) counts.set(key!, (counts.get(key!) ?? 0) + 1);
  await log.close();
  return counts;
}

test(
  'every row that was acknowledged is there once after kill -9',
  { timeout: 180_000, retry: 0 },
  async ({ onTestFinished }) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'sluice-inserts-'));
    const server = await ServerProcess.create(folder);
    onTestFinished(async () => {
      await server.kill();
      rmSync(folder, { recursive: true, force: true });
    });
    const acknowledged: string[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      await server.start();
      if (kill === 0)
        await server.execute(
          `CREATE STREAM rows (id VARCHAR KEY, note VARCHAR) WITH (kafka_topic='rows', partitions=1, value_format='JSON');`,
        );
      const first = kill * 1_000_000;
      const acks = Array.from({ length: CLIENTS }, () => 0);
      const clients = acks.map((_, c) => insertUntilKilled(server.url, c, first, (acked) => (acks[c] = acked)));
      // Waits until each client is making progress, however busy the machine is.
      await expect.poll(() => Math.min(...acks), { timeout: 60_000, interval: 7 }).toBeGreaterThan(300);
      await sleep(kill * 100);
      await server.kill();
      for (const [c, acked] of (await Promise.all(clients)).entries()) {
        expect(acked).toBeGreaterThan(100);
        for (let n = first; n < first + acked; n++) acknowledged.push(`${c}-${n}`);
      }
      const counts = await stored(folder);
      expect(acknowledged.filter((id) => counts.get(id) !== 1)).toEqual([]);
    }
  },
);
