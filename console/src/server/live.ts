import { signal, type Signal } from '@preact/signals';
import type { QueryRates, ServerEvents } from '../../../src/wire/events.ts';
import { messageOf, needsLogin, server } from './server.ts';

/** What the server told last of each kind; undefined before it did. */
export const live: { readonly [K in keyof ServerEvents]: Signal<ServerEvents[K] | undefined> } = {
  sources: signal(undefined),
  queries: signal(undefined),
  connectors: signal(undefined),
  connectorEvents: signal(undefined),
  topics: signal(undefined),
  schemas: signal(undefined),
  metrics: signal(undefined),
};

/** What could not be found out, by kind. */
export const problems = signal<Readonly<Record<string, string>>>({});
/** Why nothing is told at the moment; empty where all is well. */
export const disconnected = signal('');

/** Seconds of history that rates keep. */
export const HISTORY = 120;
/** Rates of the last minutes, by `query NAME` and `connector NAME`, newest last. */
export const history = new Map<string, number[]>();

const RETRY_MS = 2000;

let isListening = false;

/** Listens, once, for as long as the page lives or until the server asks for another user. */
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

export function ratesOf(query: string): QueryRates | undefined {
  return live.metrics.value?.queries[query];
}

/** Topics that a query keeps for itself. */
const INTERNAL = /^_confluent-ksql-/;

/** What comes to a query from its sources: not what its own parts hand to one another. */
export function sourceRecordsPerSecond(rates: QueryRates | undefined): number | undefined {
  if (rates === undefined) return undefined;
  const own = Object.entries(rates.topics).filter(([topic]) => !INTERNAL.test(topic));
  return own.reduce((sum, [, t]) => sum + t.readPerSecond, 0);
}

/** Whether a state is one to look at: `bad` needs somebody, `warn` may mend itself. */
export function mood(state: string | null | undefined): 'ok' | 'warn' | 'bad' | 'off' {
  if (state === null || state === undefined) return 'off';
  // Of a connector none of whose tasks runs nothing is to be had.
  if (/^(?:ERROR|FAILED|UNRESPONSIVE|unhealthy|dead|WARNING \(0\/)/.test(state)) return 'bad';
  if (/^(?:WARNING|UNASSIGNED|RESTARTING)/.test(state)) return 'warn';
  if (/^(?:PAUSED|STOPPED)/.test(state)) return 'off';
  return 'ok';
}
