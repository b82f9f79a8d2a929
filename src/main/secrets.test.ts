import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { testEnv } from '../../test/support/env.ts';
import { startVault } from '../../test/support/vault-server.ts';
import { SluiceClient } from '../client/sluice-client.ts';
import { startSluice, type Sluice } from './compose.ts';

/* CREATE SECRET and references to secrets, on a data folder. */

const SECRET = 'correct-horse-battery';
let folder: string;
let sluice: Sluice;
let client: SluiceClient;
let lines: string[] = [];

async function start(properties: Record<string, string> = {}): Promise<void> {
  const env = testEnv();
  const line = (message: string, fields?: unknown): void => void lines.push(`${message} ${JSON.stringify(fields)}`);
  const logger = { debug: line, info: line, warn: line, error: line, child: () => logger };
  sluice = await startSluice({
    properties: {
      listeners: 'http://127.0.0.1:0',
      'connect.listeners': 'http://127.0.0.1:0',
      'connect.allowed.paths': folder,
      'data.dir': path.join(folder, 'data'),
      ...properties,
    },
    env: { ...env, logger },
    environment: { CONNECT_PLACE: folder },
  });
  client = new SluiceClient({ url: sluice.url });
}

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'secrets-'));
  lines = [];
  await start();
});
afterEach(async () => {
  await sluice.close();
});

const file = (name: string): string => path.join(folder, name);
const textOf = (name: string): string => (existsSync(file(name)) ? readFileSync(file(name), 'utf8') : '');
const one = async (sql: string): Promise<Record<string, unknown>> =>
  (await client.execute(sql))[0] as unknown as Record<string, unknown>;

/** Every byte below the data folder. */
function stored(): string {
  const below = (at: string): string[] =>
    readdirSync(at, { withFileTypes: true }).flatMap((e) =>
      e.isDirectory() ? below(path.join(at, e.name)) : e.isFile() ? [path.join(at, e.name)] : [],
    );
  return below(path.join(folder, 'data'))
    .map((f) => readFileSync(f, 'latin1'))
    .join('\n');
}

const sink = (name: string, settings: string): string =>
  `CREATE SINK CONNECTOR ${name} WITH ('connector.class'='FileStreamSinkConnector', 'topics'='lines', ${settings});`;

test('a secret is in no answer, no line of the log and no file in clear; its key is for the owner alone', async () => {
  const answers = [
    await client.execute(`CREATE SECRET db WITH (user='me', password='${SECRET}');`),
    await client.execute(`CREATE OR REPLACE SECRET db WITH (user='me', "password"="${SECRET}");`),
    await client.execute(`ALTER SECRET db SET (password='${SECRET}', more='${SECRET}');`),
    await client.execute('SHOW SECRETS;'),
    await client.execute(`CREATE SECRET IF NOT EXISTS db WITH (a='${SECRET}');`),
    await client.execute(`CREATE SECRET db WITH (a='${SECRET}');`).catch((error: unknown) => error),
    await client.execute(`ALTER SECRET nodb SET (a='${SECRET}');`).catch((error: unknown) => error),
    await client.execute(`CREATE SECRET db2 WITH (a='${SECRET}'`).catch((error: unknown) => error),
    await client.execute(`CREATE SECRET WITH (a='${SECRET}');`).catch((error: unknown) => error),
    await client.execute(`EXPLAIN CREATE SECRET x WITH (a='${SECRET}');`).catch((error: unknown) => error),
  ];
  for (const answer of answers) {
    expect(JSON.stringify(answer)).not.toContain(SECRET);
    expect(String(answer)).not.toContain(SECRET);
  }
  expect(answers[3]).toMatchObject([{ secrets: [{ name: 'DB', keys: ['more', 'password', 'user'], usedBy: [] }] }]);
  expect(String(answers[5])).toContain('Secret DB already exists');
  expect(String(answers[6])).toContain('Secret NODB does not exist');
  await expect(client.execute(`PRINT '_confluent-ksql-default__secrets';`)).rejects.toThrow();
  await sluice.close();
  expect(stored()).not.toContain(SECRET);
  expect(lines.join('\n')).not.toContain(SECRET);
  expect(statSync(file('data/secrets.key')).mode & 0o777).toBe(0o600);

  await start();
  expect(await sluice.engine.services.secrets.value('db', 'password')).toEqual({ value: SECRET });
  chmodSync(file('data/secrets.key'), 0o644);
  await sluice.close();
  await expect(start()).rejects.toThrow('may be read by others (mode 0644)');
  chmodSync(file('data/secrets.key'), 0o600);
  await start();
});

