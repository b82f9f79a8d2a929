import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Harness } from '../../src/connect/worker/testing/harness.ts';
import type { StatementResult } from '../../src/engine/results.ts';
import { startSluice, type Sluice } from '../../src/main/compose.ts';
import { CLUSTER_STATEMENTS } from '../../src/sql/ast/connect-clusters.ts';
import { parseStatement } from '../../src/sql/parse.ts';
// @ts-expect-error It is plain JavaScript: it runs before anything is installed.
import { ensureConsole as untyped } from '../../scripts/clone.mjs';
import { installedBrowser, startBrowser } from '../support/browser.ts';
import { describeWithServers } from '../support/servers/available.ts';
import { startConnect, type ConnectServer } from '../support/servers/connect.ts';
import { FILE_STREAM } from '../support/servers/connect-jars.ts';
import { temporaryFolder } from '../support/servers/java.ts';
import { startKafka, type KafkaServer } from '../support/servers/kafka.ts';
import { startVault, type VaultServer } from '../support/vault-server.ts';

const ensureConsole = untyped as () => void;

/** In CI, a missing browser makes the test fail. */
const isBrowserDue = (): boolean => installedBrowser() !== undefined || process.env['CI'] === 'true';

/** The effect of each statement with IN CLUSTER on a third-party Connect worker. */
interface Row {
  /**
   * The statement, without IN CLUSTER and semicolon. LIFE is a source that reads the lines of `{file}`, LIFE_OUT a
   * sink.
   */
  readonly sql: string;
  /** What the response must contain; absent when the statement must be refused. */
  readonly answers?: object;
  /** The reason for the refusal, and a hint with an alternative. */
  readonly refused?: { readonly why: RegExp; readonly way: RegExp };
}

