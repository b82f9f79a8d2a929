import { Registry, collectDefaultMetrics } from 'prom-client';
import { processMemory } from '../base/budget/memory.ts';
import type { Env } from '../base/env.ts';
import { BOUNDS_MS, type HistogramCounts } from '../base/histogram.ts';
import { Stretch } from '../base/stretch.ts';
import type { Reading } from '../connect/api/connector.ts';
import type { Herder } from '../connect/worker/herder.ts';
import type { QueryRuntime } from '../engine/queries/query-host.ts';
import type { Engine } from '../engine/engine.ts';
import { lagOf, type TaskMetrics } from '../dataflow/runner/query-metrics.ts';
import { kafkaConnectMetrics, type Define, type Sample } from './connect-metrics.ts';

/** A metric in Prometheus' text format, line by line. */
type Metric = () => Iterable<string>;

/**
 * Prometheus metrics of the process: queries, their tasks, connectors, and Node. Values are read at each scrape.
 * Counters restart with the process, and when a query is restarted in it.
 *
 * The metrics of Node come from prom-client; the other lines are generated here, because with 50 queries prom-client
 * would take 20 ms per scrape for them.
 */
export function createMetrics(
  env: Pick<Env, 'clock' | 'timers'>,
  engine: Engine,
  herder: Herder | undefined,
  readers: { readonly dropped: number },
  stores: () => readonly { readonly name: string; readonly bytes: number }[],
): () => Promise<{ readonly contentType: string; readonly body: string }> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  /** The state of the queries, by id; determined once for all metrics of a response. */
  let runtimes: ReadonlyMap<string, QueryRuntime> = new Map();
  const metrics: Metric[] = [];
  const define = (name: string, help: string, samples: () => Iterable<Sample>): void => {
    metrics.push(() => linesOf(name, help, name.endsWith('_total') ? 'counter' : 'gauge', samples()));
  };
  const perQuery = (name: string, help: string, value: (runtime: QueryRuntime) => number | undefined): void =>
    define(`sluice_query_${name}`, help, function* () {
      for (const [query, runtime] of runtimes) yield [{ query }, value(runtime)];
    });
  const perTask = (name: string, help: string, value: (task: TaskMetrics) => number): void =>
    define(`sluice_task_${name}`, help, function* () {
      for (const [query, { perTask: tasks = [] }] of runtimes)
        for (const task of tasks) yield [{ query, task: task.id }, value(task)];
    });
  const durations = (
    name: string,
    help: string,
    value: (runtime: QueryRuntime) => HistogramCounts | undefined,
  ): void => {
    const samples = function* (): Generator<Sample> {
      for (const [query, runtime] of runtimes) yield* histogramSamples(query, value(runtime));
    };
    metrics.push(() => linesOf(name, help, 'histogram', samples()));
  };

  perQuery('records_consumed_total', 'Records a query has read', (r) => r.recordsIn);
  perQuery('records_produced_total', 'Records a query has written', (r) => r.recordsOut);
  perQuery('bytes_consumed_total', 'Bytes a query has read', (r) => r.bytesIn);
  perQuery('bytes_produced_total', 'Bytes a query has written, before compression', (r) => r.bytesOut);
  perQuery('late_records_total', 'Records dropped because their window had closed', (r) => r.lateDrops);
  perQuery(
    'errors_total',
    'Records, rows and failures of a query that went to the processing log',
    (r) => r.errorCount,
  );
  perQuery('commits_total', 'Commits of a query', (r) => r.commits);
  durations('sluice_query_commit_seconds', 'How long commits took', (r) => r.commitMs);
  durations(
    'sluice_query_latency_seconds',
    'Age of the newest record of a task, by its timestamp, once it was committed with its outputs',
    (r) => r.latencyMs,
  );
  perQuery('tasks', 'Tasks of a query in this process', (r) => r.tasks);
  perQuery('restore_remaining_records', 'Changelog records a restore has still to read', ({ restore }) =>
    restore === undefined ? 0 : Math.max(0, restore.total - restore.restored),
  );
  perQuery('lag_records', 'Records between a query and the ends of its inputs', (r) => lagOf(r.positions));
  define('sluice_query_state', '1 for the state a query is in', function* () {
    for (const query of engine.catalog.queries.values()) {
      const status = runtimes.get(query.id)?.status ?? 'RUNNING';
      yield [{ query: query.id, state: query.state === 'PAUSED' ? 'PAUSED' : status }, 1];
    }
  });

  perTask('records_consumed_total', 'Records a task has read', (t) => t.recordsIn);
  perTask('records_produced_total', 'Records a task has written', (t) => t.recordsOut);
  perTask('bytes_consumed_total', 'Bytes a task has read', (t) => t.bytesIn);
  perTask('bytes_produced_total', 'Bytes a task has written, before compression', (t) => t.bytesOut);
  perTask('errors_total', 'Records or rows of a task that went to the processing log', (t) => t.problems);
  perTask('state_cached_rows', 'Rows that the stores of a task hold in memory', (t) => t.cachedEntries);
  define(
    'sluice_partition_lag_records',
    'Records between a query and the end of a partition that it reads here',
    function* () {
      for (const [query, { positions }] of runtimes)
        for (const position of positions)
          yield [{ query, topic: position.topic, partition: String(position.partition) }, lagOf([position])];
    },
  );
  define('sluice_store_bytes', 'Bytes in use in a store on disk: the log, or state of queries', function* () {
    for (const { name, bytes } of stores()) yield [{ store: name }, bytes];
  });
  define('sluice_stalled_readers_total', 'Clients that were cut because they took nothing of their answers', () => [
    [{}, readers.dropped],
  ]);
  define('sluice_memory_held_bytes', 'What requests and queries hold of server.memory.max.bytes', () => [
    [{}, processMemory.held],
  ]);
  define('sluice_memory_refused_total', 'Requests and queries that were refused for want of it', () => [
    [{}, processMemory.refused],
  ]);
  if (herder) {
    connectMetrics(define, herder);
    kafkaConnectMetrics(define, herder);
  }
  return async () => {
    const stretch = new Stretch(env);
    runtimes = runtimesOf(engine);
    let body = await registry.metrics();
    for (const metric of metrics) {
      body += '\n';
      for (const line of metric()) body += `${line}\n`;
      await stretch.breathe();
    }
    return { contentType: registry.contentType, body };
  };
}