test('a connector takes a changed value up by itself, and a secret in use is not dropped', async () => {
  await client.execute(
    "CREATE STREAM lines (line STRING) WITH (kafka_topic='lines', value_format='KAFKA', partitions=1);",
  );
  await client.execute(`CREATE SECRET place WITH (file='${file('first')}');`);
  const settings = `'file'='\${secret:place:file}', 'value.converter'='org.apache.kafka.connect.storage.StringConverter'`;
  await client.execute(sink('out', settings) + sink('quiet', `${settings}, 'config.action.reload'='none'`));
  await client.execute("INSERT INTO lines VALUES ('a');");
  await expect.poll(() => textOf('first')).toBe('a\na\n');
  expect(JSON.stringify(await one('DESCRIBE CONNECTOR out;'))).toContain('${secret:place:file}');
  expect(await one('SHOW SECRETS;')).toMatchObject({ secrets: [{ name: 'PLACE', usedBy: ['OUT', 'QUIET'] }] });
  await expect(client.execute('DROP SECRET place;')).rejects.toThrow(
    'Cannot drop secret PLACE: it is used by OUT, QUIET',
  );

  const altered = await one(`ALTER SECRET place SET (file='${file('second')}');`);
  expect(altered).toMatchObject({
    message: 'Altered secret PLACE',
    warnings: [
      { message: 'Began anew with the new values: OUT' },
      { message: 'Take the new values up when they start: QUIET' },
    ],
  });
  await client.execute("INSERT INTO lines VALUES ('b');");
  await expect.poll(() => textOf('second')).toBe('b\n');
  await expect.poll(() => textOf('first')).toBe('a\na\nb\n');
  await client.execute('RESTART CONNECTOR quiet;');
  await client.execute("INSERT INTO lines VALUES ('c');");
  await expect.poll(() => textOf('second')).toBe('b\nc\nc\n');

  await expect(client.execute('ALTER SECRET place RESET (file);')).rejects.toThrow(
    'Cannot take file from secret PLACE: it is used by OUT, QUIET',
  );
  await expect(client.execute("CREATE OR REPLACE SECRET place WITH (a='b');")).rejects.toThrow('Cannot take file');
  await client.execute('DROP CONNECTOR out; DROP CONNECTOR quiet; DROP SECRET place; DROP SECRET IF EXISTS place;');
  expect(await one('SHOW SECRETS;')).toMatchObject({ secrets: [] });
});

test('variables, lines of files and whole files, of those that may be used', async () => {
  await client.execute(
    "CREATE STREAM lines (line STRING) WITH (kafka_topic='lines', value_format='KAFKA', partitions=1); INSERT INTO lines VALUES ('a');",
  );
  writeFileSync(file('names.properties'), 'out=by-line\n');
  writeFileSync(file('name'), 'by-file');
  const text = "'value.converter'='org.apache.kafka.connect.storage.StringConverter'";
  await client.execute(
    sink('line', `'file'='\${env:CONNECT_PLACE}/\${file:${file('names.properties')}:out}', ${text}`) +
      sink('whole', `'file'='\${env:CONNECT_PLACE}/\${dir:${folder}:name}', ${text}`),
  );
  await expect.poll(() => [textOf('by-line'), textOf('by-file')]).toEqual(['a\n', 'a\n']);
  for (const [reference, sentence] of [
    ['${env:OTHER}', 'there is no environment variable OTHER for connectors'],
    ['${file:/etc/hostname:x}', '/etc/hostname is not below the folders that connectors may use'],
    [`\${dir:${folder}:../x}`, '../x is not the name of a file'],
  ] as const)
    await expect(client.execute(sink('c', `'file'='${reference}'`)), reference).rejects.toThrow(sentence);
});

