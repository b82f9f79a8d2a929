/**
 * Records the output of the real Debezium in each scenario, into test/data/debezium-records: `npx tsx
 * test/support/debezium/record.ts [scenario…]`. Takes about two minutes; needs Java and Maven.
 */
import { writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import { startPostgres, type Postgres } from '../postgres.ts';
import { DEBEZIUM_POSTGRES } from '../servers/connect-jars.ts';
import { startConnect, type ConnectServer } from '../servers/connect.ts';
import { startKafka } from '../servers/kafka.ts';
import { compact, type RawRecord } from './recording.ts';
import { END, END_TABLE, SCENARIOS, settingsOf, type Scenario } from './scenarios.ts';

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 120_000; !(await holds()); await sleep(200))
    if (Date.now() > deadline) throw new Error(`Waited in vain: ${what}`);
}

async function withClient<T>(postgres: Postgres, database: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: postgres.url.replace(/\/postgres$/, `/${database}`) });
  client.on('error', () => {});
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end().catch(() => {});
  }
}

/** All records of the topics with a prefix. */
async function recordsOf(
  kafka: Kafka,
  isComplete: (topics: readonly string[]) => Promise<boolean>,
  wanted: (topic: string) => boolean,
  isOver: (found: readonly RawRecord[]) => Promise<boolean>,
): Promise<RawRecord[]> {
  const admin = kafka.admin();
  await admin.connect();
  const found: RawRecord[] = [];
  const consumer = kafka.consumer({ groupId: `record-${randomUUID()}` });
  await consumer.connect();
  try {
    // A topic that is created later would not be read.
    await until('topics', async () => isComplete(await admin.listTopics()));
    const topics = (await admin.listTopics()).filter(wanted);
    await consumer.subscribe({ topics, fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ topic, message }) => {
        found.push({
          topic,
          key: message.key?.toString('utf8') ?? null,
          value: message.value?.toString('utf8') ?? null,
          headers: Object.fromEntries(Object.entries(message.headers ?? {}).map(([k, v]) => [k, String(v)])),
        });
      },
    });
    await until('records', () => isOver(found));
    await sleep(1000);
    return found;
  } finally {
    await consumer.disconnect();
    await admin.disconnect();
  }
}

async function play(
  scenario: Scenario,
  { postgres, connect, kafka }: { readonly postgres: Postgres; readonly connect: ConnectServer; readonly kafka: Kafka },
): Promise<void> {
  await withClient(postgres, 'postgres', (client) => client.query(`CREATE DATABASE "${scenario.name}"`));
  const names = Object.keys(scenario.connectors).map((connector) => `${scenario.name}_${connector}`);
  const failures: Record<string, string> = {};
  const failedOf = async (): Promise<void> => {
    for (const name of names) {
      const status = (await (await fetch(`${connect.url}/connectors/${name}/status`)).json()) as {
        tasks?: { state: string; trace?: string }[];
      };
      const task = status.tasks?.[0];
      if (task?.state === 'FAILED')
        failures[name] = (task.trace ?? '')
          .split('\n')
          .filter((l) => !l.startsWith('\tat'))
          .join(' | ')
          .slice(0, 500);
    }
  };
  await withClient(postgres, scenario.name, async (client) => {
    await client.query(scenario.setup);
    for (const connector of Object.keys(scenario.connectors)) {
      const config = {
        ...settingsOf(scenario, connector),
        'database.hostname': postgres.host,
        'database.port': String(postgres.port),
        'database.user': postgres.user,
        'database.password': postgres.password,
      };
      const answer = await fetch(`${connect.url}/connectors/${scenario.name}_${connector}/config`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(config),
      });
      if (!answer.ok) throw new Error(`${connector}: ${await answer.text()}`);
    }
    // The connectors are streaming when the walsender processes are in the state `streaming`.
    await until('streaming', async () => {
      await failedOf();
      const { rows } = await client.query<{ n: string }>(
        `SELECT count(*) AS n FROM pg_replication_slots s JOIN pg_stat_replication r ON r.pid = s.active_pid WHERE slot_name LIKE '${scenario.name}\\_%' AND r.state = 'streaming'`,
      );
      return Number(rows[0]!.n) + Object.keys(failures).length >= names.length;
    });
    await sleep(1500);
    for (const step of scenario.steps) await client.query(step);
    await client.query(END);
    await sleep(1000);
  });
  const delimiter = (name: string): string =>
    scenario.connectors[name.slice(scenario.name.length + 1)]?.['topic.delimiter'] ?? '.';
  const isOf = (name: string, topic: string): boolean =>
    topic.startsWith(`${name}${delimiter(name)}`) ||
    topic === `__debezium-heartbeat${delimiter(name)}${name}` ||
    topic === `${name}_notes`;
  const endOf = (name: string): string => [name, ...END_TABLE.split('.')].join(delimiter(name));
  const isOver = async (has: (topic: string) => boolean): Promise<boolean> => {
    await failedOf();
    return names.every((name) => failures[name] !== undefined || has(endOf(name)));
  };
  const records = await recordsOf(
    kafka,
    (topics) => isOver((topic) => topics.includes(topic)),
    (topic) => names.some((name) => isOf(name, topic)),
    (found) => isOver((topic) => found.some((r) => r.topic === topic)),
  );
  if (Object.keys(failures).length > 0) console.log(scenario.name, failures);
  for (const name of names) {
    const its = records.filter((r) => isOf(name, r.topic));
    const connector = name.slice(scenario.name.length + 1);
    const file = new URL(`../../data/debezium-records/${scenario.name}.${connector}.json`, import.meta.url);
    writeFileSync(file, compact({ settings: scenario.connectors[connector]!, failure: failures[name] }, its));
    await fetch(`${connect.url}/connectors/${name}`, { method: 'DELETE' });
  }
  console.log(scenario.name, records.length);
}

const wanted = process.argv.slice(2);
const [kafkaServer, postgres] = await Promise.all([
  startKafka({ properties: { 'auto.create.topics.enable': 'true' } }),
  startPostgres({ settings: { wal_level: 'logical', max_wal_senders: '40', max_replication_slots: '80' } }),
]);
const connect = await startConnect(kafkaServer.bootstrap, { plugins: [DEBEZIUM_POSTGRES] });
try {
  const kafka = new Kafka({ brokers: [kafkaServer.bootstrap], clientId: 'record', logLevel: logLevel.NOTHING });
  for (const scenario of SCENARIOS)
    if (wanted.length === 0 || wanted.includes(scenario.name)) await play(scenario, { postgres, connect, kafka });
} finally {
  if (process.env['KEEP_LOG'] !== undefined)
    writeFileSync(process.env['KEEP_LOG'], await import('node:fs').then((fs) => fs.readFileSync(connect.logFile)));
  await connect.remove();
  await Promise.all([kafkaServer.remove(), postgres.stop()]);
}
