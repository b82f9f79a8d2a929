import { afterAll, beforeAll, expect, test } from 'vitest';
import { crashRun, type CrashOutcome } from '../support/cdc-crash.ts';
import { connectToEmptied, startPostgres, type Postgres } from '../support/postgres.ts';
import { describeWithServers } from '../support/servers/available.ts';
import { startKafka, type KafkaServer } from '../support/servers/kafka.ts';

/** More of them: bench/cdc-crash.ts. */
const CRASHES = 3;
const ROWS = 30_000;

let postgres: Postgres;

beforeAll(async () => {
  postgres = await startPostgres({ settings: { wal_level: 'logical', fsync: 'on', synchronous_commit: 'off' } });
});
afterAll(async () => {
  await postgres?.stop();
});

function expectExact(outcome: CrashOutcome): void {
  expect(outcome.failedWrite).toBeUndefined();
  expect(outcome.differs).toBeUndefined();
  expect(outcome).toMatchObject({ linesCame: outcome.lines, linesTwice: 0, wentBack: 0 });
}

test(`${CRASHES} kills of the server and one of the database lose nothing, write nothing twice and take nothing back`, async () => {
  expectExact(await crashRun({ postgres, seed: 1, crashes: CRASHES, rows: ROWS }));
});

describeWithServers('on Apache Kafka', () => {
  let kafka: KafkaServer;
  beforeAll(async () => {
    kafka = await startKafka();
    const db = await connectToEmptied(postgres);
    await db.query('SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active');
    await db.end();
  });
  afterAll(async () => {
    await kafka?.remove();
  });

  test(`the same`, async () => {
    expectExact(
      await crashRun({
        postgres,
        seed: 2,
        crashes: CRASHES,
        rows: ROWS,
        properties: { 'bootstrap.servers': kafka.bootstrap, 'ksql.service.id': 'crash_' },
      }),
    );
  });
});