/** In the order of a connector's life cycle. The test fails for statements that have no row here. */
const ROWS: readonly Row[] = [
  {
    sql: "VALIDATE SOURCE CONNECTOR LIFE WITH ('connector.class'='FileStreamSource', 'file'='{file}', 'topic'='LIFE')",
    answers: { kind: 'connector_validation', isValid: true },
  },
  {
    sql: "VALIDATE SOURCE CONNECTOR LIFE WITH ('connector.class'='FileStreamSource', 'file'='{file}')",
    answers: { isValid: false, problems: [expect.stringContaining('topic')] },
  },
  {
    sql: "EXPLAIN CREATE SOURCE CONNECTOR LIFE WITH ('connector.class'='FileStreamSource', 'file'='{file}', 'topic'='LIFE')",
    answers: { kind: 'connector_difference', exists: false },
  },
  {
    sql: "CREATE SOURCE CONNECTOR LIFE WITH ('connector.class'='FileStreamSource', 'file'='{file}', 'topic'='LIFE')",
    answers: { kind: 'connector_info', declared: [{ topic: 'LIFE' }] },
  },
  {
    sql: "CREATE OR REPLACE SOURCE CONNECTOR LIFE WITH ('connector.class'='FileStreamSource', 'file'='{file}', 'topic'='LIFE', 'batch.size'='7')",
    answers: { kind: 'connector_info', info: { config: { 'batch.size': '7' } } },
  },
  {
    sql: `CREATE CONNECTOR LIFE_OUT FROM '{"config": {"connector.class": "FileStreamSink", "file": "{file}.out", "topics": "LIFE", "errors.tolerance": "all",
      "errors.deadletterqueue.topic.name": "LIFE-aside", "errors.deadletterqueue.topic.replication.factor": "1", "errors.deadletterqueue.context.headers.enable": "true",
      "transforms": "cast", "transforms.cast.type": "org.apache.kafka.connect.transforms.Cast$Value", "transforms.cast.spec": "int32"}}'`,
    answers: { kind: 'connector_info', info: { type: 'sink' } },
  },
  { sql: 'ASSERT CONNECTOR LIFE RUNNING TIMEOUT 30 SECONDS', answers: { kind: 'assert_connector' } },
  { sql: 'ASSERT CONNECTOR LIFE_OUT RUNNING TIMEOUT 30 SECONDS', answers: { kind: 'assert_connector' } },
  {
    sql: 'SHOW CONNECTORS',
    answers: { connectors: expect.arrayContaining([expect.objectContaining({ name: 'LIFE', type: 'source' })]) },
  },
  { sql: 'SHOW SINK CONNECTORS EXTENDED', answers: { connectors: [{ name: 'LIFE_OUT' }] } },
  {
    sql: 'SHOW CONNECTOR PLUGINS',
    answers: { plugins: expect.arrayContaining([expect.objectContaining({ type: 'sink' })]) },
  },
  {
    sql: 'DESCRIBE CONNECTOR PLUGIN `org.apache.kafka.connect.file.FileStreamSinkConnector`',
    answers: { keys: expect.arrayContaining([expect.objectContaining({ name: 'topics' })]) },
  },
  {
    sql: 'DESCRIBE CONNECTOR LIFE',
    answers: { description: { name: 'LIFE', health: { state: 'RUNNING (1/1 tasks RUNNING)' } } },
  },
  { sql: 'DESCRIBE LIFE_OUT EXTENDED', answers: { description: { name: 'LIFE_OUT', extended: true } } },
  {
    sql: 'SHOW CREATE CONNECTOR LIFE',
    answers: { text: expect.stringMatching(/^CREATE SOURCE CONNECTOR .* IN CLUSTER JAVA;$/s) },
  },
  { sql: 'SHOW CREATE CONNECTOR LIFE_OUT AS JSON', answers: { text: expect.stringContaining('"topics"') } },
  {
    sql: "ALTER CONNECTOR LIFE SET ('batch.size'='9')",
    answers: { kind: 'connector_changed', message: expect.stringContaining('Altered') },
  },
  { sql: 'ALTER CONNECTOR LIFE RESET (batch.size)', answers: { message: expect.stringContaining('Altered') } },
  { sql: "CREATE STREAM life_mine FROM CONNECTOR LIFE TOPIC 'LIFE'", answers: { declared: [{ name: 'LIFE_MINE' }] } },
  { sql: 'PAUSE CONNECTOR LIFE', answers: { message: 'Paused connector LIFE' } },
  { sql: 'RESUME CONNECTOR LIFE', answers: { message: 'Resumed connector LIFE' } },
  { sql: 'RESTART CONNECTOR LIFE', answers: { message: 'Restarted connector LIFE' } },
  { sql: 'ASSERT CONNECTOR LIFE RUNNING TIMEOUT 30 SECONDS', answers: {} },
  { sql: 'RESTART CONNECTOR LIFE TASK 0', answers: { message: 'Restarted task 0 of connector LIFE' } },
  {
    sql: 'RESTART CONNECTOR LIFE TASK 5',
    refused: { why: /Unknown task: LIFE-5/, way: /DESCRIBE CONNECTOR \S+ IN CLUSTER JAVA;/ },
  },
  {
    sql: 'SHOW CONNECTOR OFFSETS OF LIFE_OUT',
    answers: { offsets: [{ partition: { kafka_topic: 'LIFE' }, offset: { kafka_offset: 2 } }] },
  },
  { sql: "SHOW DEAD LETTERS OF LIFE_OUT WHERE stage = 'TRANSFORMATION'", answers: { letters: [{}, {}] } },
  {
    sql: 'SHOW SINK CONNECTORS',
    answers: {
      warnings: [
        expect.stringMatching(
          /^LIFE_OUT: 2 dead letters in LIFE-aside that were not sent again .*SHOW DEAD LETTERS OF LIFE_OUT IN CLUSTER JAVA; has the reasons$/,
        ),
      ],
    },
  },
  {
    sql: 'RETRY DEAD LETTERS OF LIFE_OUT WHERE original_offset = 0',
    answers: { message: 'Sent 1 dead letter of LIFE_OUT again, to LIFE' },
  },
  {
    // One dead letter was resent and failed again, the other was never resent.
    sql: 'DESCRIBE CONNECTOR LIFE_OUT',
    answers: { warnings: [expect.stringContaining('2 dead letters in LIFE-aside that were not sent again')] },
  },
  {
    sql: "ALTER CONNECTOR LIFE_OUT RESET ('errors.deadletterqueue.topic.name')",
    answers: { message: 'Altered connector LIFE_OUT' },
  },
  {
    sql: 'DESCRIBE CONNECTOR LIFE_OUT',
    answers: {
      warnings: [
        expect.stringMatching(/Kafka Connect does not tell how many over REST: 'errors.deadletterqueue.topic.name'/),
      ],
    },
  },
  {
    sql: 'ALTER CONNECTOR OFFSETS OF LIFE_OUT SET BEGINNING',
    answers: { kind: 'connector_offsets' },
  },
  { sql: 'RESET CONNECTOR OFFSETS OF LIFE_OUT', answers: { message: expect.stringContaining('it begins anew') } },
  {
    sql: 'ALTER CONNECTOR LIFE SNAPSHOT TABLES (users)',
    refused: {
      why: /no request of Connect's lets it read tables/,
      way: /RESET CONNECTOR OFFSETS OF \S+ IN CLUSTER JAVA;/,
    },
  },
  {
    sql: 'SHOW LOGS OF LIFE',
    refused: {
      why: /cluster JAVA is kept by that cluster alone/,
      way: /DESCRIBE CONNECTOR \S+ EXTENDED IN CLUSTER JAVA;/,
    },
  },
  { sql: 'STOP CONNECTOR LIFE', answers: { message: 'Stopped connector LIFE' } },
  { sql: 'DROP CONNECTOR LIFE_OUT', answers: { kind: 'drop_connector' } },
  { sql: 'DROP CONNECTOR LIFE TERMINATE', answers: { droppedSources: ['LIFE_LIFE'] } },
  {
    sql: 'PAUSE CONNECTOR LIFE',
    refused: { why: /Connector LIFE not found/, way: /SHOW CONNECTORS IN CLUSTER JAVA;/ },
  },
];

