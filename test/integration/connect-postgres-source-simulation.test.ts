import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configOf } from '../../src/connect/api/config-spec.ts';
import { RetriableError } from '../../src/connect/api/errors.ts';
import type { OffsetMap, SourceBatch, SourceRecord } from '../../src/connect/api/record.ts';
import { postgresSource } from '../../src/connect/connectors/postgres/source-plugin.ts';
import { DatabaseSourceTask } from '../../src/connect/connectors/database/source-task.ts';
import { POSTGRES } from '../../src/connect/connectors/postgres/dialect.ts';
import type { Env } from '../../src/base/env.ts';
import { testEnv } from '../support/env.ts';
import { connectTo, startPostgres, type Postgres } from '../support/postgres.ts';
import { seededRandom } from '../support/random.ts';

/**
 * Checks the guarantee of each mode of the Postgres source on random tables, while rows are written and deleted, the
 * task is killed between batches and resumes from the committed offset, and the server closes its connection. A failure
 * reports its seed: SIMULATION_SEED=<seed> SIMULATIONS=1 reproduces it.
 */
const SIMULATIONS = Number(process.env['SIMULATIONS'] ?? 14);
const SEED = Number(process.env['SIMULATION_SEED'] ?? 1);
const MODES = ['bulk', 'incrementing', 'timestamp', 'timestamp+incrementing', 'changes'] as const;
const STEPS = 40;
const POLL_MS = 1000;
const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York'];

let postgres: Postgres;
let clients: pg.Client[];

beforeAll(async () => {
  postgres = await startPostgres();
  clients = await Promise.all([0, 1, 2].map(() => connectTo(postgres)));
});
afterAll(async () => {
  for (const client of clients ?? []) await client.end();
  await postgres?.stop();
});

const seeds = Array.from({ length: SIMULATIONS }, (_, i) => SEED + i);
test.each(MODES.flatMap((mode) => seeds.map((seed) => ({ mode, seed }))))(
  '$mode, seed $seed',
  async ({ mode, seed }) => {
    const random = new Choices(seededRandom(seed));
    const shape = shapeFor(mode, random);
    const writers =
      mode === 'changes'
        ? clients.map((c, i) => new Writer(c, shape, random, i))
        : [new Writer(clients[0]!, shape, random, 0)];
    await clients[0]!.query(
      `DROP TABLE IF EXISTS t, t2; ${shape.tables.map((table) => `CREATE TABLE ${table} (${shape.columns});`).join(' ')}`,
    );
    if (random.oneIn(2)) await writers[0]!.write();
    const worker = new Worker(shape);
    await worker.start();
    try {
      for (let step = 0; step < STEPS; step++) {
        if (random.oneIn(3)) await random.of(writers).write();
        if (random.oneIn(40)) await clients[0]!.query(KILL);
        const batch = await worker.poll();
        if (random.oneIn(12)) await worker.restart();
        else {
          worker.commit(batch);
          if (random.oneIn(12)) await worker.restart();
        }
      }
      for (const writer of writers) await writer.end();
      const stored = await versions(clients[0]!, shape);
      if (mode === 'bulk') await checkPasses(worker, stored);
      else await checkOnce(worker, stored, shape);
    } finally {
      await worker.stop();
      for (const writer of writers) await writer.end();
    }
  },
);

/** After the last write, two passes each deliver every row once. */
async function checkPasses(worker: Worker, stored: readonly number[]): Promise<void> {
  await worker.restart();
  for (let pass = 0; pass < 2; pass++) {
    worker.read = [];
    do worker.commit(await worker.poll());
    while (worker.lastCount === worker.shape.batchRows);
    expect(sorted(worker.read)).toEqual(stored);
  }
}

/**
 * Every version that still exists at the end was delivered, and no version, including earlier ones, was delivered
 * twice.
 */
