import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, Harness } from '../../src/connect/worker/testing/harness.ts';
import { startPostgres, type Postgres } from '../support/postgres.ts';

/*
 * Responses of a Kafka Connect worker (4.3.1, with the JDBC connectors 10.9.7), one exchange per file. The embedded
 * worker receives the same requests in an order in which its connectors have the same states, over a Postgres with the
 * same table.
 *
 * Status, Content-Type, Location and body are compared, except for: documentation texts; versions of connectors other
 * than Kafka's own; the content of traces, which are Java's; the recommended converters, and the connectors that are
 * suggested for an unknown class, because these depend on what is installed; `order`, which newer workers call
 * `order_in_group`, and of which ours writes both. Settings that only our worker has come after the recorded ones
 * (AHEAD).
 */
interface Exchange {
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers: Record<string, string>;
    readonly body: unknown;
  };
  readonly response: { readonly status: number; readonly headers: Record<string, string>; readonly body: unknown };
}

const FOLDER = new URL('../data/connect-rest/', import.meta.url);
const NAMES = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.slice(0, -'.json'.length))
  .sort();

/**
 * Exchanges with a different response here, with the reason. The test fails for an exchange whose response has become
 * the same.
 */
const DIFFERENT: Readonly<Record<string, string>> = {
  ...because('the class is not here', [
    'create-debezium-jdbc-sink',
    'create-debezium-source',
    'create-debezium-source-unwrapped',
    'create-debezium-source-with-schemas',
    'create-opensearch-sink',
    'create-simulator-source',
    'validate-missing-required-keys-debezium-postgres',
  ]),
  ...because('names what is installed: other plug-ins, and our own', [
    'connector-plugins',
    'connector-plugins-all-kinds',
  ]),
  ...because('has connectors among them whose class is not here', ['connectors-many-expanded']),
  ...because('names of Java classes', ['admin-loggers']),
  ...because('commit and cluster id are its own', ['worker-info']),
  ...because('the port is open only when the worker answers; Connect has a page of Jetty before', [
    'worker-starting-health',
    'worker-starting-info',
  ]),
  ...because('one worker never rebalances', ['rebalance-get-refused', 'rebalance-restart-refused']),
  ...because('the status is there as soon as the connector is, and gone when it is gone', [
    'status-immediately-after-create',
    'status-immediately-after-delete',
  ]),
  ...because('the text of a Java exception; the status is the same', [
    'create-refused-malformed-json',
    'create-refused-no-config',
    'create-refused-unknown-initial-state',
    'create-refused-unknown-top-level-field',
  ]),
  ...because('each problem is named once, at the setting that is to blame', [
    'config-put-refused',
    'create-refused-missing-required-keys-jdbc',
    'create-refused-unreachable-database',
    'create-refused-value-not-allowed',
    'validate-missing-required-keys-jdbc-source',
  ]),
  ...because('a task whose database is away tries again; the JDBC task gives up', ['status-connector-failed']),
  ...because('what the JDBC connector tells its tasks beside their tables', ['connector-tasks']),
  ...because('defaults that suit Postgres alone, and settings that only other databases need', [
    'validate-ok-jdbc-source',
  ]),
};

function because(reason: string, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, reason]));
}

const exchangeOf = (name: string): Exchange =>
  JSON.parse(
    readFileSync(new URL(`${name}.json`, FOLDER), 'utf8')
      .replaceAll('localhost:5432', `localhost:${postgres.port}`)
      .replaceAll('/tmp/stack-', `${folder}/stack-`),
  ) as Exchange;

let postgres: Postgres;
let harness: Harness;
let folder: string;
const asked = new Map<string, string[]>();

async function ask(...names: string[]): Promise<void> {
  for (const name of names) {
    const { request, response } = exchangeOf(name);
    const body =
      typeof request.body === 'string' && request.body.startsWith('"')
        ? (JSON.parse(request.body) as unknown)
        : request.body;
    const headers = Object.fromEntries(Object.entries(request.headers).map(([k, v]) => [k.toLowerCase(), v]));
    const answer = await harness.rest(request.method, request.path, body, headers);
    asked.set(name, differences(response, answer));
  }
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-recorded-'));
  postgres = await startPostgres({ user: 'postgres', password: 'postgres', database: 'postgres' });
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  await client.query(
    `CREATE TABLE users (id serial PRIMARY KEY, name text, updated_at timestamp NOT NULL DEFAULT now());
`,
  );
  await client.end();
  await insertUsers(3);
  const converter = 'org.apache.kafka.connect.json.JsonConverter';
  harness = new Harness({
    defaults: {
      'key.converter': converter,
      'key.converter.schemas.enable': 'false',
      'value.converter': converter,
      'value.converter.schemas.enable': 'false',
    },
  });
  harness.passwords = 'shown';
  harness.files.set(`${folder}/stack-secrets.properties`, 'topic=secret-topic\n');
  writeFileSync(`${folder}/stack-file-sink.txt`, '');
  await harness.start();
});

