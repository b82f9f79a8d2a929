import type { ConfigKey } from '../../src/base/config/key.ts';
import type { SinkPlugin, SourcePlugin, SourceTaskContext } from '../../src/connect/api/connector.ts';
import { RetriableError } from '../../src/connect/api/errors.ts';
import { primitive, structOf } from '../../src/connect/api/schema.ts';
import type { SourceRecord } from '../../src/connect/api/record.ts';
import type { Env } from '../../src/base/env.ts';

/** The faults and delays of external systems. */
export interface OutsideWeather {
  /** The duration of a call, in ms. */
  latencyMs(): number;
  /** Whether the call fails: before it has its effect, or after it (the response is lost). */
  fault(): 'before' | 'after' | undefined;
}

/** A row of the external system that the source reads. */
export interface OutsideRow {
  readonly id: number;
  readonly k: number;
  readonly n: number;
}

/** The external systems that connectors use. They outlive every server. */
export class Outside {
  /** The rows that the source reads, an append-only list. */
  readonly rows: OutsideRow[] = [];
  /** What the sink wrote, by key, without deleted rows. */
  readonly written = new Map<string, string>();
  readonly #weather: OutsideWeather;

  constructor(weather: OutsideWeather) {
    this.#weather = weather;
  }

  /** A call over an unreliable network. */
  async call<T>(env: Env, effect: () => T): Promise<T> {
    await env.timers.sleep(this.#weather.latencyMs());
    const fault = this.#weather.fault();
    if (fault === 'before') throw new RetriableError('connection refused');
    const result = effect();
    if (fault === 'after') throw new RetriableError('connection reset by peer');
    await env.timers.sleep(this.#weather.latencyMs());
    return result;
  }
}

const TOPIC: ConfigKey = { name: 'topic', type: 'STRING', default: 'outside', importance: 'HIGH', documentation: '' };
const ROWS_PER_POLL = 7;
const IDLE_MS = 40;

const VALUE = structOf([
  { name: 'id', schema: primitive('INT32') },
  { name: 'n', schema: primitive('INT32') },
]);

/** Reads the rows in order; its offset is the number of rows read. */
export function outsideSource(outside: Outside): SourcePlugin {
  return {
    type: 'source',
    name: 'outside-source',
    className: 'sim.OutsideSource',
    aliases: [],
    version: '1',
    doc: '',
    config: [TOPIC],
    load: async () => ({
      createConnector: () => ({ start: async () => {}, taskConfigs: async () => [{}], stop: async () => {} }),
      createTask: () => {
        let context!: SourceTaskContext;
        let at = 0;
        return {
          start: async (_config, given) => {
            context = given;
            at = Number(given.offset({ table: 'rows' })?.['at'] ?? 0);
          },
          async poll(): Promise<readonly SourceRecord[]> {
            const rows = await outside.call(context.env, () => outside.rows.slice(at, at + ROWS_PER_POLL));
            if (rows.length === 0) await context.env.timers.sleep(IDLE_MS, context.signal).catch(() => undefined);
            at += rows.length;
            return rows.map((row, i) => ({
              topic: 'outside',
              keySchema: primitive('INT32'),
              key: row.k,
              valueSchema: VALUE,
              value: [row.id, row.n],
              sourcePartition: { table: 'rows' },
              sourceOffset: i === rows.length - 1 ? { at } : null,
            }));
          },
          stop: async () => {},
        };
      },
    }),
  };
}

/** Writes each record by its key, so that duplicates have no effect. */
export function outsideSink(outside: Outside): SinkPlugin {
  return {
    type: 'sink',
    name: 'outside-sink',
    className: 'sim.OutsideSink',
    aliases: [],
    version: '1',
    doc: '',
    config: [],
    load: async () => ({
      createConnector: () => ({ start: async () => {}, taskConfigs: async () => [{}], stop: async () => {} }),
      createTask: () => {
        let env!: Env;
        return {
          start: async (_config, context) => {
            env = context.env;
          },
          async put(records) {
            await outside.call(env, () => {
              for (const { key, value } of records) {
                if (value === null) outside.written.delete(String(key));
                else outside.written.set(String(key), JSON.stringify(value));
              }
            });
          },
          stop: async () => {},
        };
      },
    }),
  };
}
