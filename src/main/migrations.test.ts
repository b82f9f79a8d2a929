import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memoryServer } from '../../test/support/memory-server.ts';
import { SILENT_LOGGER } from '../base/env.ts';
import { MigrationsMetadata } from '../cli/migrations/metadata.ts';
import { applyMigrations, migrationsInfo, validateMigrations, type Which } from '../cli/migrations/migrate.ts';
import {
  createMigration,
  newProject,
  readConfig,
  readMigrations,
  type ProjectFiles,
} from '../cli/migrations/project.ts';
import { styleFor } from '../cli/render/style.ts';
import type { SluiceClient } from '../client/sluice-client.ts';
import { nodeEnv } from '../host/node-env.ts';
import type { Sluice } from './compose.ts';
import { parseProperties } from './properties-file.ts';

/* Migrations in ksqlDB's form against a server. */

let sluice: Sluice;
let client: SluiceClient;
beforeAll(async () => {
  ({ sluice, client } = await memoryServer({ 'connect.listeners': 'http://127.0.0.1:0' }));
});
afterAll(async () => {
  await sluice.close();
});

function folderOf(files: Map<string, string>): ProjectFiles {
  return {
    read: async (path) => files.get(path) ?? (await Promise.reject(new Error(`no ${path}`))),
    create: async (path, text) =>
      files.has(path) ? await Promise.reject(new Error(`${path} exists`)) : void files.set(path, text),
    makeFolder: () => Promise.resolve(),
    list: async (path) =>
      await Promise.resolve(
        [...files.keys()].filter((f) => f.startsWith(`${path}/`)).map((f) => f.slice(path.length + 1)),
      ),
  };
}

async function project() {
  const files = new Map<string, string>();
  const disk = folderOf(files);
  await newProject(disk, 'p', client.url);
  const config = readConfig(parseProperties(files.get('p/ksql-migrations.properties')!), 'p');
  const env = nodeEnv(SILENT_LOGGER);
  const metadata = new MigrationsMetadata(client, config, env);
  const text = { out: '', err: '' };
  const options = async () => ({
    client,
    metadata,
    migrations: await readMigrations(disk, config.folder),
    env,
    style: styleFor(false),
    write: async (t: string) => void (text.out += await Promise.resolve(t)),
    writeError: async (t: string) => void (text.err += await Promise.resolve(t)),
    signal: new AbortController().signal,
  });
  return {
    files,
    metadata,
    text,
    create: async (description: string, sql: string) => {
      files.set(await createMigration(disk, config.folder, description), sql);
    },
    apply: async (which: Which, dryRun = false) => await applyMigrations(await options(), which, { who: 'me' }, dryRun),
    validate: async () => await validateMigrations(await options()),
    info: async () => await migrationsInfo(await options(), 200),
  };
}

