import { SERVER_ITSELF } from '../../../base/rights.ts';
import { testEnv } from '../../../../test/support/env.ts';
import type { Env } from '../../../base/env.ts';
import type { Log } from '../../../log/api.ts';
import { EmbeddedLog } from '../../../log/embedded/embedded-log.ts';
import { MemoryStore } from '../../../store/memory-store.ts';
import { RecordCursor } from '../../../log/record-batch/cursor.ts';
import { decodeHeaders } from '../../../log/record-batch/headers.ts';
import { BatchBuilder } from '../../../log/record-batch/builder.ts';
import { Herder, type Passwords, type WorkerOptions } from '../herder.ts';
import { handleRest } from '../rest/rest.ts';

export interface ReadRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** A worker over a memory log, and the few verbs that its tests use. */
export class Harness {
  readonly log: Log;
  readonly env: Env;
  readonly files = new Map<string, string>();
  readonly variables = new Map<string, string>();
  herder!: Herder;
  /** Whether the REST API shows them. */
  passwords: Passwords = 'hidden';
  readonly #options: Partial<WorkerOptions>;

  /** `haste`: how many times faster than real time pauses pass. */
  constructor(options: Partial<WorkerOptions> = {}, log?: Log, haste = 1) {
    this.#options = options;
    const env = testEnv();
    this.env = {
      ...env,
      timers: {
        sleep: (ms, signal) => env.timers.sleep(ms / haste, signal),
        after: (ms, task) => env.timers.after(ms / haste, task),
        turn: () => env.timers.turn(),
      },
    };
    this.log = log ?? new EmbeddedLog({ store: new MemoryStore(), env: this.env });
  }

  async start(): Promise<this> {
    this.herder = await Herder.start({
      log: this.log,
      env: this.env,
      workerId: 'localhost:8083',
      secrets: {
        readFile: async (path) => {
          const text = this.files.get(path);
          if (text === undefined) throw new Error(`ENOENT: ${path}`);
          return text;
        },
        environment: (name) => this.variables.get(name),
      },
      ...this.#options,
    });
    return this;
  }

  async close(): Promise<void> {
    await this.herder.close();
    await this.log.close();
  }

  async rest(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; headers: Readonly<Record<string, string>>; body: any }> {
    const url = new URL(path, 'http://localhost:8083');
    const text = body === undefined || body === null ? '' : typeof body === 'string' ? body : JSON.stringify(body);
    const answer = await handleRest(
      {
        method,
        path: url.pathname,
        query: url.searchParams,
        headers: { 'content-type': 'application/json', ...headers },
        body: text,
        caller: SERVER_ITSELF,
      },
      {
        herder: this.herder,
        logger: this.env.logger,
        url: 'http://localhost:8083',
        passwords: this.passwords,
      },
    );
    return {
      status: answer.status,
      headers: answer.headers,
      body: answer.body === '' ? null : JSON.parse(answer.body),
    };
  }

  async read(topic: string): Promise<ReadRecord[]> {
    const described = await this.log.admin.describeTopic(topic);
    if (!described) return [];
    const records: ReadRecord[] = [];
    const reader = this.log.createReader({});
    const cursor = new RecordCursor();
    for (let partition = 0; partition < described.partitions; partition++) {
      const at = { topic, partition };
      const end = await this.log.admin.latestOffset(at);
      reader.assign([{ ...at, offset: await this.log.admin.earliestOffset(at) }]);
      while (reader.position(at) < end) {
        for (const fetched of await reader.poll(100)) {
          cursor.openFetched(fetched);
          while (cursor.next()) {
            const { columns } = cursor;
            for (let i = 0; i < columns.count; i++) {
              const headers = decodeHeaders(columns.buffer, columns.headersStart[i]!, columns.headerCount[i]!);
              records.push({
                partition,
                offset: columns.offset[i]!,
                key: columns.key(i) === null ? null : Buffer.from(columns.key(i)!),
                value: columns.value(i)?.toString() ?? null,
                headers: Object.fromEntries(headers.map((h) => [h.key, Buffer.from(h.value ?? []).toString()])),
              });
            }
          }
        }
      }
    }
    await reader.close();
    return records;
  }

  async write(
    topic: string,
    records: readonly (readonly [key: string | Buffer | null, value: string | null])[],
    partition = 0,
  ): Promise<void> {
    if (!(await this.log.admin.describeTopic(topic)))
      await this.log.admin.createTopic({ name: topic, partitions: 1, replicas: 1 });
    const writer = await this.log.createWriter({});
    const builder = new BatchBuilder();
    for (const [key, value] of records) {
      builder.add(Date.now(), key === null ? null : Buffer.from(key), value === null ? null : Buffer.from(value));
    }
    writer.append(topic, partition, builder.finish(), true);
    await writer.commit();
    await writer.close();
  }
}

/** Waits until `probe` gives something other than undefined or false. */
export async function eventually<T>(
  probe: () => T | Promise<T>,
  timeoutMs = 5000,
): Promise<Exclude<T, false | null | undefined>> {
  const end = Date.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await probe();
      if (value !== undefined && value !== null && value !== false)
        return value as Exclude<T, false | null | undefined>;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw last ?? new Error(`Nothing came of ${probe.toString()} within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
