import { signal, type Signal } from '@preact/signals';
import type { QueryRates, ServerEvents } from '../../../src/wire/events.ts';
import { messageOf, needsLogin, server } from './server.ts';

/** The last state of each kind that the server reported; undefined before the first. */
export const live: { readonly [K in keyof ServerEvents]: Signal<ServerEvents[K] | undefined> } = {
  sources: signal(undefined),
  queries: signal(undefined),
  connectors: signal(undefined),
  connectorEvents: signal(undefined),
  topics: signal(undefined),
  schemas: signal(undefined),
  metrics: signal(undefined),
};

/** Errors in obtaining the state, by kind. */
export const problems = signal<Readonly<Record<string, string>>>({});
/** Why no events arrive at the moment; empty when they do. */
export const disconnected = signal('');

/** Seconds of history that is kept of rates. */
export const HISTORY = 120;
/** Rates of the last two minutes, by `query NAME` and `connector NAME`, newest last. */
export const history = new Map<string, number[]>();

const RETRY_MS = 2000;

let isListening = false;

/** Listens for events until the page is closed or the server requires another user; further calls have no effect. */
export function listen(): void {
  if (isListening) return;
  isListening = true;
  void forever().finally(() => (isListening = false));
}

async function forever(): Promise<void> {
  while (!needsLogin.value) {
    try {
      for await (const { event, data } of server().events()) {
        disconnected.value = '';
        if ('problem' in data) {
          problems.value = { ...problems.value, [event]: data.problem };
          continue;
        }
        if (event in problems.value) {
          const { [event]: _, ...rest } = problems.value;
          problems.value = rest;
        }
        (live[event] as Signal<unknown>).value = data;
        if (event === 'metrics') keep(data);
      }
      disconnected.value = 'The server ended the connection';
    } catch (error) {
      disconnected.value = messageOf(error);
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

function keep({ queries, connectors }: ServerEvents['metrics']): void {
  const push = (name: string, value: number): void => {
    const values = history.get(name) ?? [];
    values.push(value);
    if (values.length > HISTORY) values.shift();
    history.set(name, values);
  };
  for (const [id, rates] of Object.entries(queries)) {
    push(`query ${id}`, rates.readPerSecond);
    push(`query lag ${id}`, rates.lag);
  }
  for (const [name, rates] of Object.entries(connectors)) {
    push(`connector ${name}`, rates.recordsPerSecond);
    if (rates.lag !== null) push(`connector lag ${name}`, rates.lag);
  }
}

/** Rates of a query; undefined before the first metrics, or when it does not run on this server. */
export function ratesOf(query: string): QueryRates | undefined {
  return live.metrics.value?.queries[query];
}

/** Internal topics of a query. */
const INTERNAL = /^_confluent-ksql-/;

/** The input rate of a query from its sources, without its internal topics. */
export function sourceRecordsPerSecond(rates: QueryRates | undefined): number | undefined {
  if (rates === undefined) return undefined;
  const own = Object.entries(rates.topics).filter(([topic]) => !INTERNAL.test(topic));
  return own.reduce((sum, [, t]) => sum + t.readPerSecond, 0);
}

/** The severity of a state: `bad` needs intervention, `warn` may resolve itself. */
export function mood(state: string | null | undefined): 'ok' | 'warn' | 'bad' | 'off' {
  if (state === null || state === undefined) return 'off';
  // A connector without any running task provides nothing.
  if (/^(?:ERROR|FAILED|UNRESPONSIVE|unhealthy|dead|WARNING \(0\/)/.test(state)) return 'bad';
  if (/^(?:WARNING|UNASSIGNED|RESTARTING)/.test(state)) return 'warn';
  if (/^(?:PAUSED|STOPPED)/.test(state)) return 'off';
  return 'ok';
}