async function checkOnce(worker: Worker, stored: readonly number[], shape: Shape): Promise<void> {
  const missing = (): number[] => {
    const read = new Set(worker.read);
    return stored.filter((v) => !read.has(v));
  };
  for (let polls = 0; polls < 500 && missing().length > 0; polls++) worker.commit(await worker.poll());
  expect(missing(), 'rows that never came').toEqual([]);
  // A pass that starts too early would deliver old rows again.
  for (let polls = 0; polls < 10 + (2 * stored.length) / shape.batchRows; polls++) worker.commit(await worker.poll());
  expect(
    worker.read.filter((v, i) => worker.read.indexOf(v) !== i),
    'rows that came twice',
  ).toEqual([]);
  if (shape.mode === 'incrementing' && shape.tables.length === 1) expect(worker.read).toEqual(sorted(worker.read));
}

type Mode = (typeof MODES)[number];

interface Shape {
  readonly mode: Mode;
  readonly tables: readonly string[];
  readonly columns: string;
  /** SQL expressions for the time of a change: `now()` is the same for all rows of a statement. */
  readonly times: readonly string[];
  readonly hasUpdates: boolean;
  readonly batchRows: number;
  readonly config: Readonly<Record<string, string>>;
}

/** In the columns, `v` is unique for each version of a row, and `n` for each row. */
function shapeFor(mode: Mode, random: Choices): Shape {
  const batchRows = random.of([1, 2, 3, 5, 10]);
  const zone = random.of(ZONES);
  const zoned = random.oneIn(2);
  const byTime = mode.includes('timestamp');
  const wall = (time: string): string => (zoned ? time : `(${time} AT TIME ZONE '${zone}')`);
  const key = random.of(['', ', PRIMARY KEY (n)', ', PRIMARY KEY (part, n)', ', PRIMARY KEY (label)']);
  const type = zoned ? 'timestamptz' : 'timestamp';
  const asQuery = mode !== 'changes' && random.oneIn(3);
  const timeColumns = random.of(['changed', 'changed,made']);
  const tables = asQuery || mode === 'bulk' ? ['t'] : random.of([['t'], ['t', 't2']]);
  return {
    mode,
    tables,
    columns: `n bigint NOT NULL, part int NOT NULL, label text NOT NULL, v bigint NOT NULL, made ${type} NOT NULL, changed ${type}${timeColumns === 'changed' ? ' NOT NULL' : ''}${key}`,
    times: [wall('now()'), wall('clock_timestamp()')],
    hasUpdates: mode !== 'incrementing',
    batchRows,
    config: {
      'connection.url': postgres.jdbcUrl,
      'connection.user': postgres.user,
      'connection.password': postgres.password,
      'connection.backoff.ms': '1',
      'topic.prefix': 'topic',
      'poll.interval.ms': String(POLL_MS),
      'batch.max.rows': String(batchRows),
      'db.timezone': zone,
      mode,
      ...(mode.includes('incrementing') && { 'incrementing.column.name': 'n' }),
      ...(byTime && { 'timestamp.column.name': timeColumns }),
      ...(asQuery ? { query: 'SELECT * FROM t' } : { tables: tables.map((table) => `"public"."${table}"`).join(',') }),
    },
  };
}

let lastRow = 0;
let lastVersion = 0;

/**
 * An application that writes: one statement at a time, or in changes mode also in transactions that stay open
 * concurrently with those of others.
 */
class Writer {
  readonly #client: pg.Client;
  readonly #shape: Shape;
  readonly #random: Choices;
  readonly #part: number;
  #isOpen = false;

  constructor(client: pg.Client, shape: Shape, random: Choices, part: number) {
    this.#client = client;
    this.#shape = shape;
    this.#random = random;
    this.#part = part;
  }

  async write(): Promise<void> {
    const client = this.#client;
    const random = this.#random;
    const shape = this.#shape;
    if (shape.mode === 'changes' && !this.#isOpen && random.oneIn(2)) {
      await client.query('BEGIN');
      this.#isOpen = true;
    }
    const time = random.of(shape.times);
    const table = random.of(shape.tables);
    if (shape.hasUpdates && random.oneIn(2)) {
      // Each version has a unique number, also within one statement: that of a row is offset by its `n`.
      await client.query(
        `UPDATE ${table} SET v = ${lastVersion} + 1 + n, changed = ${time} WHERE part = ${this.#part} AND n % 3 = ${random.below(3)}`,
      );
      lastVersion += 1 + lastRow;
    } else {
      const rows = random.of([1, shape.batchRows, shape.batchRows * 2, random.below(25)]);
      const changed = shape.config['timestamp.column.name'] === 'changed,made' && random.oneIn(2) ? 'NULL' : time;
      await client.query(
        `INSERT INTO ${table} SELECT ${lastRow} + i, ${this.#part}, 'row ' || i % 7 || '-' || ${lastRow} + i, ${lastVersion} + i, ${time}, ${changed} FROM generate_series(1, ${rows}) i`,
      );
      lastRow += rows;
      lastVersion += rows;
    }
    if (this.#isOpen && random.oneIn(3)) {
      await client.query(random.oneIn(4) ? 'ROLLBACK' : 'COMMIT');
      this.#isOpen = false;
    }
  }

