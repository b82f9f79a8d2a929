import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from './java.ts';
import { freePort } from '../free-port.ts';
import { ServerProgram } from './program.ts';

const PROGRAM = '/usr/sbin/clickhouse-server';
const [USER, PASSWORD] = ['me', `se'cr"et`];

/** Whether Debian's package clickhouse-server (18.16) is installed (`.ci/clickhouse` installs it). */
export const clickhouseIsHere = (): boolean => existsSync(PROGRAM);

/** A real ClickHouse, on a random port and with its own folder. */
export class ClickHouseServer {
  readonly #folder = temporaryFolder('clickhouse');
  #port = 0;
  readonly #program = new ServerProgram('ClickHouse');

  async start(): Promise<this> {
    const { path: folder } = this.#folder;
    if (this.#port === 0) {
      this.#port = await freePort();
      for (const name of ['data', 'tmp']) mkdirSync(path.join(folder, name));
      writeFileSync(
        path.join(folder, 'config.xml'),
        `<yandex><logger><level>error</level><console>1</console></logger><http_port>${this.#port}</http_port><listen_host>127.0.0.1</listen_host>
         <path>${folder}/data/</path><tmp_path>${folder}/tmp/</tmp_path><users_config>users.xml</users_config>
         <default_profile>default</default_profile><default_database>default</default_database><mark_cache_size>67108864</mark_cache_size></yandex>`,
      );
      writeFileSync(
        path.join(folder, 'users.xml'),
        `<yandex><profiles><default></default></profiles><quotas><default></default></quotas>
         <users><${USER}><password>${PASSWORD}</password><networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota></${USER}></users></yandex>`,
      );
    }
    await this.#program.start({
      program: PROGRAM,
      args: [`--config-file=${folder}/config.xml`],
      cwd: folder,
      isReady: async () => (await this.ask('SELECT 1')).length === 1,
      readyWithinMs: 60_000,
    });
    return this;
  }

  get address(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** The URL with user and password. */
  get url(): string {
    return `http://${USER}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${this.#port}`;
  }

  /** Rows of a query; an empty result for other statements. It uses fetch, which the sink does not use. */
  async ask(statement: string): Promise<Record<string, unknown>[]> {
    const isQuery = /^(?:SELECT|SHOW)/.test(statement);
    const answer = await fetch(this.address, {
      method: 'POST',
      headers: { 'X-ClickHouse-User': USER, 'X-ClickHouse-Key': PASSWORD },
      body: statement + (isQuery ? ' FORMAT JSON' : ''),
    });
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(text);
    return isQuery ? (JSON.parse(text) as { data: Record<string, unknown>[] }).data : [];
  }

  /** Drops all tables. */
  async empty(): Promise<void> {
    for (const { name } of await this.ask("SELECT name FROM system.tables WHERE database = 'default'"))
      await this.ask(`DROP TABLE \`${String(name)}\``);
  }

  /** Kills the server, as in a power failure. */
  async kill(): Promise<void> {
    await this.#program.kill();
  }

  async remove(): Promise<void> {
    await this.kill();
    this.#folder.remove();
  }
}