describe('migrations', () => {
  test('are applied in order, recorded as ksqlDB records them, and not twice', async () => {
    const p = await project();
    await p.create(
      'add views',
      "CREATE STREAM views (w STRING) WITH (kafka_topic='v', value_format='JSON', partitions=1);",
    );
    await p.create(
      'rows',
      "SET 'auto.offset.reset'='earliest'; DEFINE x='1'; INSERT INTO views VALUES ('${who}${x}');",
    );
    expect([...p.files.keys()].slice(1)).toEqual([
      'p/migrations/V000001__add_views.sql',
      'p/migrations/V000002__rows.sql',
    ]);
    expect(await p.apply({ kind: 'all' })).toBe(1);
    expect(p.text.err).toContain('initialize-metadata');
    expect(await p.metadata.initialize()).toBe(true);
    expect(await p.metadata.initialize()).toBe(false);
    expect(await p.apply({ kind: 'next' }, true)).toBe(0);
    expect(await p.metadata.current()).toBe(0);
    expect(await p.apply({ kind: 'version', version: 2 })).toBe(1);
    expect(await p.apply({ kind: 'until', version: 2 })).toBe(0);
    expect(await p.apply({ kind: 'all' })).toBe(0);
    expect(p.text.out).toContain('Nothing to do: the server is at version 2.');
    expect(await client.pullQuery('SELECT w FROM views;')).toEqual([{ W: 'me1' }]);
    expect(
      await client.pullQuery(
        "SELECT version, name, state, previous FROM migration_schema_versions WHERE version_key = 'CURRENT';",
      ),
    ).toEqual([{ VERSION: '2', NAME: 'rows', STATE: 'MIGRATED', PREVIOUS: '1' }]);
    await p.metadata.destroy();
    await client.execute('DROP STREAM views DELETE TOPIC;');
  });

  test('go on from the version that ksqlDB’s own tool has left', async () => {
    // What ksql-migrations 0.29 creates and writes: names, columns, key CURRENT, MD5 of the file, times as text.
    const first =
      "CREATE STREAM pageviews (page STRING) WITH (kafka_topic='pageviews', value_format='JSON', partitions=1);\n";
    const second = 'CREATE STREAM clicks AS SELECT page FROM pageviews;\n';
    const columns = 'VERSION_KEY, VERSION, NAME, STATE, CHECKSUM, STARTED_ON, COMPLETED_ON, PREVIOUS, ERROR_REASON';
    const names = columns.split(', ').slice(1);
    await client.execute(`
      ${first}
      CREATE STREAM MIGRATION_EVENTS (VERSION_KEY STRING KEY, ${names.map((n) => `${n} STRING`).join(', ')})
        WITH (KAFKA_TOPIC='default_ksql_MIGRATION_EVENTS', VALUE_FORMAT='JSON', PARTITIONS=1, REPLICAS=1);
      CREATE TABLE MIGRATION_SCHEMA_VERSIONS WITH (KAFKA_TOPIC='default_ksql_MIGRATION_SCHEMA_VERSIONS')
        AS SELECT VERSION_KEY, ${names.map((n) => `LATEST_BY_OFFSET(${n}) AS ${n}`).join(', ')}
        FROM MIGRATION_EVENTS GROUP BY VERSION_KEY EMIT CHANGES;`);
    const md5 = createHash('md5').update(first).digest('hex');
    for (const state of ['RUNNING', 'MIGRATED'])
      for (const key of ['CURRENT', '1'])
        await client.execute(
          `INSERT INTO MIGRATION_EVENTS (${columns}) VALUES ('${key}', '1', 'Initial setup', '${state}', '${md5}', '1689012345678', '${state === 'RUNNING' ? '' : '1689012346789'}', '<none>', 'N/A');`,
        );
    const p = await project();
    p.files.set('p/migrations/V000001__Initial_setup.sql', first);
    p.files.set('p/migrations/V000002__Clicks.sql', second);
    await expect.poll(() => p.metadata.current()).toBe(1);
    expect(await p.metadata.initialize()).toBe(false);
    expect(await p.validate()).toBe(0);
    expect(await p.apply({ kind: 'all' })).toBe(0);
    expect(await p.metadata.current()).toBe(2);
    expect(await p.metadata.of(1)).toMatchObject({ state: 'MIGRATED', startedOn: '1689012345678' });
    expect(await p.metadata.of(2)).toMatchObject({ state: 'MIGRATED', name: 'Clicks', previous: '1' });
    expect(await p.info()).toBe(0);
    expect(p.text.out).toMatch(/Current migration version: 2\n[^]*Initial setup/);
    // A file that was changed since it was applied is reported, whichever tool has applied it.
    p.files.set('p/migrations/V000001__Initial_setup.sql', `${first}-- changed`);
    expect(await p.validate()).toBe(1);
    await client.execute('DROP STREAM clicks DELETE TOPIC; DROP STREAM pageviews DELETE TOPIC;');
    await p.metadata.destroy();
  });

  test('that fail are told with their place, recorded, and tried anew when they are mended', async () => {
    const p = await project();
    await p.create('bad', 'CREATE TYPE one AS INT;\nCREATE STREAM s AS SELECT * FROM nowhere;');
    await p.metadata.initialize();
    expect(await p.apply({ kind: 'all' })).toBe(1);
    expect(p.text.err).toContain('Failed at p/migrations/V000001__bad.sql:2');
    expect(await p.metadata.of(1)).toMatchObject({ state: 'ERROR', previous: '<none>' });
    expect((await p.metadata.of(1))!.errorReason).toContain('NOWHERE');
    p.files.set('p/migrations/V000001__bad.sql', 'DROP TYPE IF EXISTS one;');
    expect(await p.apply({ kind: 'next' })).toBe(0);
    expect(await p.info()).toBe(0);
    expect(p.text.out).toMatch(/Current migration version: 1\n[^]*bad +│ MIGRATED │ <none>/);
    await p.metadata.destroy();
  });

  test('whose file was changed since, or is gone, are told, and nothing more is applied', async () => {
    const p = await project();
    await p.create('one', 'CREATE TYPE one AS INT;');
    await p.create('two', 'DROP TYPE one;');
    await p.metadata.initialize();
    await p.apply({ kind: 'next' });
    expect(await p.validate()).toBe(0);
    p.files.set('p/migrations/V000001__one.sql', 'CREATE TYPE one AS BIGINT;');
    expect(await p.validate()).toBe(1);
    expect(p.text.err).toContain('V000001__one.sql was changed since it was applied');
    expect(await p.apply({ kind: 'all' })).toBe(1);
    p.files.delete('p/migrations/V000001__one.sql');
    expect(await p.validate()).toBe(1);
    expect(p.text.err).toContain('there is no file for it');
    await p.metadata.destroy();
  });

  test('hold statements that change something, and are read before the first is executed', async () => {
    const p = await project();
    await p.create('shows', 'CREATE TYPE never AS INT;\nSHOW STREAMS;');
    await p.metadata.initialize();
    expect(await p.apply({ kind: 'all' })).toBe(1);
    expect(p.text.err).toContain('V000001__shows.sql:2: statements of this kind change nothing');
    expect(await client.execute('SHOW TYPES;')).toMatchObject([{ types: expect.not.objectContaining({ NEVER: 1 }) }]);
    expect(await p.metadata.of(1)).toBeUndefined();
    await p.metadata.destroy();
  });

  test('have versions of their own', async () => {
    const p = await project();
    p.files.set('p/migrations/V000001__a.sql', '');
    p.files.set('p/migrations/V000001__b.sql', '');
    await expect(p.create('c', '')).rejects.toThrow('have the same version');
  });
});
