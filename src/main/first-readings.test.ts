import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { memoryServer } from '../../test/support/memory-server.ts';
import type { SluiceClient } from '../client/sluice-client.ts';
import { sqliteDriver } from '../connect/connectors/sqlite/driver.ts';
import type { Sluice } from './compose.ts';

/* A source that polls its tables, and queries that are sent before the tables were read. */

const ROWS = 60_000;
const folder = mkdtempSync(path.join(tmpdir(), 'first-readings-'));
const file = path.join(folder, 'shop.db');
let sluice: Sluice;
let client: SluiceClient;

beforeAll(async () => {
  const db = (await sqliteDriver()).open(file, 2000);
  db.exec(`CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS})
    INSERT INTO users SELECT i, 'user ' || i FROM n;`);
  db.close();
  ({ sluice, client } = await memoryServer({ 'connect.allowed.paths': folder }));
});
afterAll(async () => {
  await sluice.close();
  rmSync(folder, { recursive: true });
});

/** The texts about first readings in the connector's events. */
async function progressTold(): Promise<readonly string[]> {
  for await (const event of client.events())
    if (event.event === 'connectors' && 'connectors' in event.data) {
      const shop = event.data.connectors.find((c) => c.name === 'SHOP');
      if (shop !== undefined) return shop.progress;
    }
  throw new Error('The events ended');
}

test('a join that is asked for at once finds the last row of the table; who selects is told how much is there', async () => {
  await client.execute(
    `CREATE STREAM visits (user_id BIGINT, page VARCHAR) WITH (kafka_topic='visits', value_format='JSON', partitions=1);
     CREATE SOURCE CONNECTOR shop WITH (connector='sqlite', file='${file}', tables='users', 'batch.max.rows'='500');
     CREATE STREAM joined AS SELECT v.user_id, u.name FROM visits v LEFT JOIN shop_users u ON v.user_id = u.id EMIT CHANGES;
     INSERT INTO visits VALUES (${ROWS}, '/basket');`,
  );
  // A query of the table, and a query of what is derived from it.
  for (const ksql of ['SELECT COUNT(*) FROM shop_users;', 'SELECT * FROM joined;']) {
    const early = await fetch(`${sluice.url}/query`, {
      method: 'POST',
      headers: { accept: 'application/vnd.ksql.v1+json' },
      body: JSON.stringify({ ksql }),
    });
    expect(await early.text()).toMatch(
      /Not all rows are there yet\. Table users: (?:[\d,]+ rows read so far|its rows wait)/,
    );
  }
  // A client that follows events, such as an open page, is informed as well.
  expect((await progressTold()).join()).toMatch(/Table users: (?:[\d,]+ rows read so far|its rows wait)/);
  await expect.poll(async () => await client.pullQuery('SELECT name FROM joined;')).toHaveLength(1);
  expect(await client.pullQuery('SELECT name FROM joined;')).toMatchObject([{ NAME: `user ${ROWS}` }]);
  const [described] = await client.execute('DESCRIBE CONNECTOR shop;');
  expect(described).toMatchObject({ progress: [{ name: 'users', state: 'done', rows: ROWS }] });
  expect(await progressTold()).toEqual([]);
});