async function insertUsers(count: number): Promise<void> {
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  await client.query("INSERT INTO users (name) SELECT 'someone' FROM generate_series(1, $1)", [count]);
  await client.end();
}

afterAll(async () => {
  await harness?.close();
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const state = (name: string): string => {
  const { connector, tasks } = harness.herder.status(name);
  return [connector.state, ...tasks.map((t) => t.state)].join(' ');
};
const until = (name: string, wanted: string): Promise<unknown> => eventually(() => state(name) === wanted);

test('the exchanges, in an order that makes sense', async () => {
  await ask('worker-starting-info', 'worker-starting-health', 'worker-info', 'worker-health', 'admin-loggers');
  await ask('connectors-none', 'connectors-none-expanded', 'unknown-path', 'method-not-allowed');
  await ask(
    'connector-plugins',
    'connector-plugins-all-kinds',
    'connector-plugin-config-keys',
    'connector-plugin-config-keys-unknown-class',
  );
  await ask(...NAMES.filter((n) => n.startsWith('unknown-connector-')));
  await ask(...NAMES.filter((n) => n.startsWith('validate-')));
  await ask(...NAMES.filter((n) => n.startsWith('create-refused-') && n !== 'create-refused-name-exists'));
  await ask('rebalance-get-refused', 'rebalance-restart-refused');

  await ask('create-jdbc-source', 'status-immediately-after-create');
  await until('jdbc-source', 'RUNNING RUNNING');
  await eventually(async () => (await harness.read('jdbc-users')).length === 3);
  await eventually(() => harness.herder.topics('jdbc-source').length === 1);
  await ask(
    'status-running',
    'connector',
    'connector-config',
    'connector-tasks',
    'connector-task-status',
    'connector-topics',
  );
  await ask(
    'connectors-one',
    'connectors-one-expanded',
    'connectors-expand-info',
    'connectors-expand-status',
    'connectors-expand-unknown',
  );
  await ask(
    'connector-offsets-source',
    'create-refused-name-exists',
    'config-put-refused',
    'offsets-alter-refused-running',
  );
  await ask('pause', 'pause-when-paused', 'status-paused', 'resume', 'restart', 'restart-task', 'restart-unknown-task');
  await until('jdbc-source', 'RUNNING RUNNING');
  await ask('restart-with-tasks');
  await until('jdbc-source', 'RUNNING RUNNING');
  await ask('config-put-update', 'config-patch');
  await until('jdbc-source', 'RUNNING RUNNING');
  await ask('stop');
  await until('jdbc-source', 'STOPPED');
  await ask('connector-stopped', 'status-stopped', 'offsets-alter', 'offsets-reset', 'topics-reset');
  await ask('create-file-sink', 'create-sink-that-will-fail', 'create-sink-with-wrong-converter');
  await until('failing-sink', 'RUNNING FAILED');
  await ask('status-task-failed', 'restart-only-failed');
  await until('failing-converter', 'RUNNING FAILED');
  await ask('status-task-failed-converter');
  await ask('create-initial-state-stopped');
  await until('asleep', 'STOPPED');
  await ask(
    'status-created-stopped',
    'delete',
    'get-immediately-after-delete',
    'status-immediately-after-delete',
    'delete-again',
  );
  await ask('create-with-secret-placeholder');
  await until('secretive', 'RUNNING RUNNING');
  await ask(
    'connector-with-secret-placeholder',
    'connector-tasks-with-secret-placeholder',
    'create-with-class-short-name',
    'config-put-create',
  );
  await ask(
    'create-jdbc-source-timestamp-with-schemas-and-key',
    'create-jdbc-source-plain-key',
    'create-jdbc-source-avro',
  );
  await insertUsers(2);
  await eventually(async () => (await harness.read('schemas-users')).length === 5);
  await ask('create-jdbc-sink', 'create-jdbc-sink-avro');
  await until('jdbc-sink', 'RUNNING RUNNING').catch(() => undefined);
  await harness.committed('jdbc-sink', 5);
  await ask('status-running-sink', 'connector-topics-sink', 'connector-offsets-sink');
  await ask('create-datagen-source');
  await until('datagen', 'RUNNING FAILED');
  await ask('status-task-failed-datagen-done');
  await ask(...NAMES.filter((n) => /^create-(?:debezium|opensearch|simulator)/.test(n)), 'connectors-many-expanded');
  await ask('create-connector-that-will-fail');
  await until('fragile', 'RUNNING RUNNING');
  await postgres.halt();
  await harness.rest('POST', '/connectors/fragile/restart');
  await until('fragile', 'FAILED RUNNING');
  await ask('status-connector-failed');
  const open = NAMES.filter((name) => !asked.has(name));
  expect(open).toEqual([]);
}, 120_000);

describe('each exchange', () => {
  test.each(NAMES)('%s', (name) => {
    const reason = DIFFERENT[name];
    if (reason === undefined) expect(asked.get(name)).toEqual([]);
    else expect(asked.get(name), `is the same now, so it is to leave the list (${reason})`).not.toEqual([]);
  });
});

/** Settings that only our worker has: those of SQL, and of dead letters of sources. */
const AHEAD = /^(?:sql|errors\.deadletterqueue)\./;
/** Fields of which only the name is compared. */
const FREE_TEXT = new Set(['documentation']);

/** Every place in which a response differs from the recorded one. */
function differences(
  recorded: Exchange['response'],
  given: { status: number; headers: Readonly<Record<string, string>>; body: unknown },
): string[] {
  const found: string[] = [];
  if (recorded.status !== given.status) found.push(`status ${given.status}, recorded ${recorded.status}`);
  for (const [name, value] of Object.entries(recorded.headers))
    if (given.headers[name] !== value) found.push(`${name}: ${given.headers[name]}, recorded ${value}`);
  compare(recorded.body ?? null, given.body ?? null, '', found);
  return found;
}

function compare(recorded: unknown, given: unknown, at: string, found: string[]): void {
  const differs = (): void => void found.push(`${at}: ${short(given)}, recorded ${short(recorded)}`);
  if (Array.isArray(recorded) && Array.isArray(given)) {
    const key = keyOf(recorded[0] ?? given[0]);
    if (key === undefined) {
      if (recorded.length !== given.length) differs();
      else recorded.forEach((item, i) => compare(item, given[i], `${at}[${i}]`, found));
      return;
    }
    const byKey = new Map(given.map((item) => [key(item), item as unknown]));
    const wanted = recorded.map(key);
    for (const item of recorded) compare(item, byKey.get(key(item)), `${at}[${key(item)}]`, found);
    const order = given.map(key).filter((name) => wanted.includes(name));
    if (order.join() !== wanted.join()) found.push(`${at}: in the order ${short(order)}, recorded ${short(wanted)}`);
    for (const name of byKey.keys())
      if (!wanted.includes(name) && !AHEAD.test(name)) found.push(`${at}[${name}]: not recorded`);
    return;
  }
  if (isObject(recorded) && isObject(given)) {
    for (const [name, value] of Object.entries(recorded)) {
      if (FREE_TEXT.has(name)) continue;
      if (name === 'trace') compare('string', typeof given['trace'], `${at}.trace`, found);
      else if (name === 'groups')
        compare(
          value,
          ((given['groups'] ?? []) as string[]).filter((g) => g !== 'SQL'),
          `${at}.groups`,
          found,
        );
      else if (name === 'recommended_values' && String(recorded['name']).endsWith('converter'))
        compare(true, ((given['recommended_values'] ?? []) as string[]).length > 0, `${at}.recommended_values`, found);
      else if (name === 'message') compare(withoutList(value), withoutList(given['message']), `${at}.message`, found);
      else if (name === 'version' && value !== '4.3.1')
        compare('string', typeof given['version'], `${at}.version`, found);
      else compare(value, given[name], `${at}.${name}`, found);
    }
    for (const name of Object.keys(given))
      if (!(name in recorded) && name !== 'order') found.push(`${at}.${name}: not recorded`);
    return;
  }
  if (recorded !== given) differs();
}

function withoutList(message: unknown): string {
  return String(message).replace(/, available connectors are: .*$/s, '');
}

/** The key of a list's elements: settings and plug-ins are compared by name. */
function keyOf(item: unknown): ((item: unknown) => string) | undefined {
  if (!isObject(item)) return undefined;
  if ('value' in item && isObject(item['value'])) return (i) => (i as { value: { name: string } }).value.name;
  if ('class' in item) return (i) => `${(i as { type: string }).type} ${(i as { class: string }).class}`;
  if ('importance' in item) return (i) => (i as { name: string }).name;
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 300 ? `${text.slice(0, 300)}...` : text;
}
