import type { Env } from '../../base/env.ts';
import type { SluiceClient } from '../../client/sluice-client.ts';
import { formatString } from '../../sql/printer/names.ts';
import { listOf, textOf } from '../render/fields.ts';
import type { MigrationsConfig } from './project.ts';

export type MigrationState = 'PENDING' | 'RUNNING' | 'MIGRATED' | 'ERROR';

/** A server's record of one version: a row of MIGRATION_SCHEMA_VERSIONS. */
export interface VersionRow {
  readonly version: string;
  readonly name: string;
  readonly state: MigrationState;
  readonly checksum: string;
  /** Milliseconds since the epoch, or '' */
  readonly startedOn: string;
  readonly completedOn: string;
  /** The preceding version, or `<none>`. */
  readonly previous: string;
  readonly errorReason: string;
}

/** The text in place of a missing version. */
export const NONE = '<none>';
const CURRENT = 'CURRENT';
const COLUMNS = ['version', 'name', 'state', 'checksum', 'started_on', 'completed_on', 'previous', 'error_reason'];
const VISIBLE_WAIT_MS = 30_000;
const VISIBLE_CHECK_MS = 20;

/** The stream of events and the table of versions on a server, as in ksqlDB's migrations tool. */
export class MigrationsMetadata {
  readonly #client: SluiceClient;
  readonly #config: MigrationsConfig;
  readonly #env: Env;

  constructor(client: SluiceClient, config: MigrationsConfig, env: Env) {
    this.#client = client;
    this.#config = config;
    this.#env = env;
  }

  async exists(): Promise<boolean> {
    const [stream, table] = await this.#found();
    return stream && table;
  }

  /** Creates what is missing. @returns whether anything was missing */
  async initialize(): Promise<boolean> {
    const { stream, table, replicas } = this.#config;
    const [hasStream, hasTable] = await this.#found();
    const prefix = `${(await this.#client.info()).ksqlServiceId}ksql_`;
    if (!hasStream)
      await this.#client.execute(
        `CREATE STREAM ${stream} (version_key STRING KEY, ${COLUMNS.map((c) => `${c} STRING`).join(', ')})
  WITH (KAFKA_TOPIC=${formatString(this.#config.streamTopic ?? `${prefix}${stream}`)}, VALUE_FORMAT='JSON', PARTITIONS=1, REPLICAS=${replicas});`,
      );
    if (!hasTable)
      await this.#client.execute(
        `CREATE TABLE ${table}
  WITH (KAFKA_TOPIC=${formatString(this.#config.tableTopic ?? `${prefix}${table}`)}, REPLICAS=${replicas})
  AS SELECT version_key, ${COLUMNS.map((c) => `LATEST_BY_OFFSET(${c}) AS ${c}`).join(', ')}
  FROM ${stream} GROUP BY version_key EMIT CHANGES;`,
        { properties: { 'auto.offset.reset': 'earliest' } },
      );
    return !hasStream || !hasTable;
  }

  async destroy(): Promise<void> {
    const [hasStream, hasTable] = await this.#found();
    if (hasTable) await this.#client.execute(`DROP TABLE ${this.#config.table} DELETE TOPIC;`);
    if (hasStream) await this.#client.execute(`DROP STREAM ${this.#config.stream} DELETE TOPIC;`);
  }

  async of(version: number): Promise<VersionRow | undefined> {
    return await this.#row(String(version));
  }

  /** The last version that was applied completely; 0 if none was. */
  async current(): Promise<number> {
    const row = await this.#row(CURRENT);
    if (row === undefined) return 0;
    const version = row.state === 'MIGRATED' ? row.version : row.previous;
    return version === NONE ? 0 : Number(version);
  }

  /** Writes the result of a version, and waits until the table contains it. */
  async write(row: VersionRow): Promise<void> {
    const values = [
      row.version,
      row.name,
      row.state,
      row.checksum,
      row.startedOn,
      row.completedOn,
      row.previous,
      row.errorReason,
    ].map((value) => formatString(value));
    for (const key of [CURRENT, row.version])
      await this.#client.execute(
        `INSERT INTO ${this.#config.stream} (version_key, ${COLUMNS.join(', ')}) VALUES (${formatString(key)}, ${values.join(', ')});`,
      );
    for (let waitedMs = 0; waitedMs < VISIBLE_WAIT_MS; waitedMs += VISIBLE_CHECK_MS) {
      const seen = await this.#row(row.version);
      if (seen?.state === row.state && seen.startedOn === row.startedOn) return;
      await this.#env.timers.sleep(VISIBLE_CHECK_MS);
    }
    throw new Error(
      `${this.#config.table} does not show that version ${row.version} is ${row.state}. Does its query run? SHOW QUERIES;`,
    );
  }

  async #row(key: string): Promise<VersionRow | undefined> {
    const [row] = await this.#client.pullQuery(
      `SELECT ${COLUMNS.join(', ')} FROM ${this.#config.table} WHERE version_key = ${formatString(key)};`,
    );
    if (row === undefined) return undefined;
    const text = (name: string): string => textOf(row[name.toUpperCase()]);
    return {
      version: text('version'),
      name: text('name'),
      state: text('state') as MigrationState,
      checksum: text('checksum'),
      startedOn: text('started_on'),
      completedOn: text('completed_on'),
      previous: text('previous'),
      errorReason: text('error_reason'),
    };
  }

  async #found(): Promise<readonly [stream: boolean, table: boolean]> {
    const entities = await this.#client.execute('SHOW STREAMS; SHOW TABLES;');
    const has = (list: string, name: string): boolean =>
      entities.flatMap((e) => listOf(e[list])).some((s) => textOf(s['name']) === name.toUpperCase());
    return [has('streams', this.#config.stream), has('tables', this.#config.table)];
  }
}