  async end(): Promise<void> {
    if (this.#isOpen) await this.#client.query('COMMIT');
    this.#isOpen = false;
  }
}

/**
 * Performs a worker's operations for a source task in steps: a poll, and then either a joint commit of its rows and
 * offset, or a crash, which commits neither.
 */
class Worker {
  readonly shape: Shape;
  /** `v` of all committed rows. */
  read: number[] = [];
  lastCount = 0;
  readonly #offsets = new Map<string, string>();
  #task!: DatabaseSourceTask;
  #controller!: AbortController;
  #nowMs = 0;
  readonly #env: Env;

  constructor(shape: Shape) {
    this.shape = shape;
    const env = testEnv();
    // Pauses take no time.
    this.#env = {
      ...env,
      clock: { nowMs: env.clock.nowMs, monotonicMs: () => this.#nowMs },
      timers: {
        ...env.timers,
        sleep: async (ms) => {
          this.#nowMs += ms;
        },
      },
    };
  }

  async start(): Promise<void> {
    this.#task = new DatabaseSourceTask(POSTGRES);
    this.#controller = new AbortController();
    await this.#task.start(configOf(postgresSource.config, this.shape.config), {
      connector: 'simulation',
      taskId: 0,
      env: this.#env,
      signal: this.#controller.signal,
      trouble: () => {},
      raiseError: () => {},
      remark: () => {},
      report: () => {},
      endOffsets: async () => [],
      recordsOf: async () => ({ records: [], next: undefined }),
      liveKeys: () => {
        throw new Error('This mode takes no rows back');
      },
      offset: (partition) => {
        const text = this.#offsets.get(JSON.stringify(partition));
        return text === undefined ? undefined : (JSON.parse(text) as OffsetMap);
      },
      declareTopic: () => {},
    });
  }

  async stop(): Promise<void> {
    this.#controller.abort(new Error('The task is stopping'));
    await this.#task.stop();
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async poll(): Promise<SourceBatch> {
    for (;;) {
      this.#nowMs += POLL_MS;
      try {
        return (await this.#task.poll()) as SourceBatch;
      } catch (error) {
        if (!(error instanceof RetriableError)) throw error;
      }
    }
  }

  commit(batch: SourceBatch): void {
    const records: SourceRecord[] = Array.from({ length: batch.count }, (_, i) => batch.record(i));
    for (const record of records) {
      this.read.push(Number((record.value as unknown[])[3]));
      if (record.sourceOffset !== null)
        this.#offsets.set(JSON.stringify(record.sourcePartition), JSON.stringify(record.sourceOffset));
    }
    this.lastCount = batch.count;
  }
}

class Choices {
  readonly #next: () => number;
  constructor(next: () => number) {
    this.#next = next;
  }
  below(n: number): number {
    return Math.floor(this.#next() * n);
  }
  oneIn(n: number): boolean {
    return this.below(n) === 0;
  }
  of<T>(options: readonly T[]): T {
    return options[this.below(options.length)]!;
  }
}

const KILL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'simulation-0'";

async function versions(client: pg.Client, { tables }: Shape): Promise<number[]> {
  const { rows } = await client.query<{ v: string }>(
    tables.map((table) => `SELECT v FROM ${table}`).join(' UNION ALL '),
  );
  return sorted(rows.map((r) => Number(r.v)));
}

function sorted(numbers: readonly number[]): number[] {
  return [...numbers].sort((a, b) => a - b);
}
