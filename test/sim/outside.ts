import type { ConfigKey } from '../../src/base/config/key.ts';
import type { SinkPlugin, SourcePlugin, SourceTaskContext } from '../../src/connect/api/connector.ts';
import { RetriableError } from '../../src/connect/api/errors.ts';
import { primitive, structOf } from '../../src/connect/api/schema.ts';
import type { SourceRecord } from '../../src/connect/api/record.ts';
import type { Env } from '../../src/base/env.ts';

/** What the world outside does to those who call it. */
export interface OutsideWeather {
  /** How long a call takes, in ms. */
  latencyMs(): number;
  /** The call fails: before it had its effect, or after (its answer is lost). */
  fault(): 'before' | 'after' | undefined;
}

/** A row of the system that the source reads. */
export interface OutsideRow {
  readonly id: number;
  readonly k: number;
  readonly n: number;
}

/** The systems that connectors speak to. They outlive every server. */
export class Outside {
  /** What the source reads: only ever appended to. */
  readonly rows: OutsideRow[] = [];
  /** What the sink wrote, by key; a row that was deleted is absent. */
  readonly written = new Map<string, string>();
  readonly #weather: OutsideWeather;

  constructor(weather: OutsideWeather) {
    this.#weather = weather;
  }

  /** A call over a network that may fail. */
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

/** Reads the rows in their order; its offset is how many it has read. */
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

/** Writes each record by its key: what comes twice changes nothing. */
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