describeWithServers('statements of connectors IN CLUSTER, on a Kafka Connect worker', () => {
  let kafka: KafkaServer;
  let connect: ConnectServer;
  let vault: VaultServer;
  let sluice: Sluice;
  const folder = temporaryFolder('in-cluster');
  const file = (name: string): string => `${folder.path}/${name}`;

  beforeAll(async () => {
    vault = await startVault();
    mkdirSync(file('dir'));
    writeFileSync(file('secrets.properties'), `place=${file('by-file')}\n`);
    writeFileSync(file('dir/place'), file('by-dir'));
    vault.secrets.set('secret/files', { place: file('by-vault') });
    kafka = await startKafka({ properties: { 'auto.create.topics.enable': 'true' } });
    connect = await startConnect(kafka.bootstrap, {
      plugins: [FILE_STREAM],
      properties: {
        'config.providers': 'file,dir',
        'config.providers.file.class': 'org.apache.kafka.common.config.provider.FileConfigProvider',
        'config.providers.dir.class': 'org.apache.kafka.common.config.provider.DirectoryConfigProvider',
      },
    });
    writeFileSync(file('secrets.key'), randomBytes(32).toString('base64'), { mode: 0o600 });
    sluice = await startSluice({
      properties: {
        listeners: 'http://127.0.0.1:0',
        'connect.listeners': '',
        'data.dir': file('data'),
        'bootstrap.servers': kafka.bootstrap,
        'ksql.streams.auto.offset.reset': 'earliest',
        'secrets.key.file': file('secrets.key'),
        'vault.address': vault.url,
        'vault.token': 'root',
        'log.level': 'silent',
      },
    });
    await run(`CREATE CONNECT CLUSTER java WITH (url='${connect.url}');
      CREATE CONNECT CLUSTER looked WITH (url='${connect.url}', resolve.secrets='secret,vault');`);
  });
  afterAll(async () => {
    await sluice?.close();
    await connect?.remove();
    await kafka?.remove();
    await vault?.close();
    folder.remove();
  });

  const run = async (text: string): Promise<readonly StatementResult[]> => await sluice.engine.execute(text);
  const one = async (text: string): Promise<Record<string, any>> =>
    (await run(text)).at(-1) as unknown as Record<string, any>;
  async function refusal(text: string): Promise<{ readonly message: string; readonly hint?: string }> {
    try {
      await run(text);
    } catch (error) {
      return (error as { readonly error?: Error }).error ?? (error as Error);
    }
    throw new Error(`Not refused: ${text}`);
  }

  test('every statement of connectors has a row', () => {
    const kindOf = (sql: string): string => {
      const statement = parseStatement(`${sql.replaceAll('{file}', 'x')} IN CLUSTER java;`);
      const there = statement.kind === 'Explain' ? statement.statement! : statement;
      return there.kind === 'InCluster' ? there.statement.kind : `no statement for a cluster: ${sql}`;
    };
    expect(new Set(ROWS.map(({ sql }) => kindOf(sql)))).toEqual(new Set(Object.keys(CLUSTER_STATEMENTS)));
  });

  test('each is carried out there, or refused with its reason and the way out', { timeout: 180_000 }, async () => {
    writeFileSync(file('lines'), 'one\ntwo\n');
    for (const { sql, answers, refused } of ROWS) {
      const statement = `${sql.replaceAll('{file}', file('lines'))} IN CLUSTER java;`;
      if (refused !== undefined) {
        const { message, hint = '' } = await refusal(statement);
        expect(message).toMatch(refused.why);
        expect(hint).toMatch(refused.way);
        continue;
      }
      // Tasks, topics and dead letters appear a moment after the statement that causes them.
      const wanted = answers ?? {};
      const isLook = /^(?:SHOW|DESCRIBE)/.test(sql);
      if (isLook) await expect.poll(() => one(statement), { timeout: 60_000, interval: 200 }).toMatchObject(wanted);
      else expect(await one(statement), statement).toMatchObject(wanted);
    }
    expect(await one('SHOW CONNECTORS IN CLUSTER java;')).toMatchObject({ connectors: [] });
  });

  test.runIf(isBrowserDue())(
    'any class of its workers is made, and changed, by the form of the web console',
    async () => {
      ensureConsole();
      const browser = await startBrowser();
      try {
        writeFileSync(file('form-lines'), 'one\n');
        const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
        page.setDefaultTimeout(30_000);
        await page.goto(`${sluice.url}/console#/new-connector`);
        await page.getByLabel('Runs in').selectOption('JAVA');
        await page.getByRole('button', { name: /FileStreamSourceConnector/ }).click();
        await page.getByRole('heading', { name: /FileStreamSourceConnector, a source/ }).waitFor();
        // The settings are those that the worker reports, with its documentation.
        await page.getByLabel('Name').fill('by_form');
        await page.getByText('Source filename.').waitFor();
        await page.getByLabel('file', { exact: true }).fill(file('form-lines'));
        await page.getByText('Still needed: topic.').waitFor();
        await page.getByLabel(/^topic( needed)?$/).fill('by_form');
        await page.getByText('Checked: CREATE would make this').waitFor();
        await page.getByRole('button', { name: 'Create' }).click();
        await page.getByRole('link', { name: 'Its page' }).click();
        await page.getByText('RUNNING 1/1').first().waitFor();
        expect(await one('DESCRIBE CONNECTOR BY_FORM IN CLUSTER java;')).toMatchObject({
          description: {
            className: expect.stringContaining('FileStreamSource'),
            config: { file: file('form-lines'), topic: 'by_form' },
          },
        });
        // Its settings are changed in the same form. A secret stays as it is, and is not shown.
        await one("ALTER CONNECTOR by_form SET ('my.password'='geheim') IN CLUSTER java;");
        await page.reload();
        await page.getByRole('button', { name: 'Change …', exact: true }).click();
        const form = page.getByRole('form', { name: 'Change the settings of BY_FORM' });
        expect(await form.getByLabel('file', { exact: false }).first().inputValue()).toBe(file('form-lines'));
        await page.getByRole('button', { name: /^All settings/ }).click();
        await form.getByLabel('batch.size', { exact: true }).fill('many');
        await form.getByRole('alert').getByText('Invalid value many for configuration batch.size').waitFor();
        await form.getByLabel('batch.size', { exact: true }).fill('7');
        await page.getByText('Checked: ALTER would make this').waitFor();
        expect(await page.locator('.statement pre').first().textContent()).toBe(
          "ALTER CONNECTOR BY_FORM SET ('batch.size'='7') IN CLUSTER JAVA;",
        );
        expect(await page.content()).not.toContain('geheim');
        await page.getByRole('button', { name: 'Change', exact: true }).click();
        await page.getByRole('status').getByText('Altered connector BY_FORM').waitFor();
        expect(await (await fetch(`${connect.url}/connectors/BY_FORM/config`)).json()).toMatchObject({
          'batch.size': '7',
          'my.password': 'geheim',
        });
      } finally {
        await browser.close();
        await run('DROP CONNECTOR IF EXISTS by_form IN CLUSTER java;');
      }
    },
  );

  const sourceOf = (name: string, place: string): string =>
    `SOURCE CONNECTOR ${name} WITH ('connector.class'='FileStreamSource', 'file'='${place}', 'topic'='${name}')`;

  test('references: looked up by the workers where they have the provider, shown as they are written', async () => {
    for (const [name, reference] of [
      ['by-file', `\${file:${file('secrets.properties')}:place}`],
      ['by-dir', `\${dir:${file('dir')}:place}`],
    ] as const) {
      writeFileSync(file(name), `${name}\n`);
      const made = await one(`CREATE ${sourceOf(name, reference)} IN CLUSTER java;`);
      expect(made).toMatchObject({ info: { config: { file: reference } }, warnings: [], declared: [{ topic: name }] });
      // The line has arrived, so the worker opened the right file.
      expect(await one(`DESCRIBE CONNECTOR ${name} IN CLUSTER java;`)).toMatchObject({
        description: { config: { file: reference } },
      });
      await run(`DROP CONNECTOR ${name} TERMINATE IN CLUSTER java;`);
    }
  });

  test.each([
    ['a provider that the workers lack', '${env:HOME}', /do not look \$\{env:HOME\} up: they have no provider env/],
    ['a secret of this server', '${secret:s:place}', /they have no provider secret\. .*resolve\.secrets='secret'/],
    ['a vault', '${vault:secret/files:place}', /they have no provider vault\. .*resolve\.secrets='vault'/],
    ['a key that the file lacks', () => `\${file:${file('secrets.properties')}:nope}`, /or it has no such key/],
    ['a file that is not there', '${file:/no/such:place}', /Could not read properties from file \/no\/such/],
  ] as const)('references that nobody looks up are refused: %s', async (_, reference, why) => {
    const text = typeof reference === 'string' ? reference : reference();
    const { message } = await refusal(`CREATE ${sourceOf('lost', text)} IN CLUSTER java;`);
    expect(message).toMatch(why);
    expect(await one('SHOW CONNECTORS IN CLUSTER java;')).toMatchObject({ connectors: [] });
    expect(await one(`VALIDATE ${sourceOf('lost', text)} IN CLUSTER java;`)).toMatchObject({ isValid: false });
  });

  test('references that this server looks up lie in clear there, and are shown as they are written', async () => {
    writeFileSync(file('by-secret'), 'by-secret\n');
    writeFileSync(file('by-vault'), 'by-vault\n');
    await run(`CREATE SECRET s WITH (place='${file('by-secret')}');`);
    for (const [name, reference] of [
      ['by-secret', '${secret:s:place}'],
      ['by-vault', '${vault:secret/files:place}'],
    ] as const) {
      const made = await one(`CREATE ${sourceOf(name, reference)} IN CLUSTER looked;`);
      expect(made).toMatchObject({ info: { config: { file: reference } }, declared: [{ topic: name }] });
      expect(JSON.stringify(made)).toContain('lies in clear');
      const kept = (await (await fetch(`${connect.url}/connectors/${name}/config`)).json()) as { file: string };
      expect(kept.file).toBe(file(name));
      await run(`DROP CONNECTOR ${name} TERMINATE IN CLUSTER looked;`);
    }
    await run('DROP SECRET s;');
  });

  test('text that only looks like a reference goes through, and is told', async () => {
    writeFileSync(file('odd${a:b}'), 'odd\n');
    const made = await one(`CREATE ${sourceOf('odd', file('odd${a:b}'))} IN CLUSTER java;`);
    expect(made).toMatchObject({ declared: [{ topic: 'odd' }] });
    expect(JSON.stringify(made)).toContain('do not look ${a:b} of file up: the connector gets the text as it stands');
    await run('DROP CONNECTOR odd TERMINATE IN CLUSTER java;');
  });

  test('what follows an ALTER in its request knows the topics of after', async () => {
    writeFileSync(file('moved'), 'a\n');
    writeFileSync(file('moved-on'), 'b\n');
    await run(`CREATE ${sourceOf('moving', file('moved'))} IN CLUSTER java;`);
    const answers = await run(
      `ALTER CONNECTOR moving SET ('topic'='moved', 'file'='${file('moved-on')}') IN CLUSTER java;
       CREATE STREAM moved FROM CONNECTOR moving TOPIC 'moved' IN CLUSTER java; DESCRIBE moved;`,
    );
    expect(answers).toMatchObject([
      { kind: 'connector_changed' },
      { declared: [{ topic: 'moved', name: 'MOVED' }] },
      { description: { name: 'MOVED', topic: 'moved' } },
    ]);
    // The file has been read completely, so the next topic has no records from which columns could be derived.
    const { message, hint } = await refusal(
      "ALTER CONNECTOR moving SET ('topic'='later') IN CLUSTER java; CREATE STREAM later FROM CONNECTOR moving TOPIC 'later' IN CLUSTER java;",
    );
    expect(message).toBe('Connector MOVING has written nothing to topic later yet: its columns are not known');
    expect(hint).toMatch(/DESCRIBE CONNECTOR MOVING IN CLUSTER JAVA; .*CREATE STREAM LATER \(…\)/);
    const slip = await refusal("CREATE STREAM more FROM CONNECTOR moving TOPIC 'mooved' IN CLUSTER java;");
    expect(slip).toMatchObject({ message: 'Connector MOVING does not write topic mooved' });
    expect(slip.hint).toContain('moved');
    await run('DROP STREAM moved; DROP CONNECTOR moving TERMINATE IN CLUSTER java;');
  });

  test('GET /connectors?expand= has the same form on both workers, in every state', async () => {
    const ours = await new Harness({
      defaults: {
        'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
        'value.converter.schemas.enable': 'false',
      },
    }).start();
    ours.passwords = 'shown';
    const theirs = async (method: string, path: string, body?: unknown): Promise<{ status: number; body: any }> => {
      const answer = await fetch(`${connect.url}${path}`, {
        method,
        headers: { 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) };
    };
    const our = (method: string, path: string, body?: unknown) => ours.rest(method, path, body);
    writeFileSync(file('expanded'), 'x\n');
    // Each topic has a single writer.
    const source = (topic: string) => ({
      'connector.class': 'FileStreamSource',
      file: file('expanded'),
      topic,
      'tasks.max': '1',
    });
    const sink = { 'connector.class': 'FileStreamSink', topics: 'running', file: '/no/such/folder/x' };
    /** Traces and worker ids differ. */
    const shape = (body: unknown): unknown =>
      JSON.parse(JSON.stringify(body), (key, value: unknown) =>
        key === 'worker_id' ? 'worker' : key === 'trace' ? 'trace' : value,
      );
    try {
      for (const ask of [our, theirs]) {
        for (const [name, config, initial_state] of [
          ['running', source('running'), 'RUNNING'],
          ['failed', sink, 'RUNNING'],
          ['stopped', source('stopped'), 'STOPPED'],
          ['paused', source('paused'), 'PAUSED'],
        ] as const)
          await expect
            .poll(async () => (await ask('POST', '/connectors', { name, config, initial_state })).status, {
              timeout: 60_000,
            })
            .toBe(201);
        const states = async (): Promise<string> => {
          const { body } = await ask('GET', '/connectors?expand=status');
          return ['running', 'failed', 'stopped', 'paused']
            .map((name) =>
              [body[name]?.status.connector.state, ...(body[name]?.status.tasks ?? []).map((t: any) => t.state)].join(
                ' ',
              ),
            )
            .join();
        };
        await expect
          .poll(states, { timeout: 40_000, interval: 300 })
          .toMatch(/^RUNNING RUNNING,RUNNING FAILED,STOPPED,PAUSED/);
      }
      for (const query of [
        '?expand=info&expand=status',
        '?expand=status&expand=info',
        '?expand=info',
        '?expand=status',
        '?expand=wat',
        '?expand=',
        '?expand=info&expand=wat',
        '?expand=INFO',
        '?expand=info,status',
        '?expand=info&expand=info',
      ]) {
        const [a, b] = [await our('GET', `/connectors${query}`), await theirs('GET', `/connectors${query}`)];
        expect(a.status, query).toBe(b.status);
        expect(shape(a.body), query).toEqual(shape(b.body));
      }
      const names = async (ask: typeof theirs) => ((await ask('GET', '/connectors')).body as string[]).toSorted();
      expect(await names(our)).toEqual(await names(theirs));
    } finally {
      for (const name of ['running', 'failed', 'stopped', 'paused']) await theirs('DELETE', `/connectors/${name}`);
      await ours.close();
    }
  });
});