test('references that lead nowhere are told before anything is made', async () => {
  await client.execute("CREATE SECRET db WITH (password='x');");
  for (const [reference, sentence] of [
    ['${secret:bd:password}', 'there is no secret bd: did you mean DB?'],
    ['${secret:other:key}', "there is no secret other: CREATE SECRET other WITH (key='…'); makes it"],
    ['${secret:db:pasword}', 'secret DB has no key pasword: did you mean password?'],
    ['${secret:db}', 'a reference to a secret is ${secret:NAME:KEY}'],
    ['${vault:secret/db:password}', 'no vault is configured (vault.address)'],
    ['${safe:a:b}', 'there is no provider safe: secret, vault, file, dir and env are'],
  ])
    await expect(client.execute(sink('c', `'file'='${reference!}'`))).rejects.toThrow(sentence);
});

test('a value of a vault; a vault that is sealed for a while stops a connector for as long', async () => {
  const vault = await startVault();
  try {
    await sluice.close();
    await start({ 'vault.address': vault.url, 'vault.token': 'root' });
    vault.secrets.set('secret/files', { out: file('from-vault') });
    await client.execute(
      "CREATE STREAM lines (line STRING) WITH (kafka_topic='lines', value_format='KAFKA', partitions=1); INSERT INTO lines VALUES ('a');",
    );
    await client.execute(
      sink(
        'v',
        "'file'='${vault:secret/files:out}', 'value.converter'='org.apache.kafka.connect.storage.StringConverter'",
      ),
    );
    await expect.poll(() => textOf('from-vault')).toBe('a\n');
    vault.isSealed = true;
    await client.execute('RESTART CONNECTOR v;');
    await client.execute('ASSERT CONNECTOR v FAILED TIMEOUT 5 SECONDS;');
    expect(JSON.stringify(await one('DESCRIBE CONNECTOR v;'))).toContain('Vault is sealed');
    vault.isSealed = false;
    await client.execute('ASSERT CONNECTOR v RUNNING TIMEOUT 10 SECONDS;');
  } finally {
    await vault.close();
  }
});

test('passwords of connectors are kept encrypted, and a lost key is told where it matters', async () => {
  await client.execute(
    "CREATE STREAM lines (line STRING) WITH (kafka_topic='lines', value_format='KAFKA', partitions=1);",
  );
  await client
    .execute(
      `CREATE SINK CONNECTOR db WITH ('connector'='postgres', 'sources'='lines', 'url'='postgres://me:${SECRET}@127.0.0.1:1/x', 'connection.password'='${SECRET}') STOPPED;`,
    )
    .catch(() => undefined);
  const made = sink('other', `'file'='${file('o')}', 'value.converter.basic.auth.user.info'='me:${SECRET}'`);
  await client.execute(made);
  const rest = (await (await fetch(`${sluice.connectUrl!}/connectors/OTHER/config`)).json()) as Record<string, string>;
  expect(rest['value.converter.basic.auth.user.info']).toBe('[hidden]');
  await sluice.close();
  expect(stored()).not.toContain(SECRET);
  expect(stored()).toContain('"sealed":{');

  await start();
  await client.execute('ASSERT CONNECTOR other RUNNING TIMEOUT 5 SECONDS;');
  await sluice.close();
  writeFileSync(file('data/secrets.key'), `${Buffer.alloc(32, 7).toString('base64')}\n`, { mode: 0o600 });
  await start();
  await client.execute('ASSERT CONNECTOR other FAILED TIMEOUT 5 SECONDS;');
  expect(JSON.stringify(await one('DESCRIBE CONNECTOR other;'))).toContain(
    'value.converter.basic.auth.user.info: what is stored was encrypted with a key that this server has not',
  );
});