function runtimesOf({ catalog, services }: Engine): Map<string, QueryRuntime> {
  const found = new Map<string, QueryRuntime>();
  for (const id of catalog.queries.keys()) {
    const runtime = services.queries.status(id);
    if (runtime !== undefined) found.set(id, runtime);
  }
  return found;
}

function connectMetrics(define: Define, herder: Herder): void {
  define('sluice_connect_task_state', '1 for the state a connector or task is in', function* () {
    for (const connector of herder.names()) {
      const status = herder.status(connector);
      yield [{ connector, task: '', state: status.connector.state }, 1];
      for (const task of status.tasks) yield [{ connector, task: String(task.id), state: task.state }, 1];
    }
  });
  const readings = function* (of: (r: Reading) => number): Generator<Sample> {
    for (const connector of herder.names())
      for (const r of herder.sql.progress(connector)?.readings ?? [])
        yield [{ connector, table: r.name, topic: r.topic, state: r.state }, of(r)];
  };
  define('sluice_connect_snapshot_rows', 'Rows of a source table that its first reading has written', () =>
    readings((r) => r.rows),
  );
  define('sluice_connect_snapshot_rows_estimate', 'Rows of a source table, as its database estimates them', () =>
    readings((r) => r.estimate),
  );
  define(
    'sluice_connect_source_retained_bytes',
    'Bytes that a database keeps of its log for a connector (its replication slot)',
    function* () {
      for (const connector of herder.names()) {
        const retained = herder.sql.progress(connector)?.retainedBytes;
        if (retained !== undefined) yield [{ connector }, retained];
      }
    },
  );
  for (const [of, [name, help]] of Object.entries(CONNECT_TOTALS) as [
    keyof typeof CONNECT_TOTALS,
    readonly [string, string],
  ][])
    define(name, help, function* () {
      for (const connector of herder.names())
        for (const totals of herder.taskTotals(connector)) yield [{ connector, task: String(totals.id) }, totals[of]];
    });
}

const CONNECT_TOTALS = {
  records: ['sluice_connect_task_records_total', 'Records a source task has written, or a sink task has taken'],
  failures: ['sluice_connect_task_record_errors_total', 'Records a task could not handle'],
  retries: ['sluice_connect_task_retries_total', 'Calls of a task, or to the log for it, that were made again'],
} as const;

function* histogramSamples(query: string, found: HistogramCounts | undefined): Generator<Sample> {
  if (found === undefined) return;
  let count = 0;
  for (const [i, n] of found.counts.entries()) {
    count += n;
    yield [{ query, le: i < BOUNDS_MS.length ? String(BOUNDS_MS[i]! / 1000) : '+Inf' }, count, '_bucket'];
  }
  yield [{ query }, found.sumMs / 1000, '_sum'];
  yield [{ query }, count, '_count'];
}

/** https://prometheus.io/docs/instrumenting/exposition_formats/ */
function* linesOf(name: string, help: string, type: string, samples: Iterable<Sample>): Generator<string> {
  yield `# HELP ${name} ${escaped(help)}`;
  yield `# TYPE ${name} ${type}`;
  for (const [labels, value, suffix = ''] of samples) {
    if (value === undefined) continue;
    let text = '';
    for (const label in labels) {
      if (text !== '') text += ',';
      text += `${label}="${escaped(labels[label]!).replaceAll('"', '\\"')}"`;
    }
    yield `${name}${suffix}${text === '' ? '' : `{${text}}`} ${value === Infinity ? '+Inf' : value === -Infinity ? '-Inf' : value}`;
  }
}

function escaped(text: string): string {
  return text.includes('\\') || text.includes('\n') ? text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n') : text;
}
